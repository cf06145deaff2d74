"""Orders, with everything that happened with each."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from accounts.credentials import caller_of
from cloudbox.duties import may_see
from cloudbox.errors import Refusal
from cloudbox.staff import dialog_again, go_to, size
from payments.admin.shown import ORDER_LABELS, OfMoney, money, short, why_not
from payments.dialogs import ACCEPT, CHECK, REFUND, ReasonForm, RefundForm
from payments.models import Order
from payments.services import findings, refunds, staff
from payments.services.timeline import PAGES, timeline_of
from payments.words import KEPT, UNPAID, State

ASKED = ("created_at", "expires_at", "checked_at", "checks", "next_check_at")
FITS = {  # what can be done about an order, in which of its states
    "verify": UNPAID,
    "accept": (State.MISMATCH,),
    "refund": (*KEPT, State.MISMATCH),
}


@admin.register(Order)
class OrderAdmin(OfMoney[Order]):
    nothing = "Nobody has ordered anything yet."
    list_display = ("created_at", "called", "user_link", "plan_name", "amount", "state_shown", "mode_shown", "ends")
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
        ("What was ordered", {"fields": ("plan_name", "plan_code", "room", "days", "amount"), "classes": ("tab",)}),
        ("When it counts", {"fields": ("paid_at", "starts_at", "ends_at", "stopped_at", "into"), "classes": ("tab",)}),
        ("At Paystack", {"fields": ASKED, "classes": ("tab",)}),
    )

    actions_detail: ClassVar = ["verify", "accept", "refund"]
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

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Order | None:
        """Look for the order once: the page and its actions both ask."""
        known: dict[str, Order | None] = request.__dict__.setdefault("known_orders", {})
        if object_id not in known:
            known[object_id] = super().get_object(request, object_id, from_field)
        return known[object_id]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer what fits the state of the order."""
        row = self.get_object(request, str(object_id))
        fits = {f"payments_order_{name}" for name, states in FITS.items() if row and row.state in states}
        return [act for act in super().get_actions_detail(request, object_id) if act.action_name in fits]

    @action(description="Ask Paystack now", url_path="check", icon="travel_explore", dialog=CHECK)
    def verify(self, request: HttpRequest, _form: BaseDialogForm, object_id: str) -> HttpResponse:
        try:
            state = staff.check(by=caller_of(request), order_id=UUID(object_id))
        except Refusal as refusal:
            messages.error(request, why_not(refusal))
        else:
            messages.success(request, f"Paystack has answered. The order is now: {state.label}.")
        return go_to(_page_of(object_id))

    @action(description="Accept", url_path="accept", icon="done", dialog=ACCEPT)
    def accept(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        by, reason = caller_of(request), form.cleaned_data["reason"]
        try:
            findings.accept_mismatch(by=by, order_id=UUID(object_id), reason=reason)
        except Refusal as refusal:
            return dialog_again(request, ACCEPT, form, refusal)
        return go_to(_page_of(object_id))

    @action(description="Refund", url_path="refund", icon="undo", dialog=REFUND)
    def refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        given = form.cleaned_data
        try:
            refunds.request(
                by=caller_of(request),
                order_id=UUID(object_id),
                amount_minor=given["amount"],
                takes_room=given["takes_room"],
                reason=given["reason"],
            )
        except Refusal as refusal:
            return dialog_again(request, REFUND, form, refusal)
        return go_to(_page_of(object_id))

    def order_of(self, row: Order) -> Order:
        return row

    @display(description="Reference")
    def called(self, order: Order) -> str:
        return short(order.reference)

    @display(description="Ends")
    def ends(self, order: Order) -> str:
        return date_format(order.ends_at) if order.ends_at else "-"

    @display(description="Price")
    def amount(self, order: Order) -> str:
        return money(order.amount_minor, order.currency)

    @display(description="Room")
    def room(self, order: Order) -> str:
        return size(order.bytes)

    @display(description="State", label=ORDER_LABELS)
    def state_shown(self, order: Order) -> str:
        return str(State(order.state).label)


def _page_of(order_id: str) -> str:
    return reverse("admin:payments_order_change", args=[order_id])
