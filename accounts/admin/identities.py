"""Who people are at GitHub, Google and others, as the staff see it. No token of a provider is anywhere."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from accounts.credentials import caller_of
from accounts.models import User
from accounts.services import identities
from cloudbox.staff import Shown

Identity: Any = User._meta.get_field("social_auth").related_model  # noqa: SLF001 - the documented way to a field


@admin.register(Identity)
class IdentityAdmin(Shown[Identity]):
    list_display = ("user", "provider", "uid", "login", "created", "modified")
    list_filter = ("provider", ("created", RangeDateTimeFilter), ("modified", RangeDateTimeFilter))
    list_select_related = ("user",)
    id_fields = ("user",)
    search_fields = ("user__username", "uid__exact")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["unlink"]
    fieldsets = ((None, {"fields": ("user", "provider", "uid", "login", "created", "modified")}),)
    nothing = "Nobody has signed in with a provider."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        page = super().changelist_view(request, extra_context)
        context = getattr(page, "context_data", None)
        if context is not None:
            context["title"] = "Identities"  # the library has another word
        return page

    @display(description="Called there")
    def login(self, identity: Any) -> str:
        return str(identity.extra_data.get("login", ""))

    @admin.action(description="Unlink")
    def unlink(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        by = caller_of(request)
        self.do_each(request, rows, lambda row: identities.unlink_for(by=by, identity_id=row.pk), done="unlinked")
