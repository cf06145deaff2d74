"""People, what they may store, and where they are signed in, as the staff see them."""

from typing import ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from accounts import quotas, services, two_factor
from accounts.admin.recovery import RecoveryLinks
from accounts.credentials import caller_of
from accounts.dialogs import (
    ALLOWANCE,
    NEW_USER,
    QUOTA,
    ROLE,
    TWO_FACTOR,
    AllowanceForm,
    NewUserForm,
    QuotaForm,
    RoleForm,
    SureForm,
)
from accounts.models import Allowance, Session, User
from accounts.services import staff
from cloudbox.errors import Refusal
from cloudbox.staff import Shown, dialog_again, go_to, size

ROLES = {"support": "info", "finance": "info", "operator": "info", "superuser": "warning"}
LINK = "text-primary-600 dark:text-primary-500 underline"
STATES = {"active": "success", "suspended": "danger", "closed": "warning"}


@admin.register(User)
class UserAdmin(RecoveryLinks, Shown[User]):
    list_display = ("username", "email", "shown_state", "used", "limit", "full", "role", "created_at")
    list_filter = ("staff_role", ("suspended_at", RangeDateTimeFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("usage",)
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username_key",)
    sortable_by = ("username", "used", "created_at")
    actions: ClassVar = ["suspend", "resume", "dismiss"]
    actions_list: ClassVar = ["add_user"]
    actions_detail: ClassVar = [
        "set_quota",
        "give_allowance",
        {"title": "Signing in", "icon": "key", "items": ["make_recovery_link", "reset_two_factor"]},
        "appoint",
    ]
    fieldsets = (
        (None, {"fields": ("username", "email", "email_verified_at", "shown_state", "suspended_at", "role", "id")}),
        ("Signing in", {"fields": ("has_password", "second_factor", "signed_in_lately")}),
        ("Storage", {"fields": ("used", "reserved", "limit", "base", "eaten_by")}),
        (
            "Profile",
            {"fields": ("first_name", "middle_name", "last_name", "country", "phone", "date_of_birth", "created_at")},
        ),
    )

    @display(description="State", label=STATES)
    def shown_state(self, user: User) -> str:
        if user.suspended_at:
            return "suspended"
        return "active" if user.is_active else "closed"

    @display(description="Role", label=ROLES)
    def role(self, user: User) -> str:
        return user.staff_role

    @display(description="Password", boolean=True)
    def has_password(self, user: User) -> bool:
        return user.has_usable_password()

    @display(description="Two-factor")
    def second_factor(self, user: User) -> str:
        state = two_factor.state(user.id)
        if state.since is None:
            return "off"
        return f"on since {date_format(state.since)}, {state.recovery_codes_left} recovery codes left"

    @display(description="History")
    def signed_in_lately(self, user: User) -> str:
        address = reverse("admin:activity_signin_changelist")
        return format_html('<a class="{}" href="{}?q={}">Sign-ins of this account</a>', LINK, address, user.id)

    @display(description="Used", ordering="usage__used")
    def used(self, user: User) -> str:
        return size(user.usage.used)

    @display(description="On its way in")
    def reserved(self, user: User) -> str:
        return size(user.usage.reserved)

    @display(description="Limit")
    def limit(self, user: User) -> str:
        return size(user.usage.limit_bytes)

    @display(description="Quota without allowances")
    def base(self, user: User) -> str:
        return "the default of this server" if user.usage.base_bytes is None else size(user.usage.base_bytes)

    @display(description="Full")
    def full(self, user: User) -> str:
        taken = user.usage.used + user.usage.reserved
        return f"{100 * taken // user.usage.limit_bytes} %" if user.usage.limit_bytes else "-"

    @display(description="Used by")
    def eaten_by(self, user: User) -> str:
        return ", ".join(f"{name}: {size(number)}" for name, number in quotas.breakdown(user.id).items()) or "-"

    @admin.action(description="Suspend")
    def suspend(self, request: HttpRequest, users: QuerySet[User]) -> None:
        by = caller_of(request)
        self.do_each(request, users, lambda user: services.suspend(by=by, user_id=user.id), done="suspended")

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, users: QuerySet[User]) -> None:
        by = caller_of(request)
        self.do_each(request, users, lambda user: services.resume(by=by, user_id=user.id), done="may sign in again")

    @admin.action(description="Take out of the staff")
    def dismiss(self, request: HttpRequest, users: QuerySet[User]) -> None:
        by = caller_of(request)
        self.do_each(
            request, users, lambda user: staff.dismiss(by=by, user_id=user.id), done="not of the staff any more"
        )

    @action(description="Give a role", url_path="role", icon="badge", dialog=ROLE)
    def appoint(self, request: HttpRequest, form: RoleForm, object_id: str) -> HttpResponse:
        try:
            staff.appoint(by=caller_of(request), user_id=UUID(object_id), role=form.cleaned_data["role"])
        except Refusal as refusal:
            return dialog_again(request, ROLE, form, refusal)
        return go_to(_page_of(object_id))

    @action(description="Take two-factor off", url_path="two-factor", icon="phonelink_erase", dialog=TWO_FACTOR)
    def reset_two_factor(self, request: HttpRequest, form: SureForm, object_id: str) -> HttpResponse:
        try:
            staff.reset_two_factor(by=caller_of(request), user_id=UUID(object_id))
        except Refusal as refusal:
            return dialog_again(request, TWO_FACTOR, form, refusal)
        return go_to(_page_of(object_id))

    @action(description="Add a user", url_path="new", icon="person_add", dialog=NEW_USER)
    def add_user(self, request: HttpRequest, form: NewUserForm) -> HttpResponse:
        given = form.cleaned_data
        try:
            profile = services.register(
                by=caller_of(request), username=given["username"], email=given["email"], password=given["password"]
            )
        except Refusal as refusal:
            return dialog_again(request, NEW_USER, form, refusal)
        return go_to(_page_of(profile.id))

    @action(description="Set the quota", url_path="quota", icon="database", dialog=QUOTA)
    def set_quota(self, request: HttpRequest, form: QuotaForm, object_id: str) -> HttpResponse:
        try:
            services.set_base_quota(
                by=caller_of(request), user_id=UUID(object_id), size=form.cleaned_data["base_bytes"]
            )
        except Refusal as refusal:
            return dialog_again(request, QUOTA, form, refusal)
        return go_to(_page_of(object_id))

    @action(description="Give an allowance", url_path="allowance", icon="add_circle", dialog=ALLOWANCE)
    def give_allowance(self, request: HttpRequest, form: AllowanceForm, object_id: str) -> HttpResponse:
        given = form.cleaned_data
        try:
            services.give_allowance(
                by=caller_of(request),
                user_id=UUID(object_id),
                size=given["bytes"],
                ends_at=given["ends_at"],
                reason=given["reason"],
            )
        except Refusal as refusal:
            return dialog_again(request, ALLOWANCE, form, refusal)
        return go_to(_page_of(object_id))


@admin.register(Allowance)
class AllowanceAdmin(Shown[Allowance]):
    list_display = ("owner", "amount", "starts_at", "ends_at", "source", "reason", "revoked_at", "created_by")
    list_filter = (("starts_at", RangeDateTimeFilter), ("source", FieldTextFilter))
    list_select_related = ("owner", "created_by")
    id_fields = ("pk", "owner")
    search_fields = ("owner__username", "source__exact", "reason")
    ordering = ("-created_at",)
    sortable_by = ()
    actions: ClassVar = ["revoke"]
    fieldsets = (
        (None, {"fields": ("owner", "amount", "starts_at", "ends_at", "revoked_at")}),
        ("Why", {"fields": ("source", "reason", "created_by", "created_at")}),
    )

    @display(description="Bytes")
    def amount(self, allowance: Allowance) -> str:
        return size(allowance.bytes)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, allowances: QuerySet[Allowance]) -> None:
        by = caller_of(request)
        self.do_each(
            request,
            allowances,
            lambda allowance: services.revoke_allowance(by=by, allowance_id=allowance.id),
            done="revoked",
        )


@admin.register(Session)
class SessionAdmin(Shown[Session]):
    """Where people are signed in, with tokens or a browser. The tokens themselves are nowhere."""

    list_display = ("user", "created_at", "refreshed_at", "expires_at", "revoked_at", "address", "agent")
    list_filter = (("created_at", RangeDateTimeFilter), ("address", FieldTextFilter))
    list_select_related = ("user",)
    id_fields = ("pk", "user")
    search_fields = ("user__username", "address__exact")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["end"]
    fieldsets = (
        (None, {"fields": ("user", "created_at", "refreshed_at", "expires_at", "revoked_at", "address", "agent")}),
    )

    @admin.action(description="End")
    def end(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        by = caller_of(request)
        self.do_each(request, rows, lambda row: staff.end_session(by=by, session_id=row.id), done="ended")


def _page_of(user_id: UUID | str) -> str:
    return reverse("admin:accounts_user_change", args=[user_id])
