"""The site of the administration: who comes in, what is recorded, and which pages there are."""

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from unfold.sites import UnfoldAdminSite

from accounts import browsers, services
from accounts.callers import Caller
from accounts.credentials import caller_of, visitor_of
from accounts.refusals import CodeNeeded
from accounts.services.two_factor import is_missing
from activity.services import Target, record
from cloudbox.console import money, overview, settings_page
from cloudbox.console.forms import SignInForm
from cloudbox.console.password import PasswordChange
from cloudbox.console.two_factor import Page, ask_for_code, remember
from cloudbox.duties import may_see
from cloudbox.staff import Shown

WITHOUT_TWO_FACTOR = {"two_factor", "logout"}  # pages for those of the staff who still have to set it up
TILES = {"users": "accounts.user", "blobs": "assets.blob", "uploads": "assets.upload"}  # of the overview
type_of_view = Callable[..., HttpResponseBase]


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
        return [
            path("settings/", self.admin_view(self.settings_in_force), name="settings_in_force"),
            path("exports/", self.admin_view(self.exports), name="exports"),
            path("revenue/", self.admin_view(self.revenue), name="revenue"),
            path("two-factor/", self.admin_view(self.two_factor), name="two_factor"),
            path("login/code/", self.login_code, name="login_code"),
        ]

    def admin_view(self, view: type_of_view, cacheable: bool = False) -> type_of_view:
        """Show no page to those of the staff who still have to set two-factor up, except the one where they do."""
        inner: type_of_view = super().admin_view(view, cacheable)
        if getattr(view, "__name__", "") in WITHOUT_TWO_FACTOR:
            return inner

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if settings.STAFF_NEED_TWO_FACTOR and self.has_permission(request) and is_missing(by=caller_of(request)):
                return redirect("admin:two_factor")
            return inner(request, *args, **kwargs)

        return guarded

    def two_factor(self, request: HttpRequest) -> HttpResponseBase:
        return Page(request).answer({**self.each_context(request), "title": "Your two-factor"})

    def login_code(self, request: HttpRequest) -> HttpResponseBase:
        context = {**self.each_context(request), "title": "Sign in"}
        return ask_for_code(request, context, self._came_in)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        shown = overview.now()
        role = str(getattr(request.user, "staff_role", ""))
        tiles = {name for name, page in TILES.items() if may_see(role, page)}
        links = {finding.link for finding in shown.findings if finding.link and may_see(role, _page_at(finding.link))}
        earned = money.this_month() if may_see(role, "revenue") else None
        context = {"overview": shown, "ways": tiles | links, "earned": earned}
        return super().index(request, {**(extra_context or {}), **context})

    def settings_in_force(self, request: HttpRequest) -> TemplateResponse:
        if not may_see(caller_of(request).staff_role, "settings_in_force"):
            raise PermissionDenied
        context = {
            **self.each_context(request),
            "title": "Settings in force",
            "settings": settings_page.in_force(),
        }
        return TemplateResponse(request, "admin/settings_in_force.html", context)

    def revenue(self, request: HttpRequest) -> TemplateResponse:
        if not may_see(caller_of(request).staff_role, "revenue"):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "Revenue", **money.revenue_context(request)}
        return TemplateResponse(request, "admin/payments/revenue.html", context)

    def exports(self, request: HttpRequest) -> HttpResponseBase:
        if not may_see(caller_of(request).staff_role, "exports"):
            raise PermissionDenied
        return money.exported(request, {**self.each_context(request), "title": "Tables for spreadsheets"})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            response = super().login(request, extra_context)
        except CodeNeeded as needed:
            return remember(request, needed.challenge)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:  # else the form comes again
            self._came_in(request)
        return response

    def _came_in(self, request: HttpRequest) -> None:
        """Record it, and let this browser stand among the sessions."""
        visitor = visitor_of(request)
        browsers.bind(request, address=visitor.address, agent=visitor.agent)
        self.record(request, "staff_signed_in")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and self.has_permission(request):
            services.sign_out(by=caller_of(request))
            self.record(request, "staff_signed_out")
        return super().logout(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        context = {**self.each_context(request), **(extra_context or {})}
        done = reverse("admin:password_change_done")
        return PasswordChange.as_view(success_url=done, extra_context=context)(request)

    def caller(self, request: HttpRequest) -> Caller:
        return caller_of(request)

    def record(self, request: HttpRequest, verb: str, target: Target | None = None) -> None:
        """Write into the audit log what somebody of the staff did here, where no service of the app could."""
        by = caller_of(request)
        me = Target("user", by.user_id, by.username) if by.user_id else None
        record(verb, by=by.who, target=target or me, owner_id=by.user_id)

    def record_on(self, request: HttpRequest, verb: str, row: Model) -> None:
        """Write that somebody of the staff did this to a row."""
        self.record(request, verb, Target(row._meta.model_name or "", str(row.pk), str(row)))  # noqa: SLF001 - documented


def _page_at(link: str) -> str:
    """Return which page, as `cloudbox.duties` names it, the address of a list is."""
    page: str = resolve(urlsplit(link).path).func.model_admin.opts.label_lower  # type: ignore[attr-defined]  # Django's
    return page
