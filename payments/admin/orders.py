"""Orders, with everything that happened with each."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from accounts.credentials import caller_of
from cloudbox.duties import may_see
from cloudbox.staff import size
from payments.admin.shown import ORDER_LABELS, OfMoney, money, short
from payments.models import Order
from payments.services.timeline import PAGES, timeline_of
from payments.words import State


@admin.register(Order)
class OrderAdmin(OfMoney[Order]):
    nothing = "Nobody has ordered anything yet."
    list_display = ("created_at", "called", "user_link", "plan_name", "amount", "state_shown", "mode_shown", "ends_at")
    list_filter = (
        "state",
        "mode",
        "currency",
        ("plan_code", FieldTextFilter),
        ("created_at", RangeDateTimeFilter),
        ("paid_at", RangeDateTimeFilter),
        ("ends_at", RangeDateTimeFilter),
    )
    list_select_related = ("user", "into")
    list_display_links = ("created_at", "called")
    id_fields = ("pk", "user")
    search_fields = ("reference__startswith", "email__icontains", "user__username")
    search_help_text = "The beginning of a reference, a part of an e-mail address or of a username, or an id"
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("reference", "user_link", "email", "state_shown", "failure", "mode_shown", "id")}),
        ("What was ordered", {"fields": ("plan_name", "plan_code", "room", "days", "amount")}),
        ("When it counts", {"fields": ("paid_at", "starts_at", "ends_at", "stopped_at", "into")}),
        ("At Paystack", {"fields": ("created_at", "expires_at", "checked_at", "checks", "next_check_at")}),
    )

    change_form_outer_after_template = "admin/payments/timeline.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: Any = super().change_view(request, object_id, form_url, extra_context)
        if getattr(page, "context_data", None) is not None:  # else there is no such order
            by = caller_of(request)
            page.context_data["timeline"] = timeline_of(by=by, order_id=UUID(object_id))
            page.context_data["ways"] = {name for name in PAGES if may_see(by.staff_role, f"payments.{name}")}
        return page

    def order_of(self, row: Order) -> Order:
        return row

    @display(description="Reference")
    def called(self, order: Order) -> str:
        return short(order.reference)

    @display(description="Price")
    def amount(self, order: Order) -> str:
        return money(order.amount_minor, order.currency)

    @display(description="Room")
    def room(self, order: Order) -> str:
        return size(order.bytes)

    @display(description="State", label=ORDER_LABELS)
    def state_shown(self, order: Order) -> str:
        return str(State(order.state).label)
