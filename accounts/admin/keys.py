"""Access keys as the staff see them: whose they are and how far they go. Their secrets are nowhere."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from accounts.credentials import caller_of
from accounts.models import AccessKey
from accounts.services import keys
from cloudbox.staff import Shown


@admin.register(AccessKey)
class AccessKeyAdmin(Shown[AccessKey]):
    list_display = ("name", "user", "key_id", "may", "folder_id", "last_used_at", "expires_at", "revoked_at")
    list_filter = (
        ("created_at", RangeDateTimeFilter),
        ("last_used_at", RangeDateTimeFilter),
        ("revoked_at", RangeDateTimeFilter),
    )
    list_select_related = ("user",)
    id_fields = ("pk", "user", "folder_id")
    search_fields = ("key_id__exact", "user__username", "name")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["revoke"]
    fieldsets = (
        (None, {"fields": ("name", "user", "key_id", "may", "folder_id", "id")}),
        ("When", {"fields": ("created_at", "expires_at", "revoked_at", "last_used_at", "last_used_from")}),
    )
    nothing = "Nobody has an access key."

    @display(description="May")
    def may(self, key: AccessKey) -> str:
        return ", ".join(scope for scope in AccessKey.Scope.values if scope in key.scopes)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, rows: QuerySet[AccessKey]) -> None:
        by = caller_of(request)
        self.do_each(request, rows, lambda key: keys.revoke_for(by=by, key_id=key.id), done="revoked")
