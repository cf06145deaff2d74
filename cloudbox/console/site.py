"""The site of the administration: who comes in, what is recorded, and which pages there are."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.sites import UnfoldAdminSite

from accounts.credentials import caller_of
from activity.services import Target, record
from cloudbox.console import overview, settings_page
from cloudbox.console.forms import SignInForm
from cloudbox.console.password import PasswordChange
from cloudbox.staff import Shown


class Console(UnfoldAdminSite):
    """Shows our own pages only: those that libraries bring write past the services."""

    site_title = site_header = "CloudBox"
    index_title = "Overview"
    index_template = "admin/overview.html"
    login_form = SignInForm

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        if admin_class is not None and issubclass(admin_class, Shown):
            super().register(model_or_iterable, admin_class, **options)

    def extra_urls(self) -> list[URLPattern]:
        return [path("settings/", self.admin_view(self.settings_in_force), name="settings_in_force")]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), "overview": overview.now()})

    def settings_in_force(self, request: HttpRequest) -> TemplateResponse:
        context = {
            **self.each_context(request),
            "title": "Settings in force",
            "settings": settings_page.in_force(),
        }
        return TemplateResponse(request, "admin/settings_in_force.html", context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:  # else the form comes again
            self.record(request, "staff_signed_in")
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and self.has_permission(request):
            self.record(request, "staff_signed_out")
        return super().logout(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        context = {**self.each_context(request), **(extra_context or {})}
        done = reverse("admin:password_change_done")
        return PasswordChange.as_view(success_url=done, extra_context=context)(request)

    def record(self, request: HttpRequest, verb: str, target: Target | None = None) -> None:
        """Write into the audit log what somebody of the staff did here, where no service of the app could."""
        by = caller_of(request)
        me = Target("user", by.user_id, by.username) if by.user_id else None
        record(verb, by=by.who, target=target or me, owner_id=by.user_id)

    def record_on(self, request: HttpRequest, verb: str, row: Model) -> None:
        """Write that somebody of the staff did this to a row."""
        self.record(request, verb, Target(row._meta.model_name or "", str(row.pk), str(row)))  # noqa: SLF001 - documented
