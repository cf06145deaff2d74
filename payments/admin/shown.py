"""How money is shown to the staff, and what is no real money marked."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from cloudbox.errors import Refusal
from cloudbox.money import as_money
from cloudbox.staff import Shown
from payments.words import DisputeState, Mode, RefundState, State

Row = TypeVar("Row", bound=Model)
SHORT = 11  # letters of a reference
LINK = "money-link"
MODES = {"Live": "success", "Test": "warning", "Simulated": "warning"}
STATES = {
    State.CREATED: "info",
    State.PENDING: "info",
    State.PAID: "success",
    State.FAILED: "danger",
    State.CANCELLED: "",
    State.EXPIRED: "",
    State.MISMATCH: "danger",
    State.PARTLY_REFUNDED: "warning",
    State.REFUNDED: "warning",
    State.DISPUTED: "danger",
    State.REVERSED: "warning",
}
ORDER_LABELS = {state.label: look for state, look in STATES.items()}
REFUND_LABELS = {
    RefundState.REQUESTED.label: "info",
    RefundState.PENDING.label: "info",
    RefundState.PROCESSING.label: "info",
    RefundState.PROCESSED.label: "success",
    RefundState.FAILED.label: "danger",
    RefundState.NEEDS_ATTENTION.label: "danger",
}
DISPUTE_LABELS = {
    DisputeState.OPEN.label: "danger",
    DisputeState.WON.label: "success",
    DisputeState.LOST.label: "warning",
}


class OfMoney(Shown[Row]):
    """Rows about money: only ever looked at, by superusers too. What is done about them is done by services."""

    sortable_by = ()
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        return super().get_queryset(request).select_related(*self.list_select_related)  # for the page of one, too

    @display(description="Money", label=MODES)
    def mode_shown(self, row: Any) -> str:
        return str(Mode(self.order_of(row).mode).label)

    def order_of(self, row: Any) -> Any:
        return row.order

    @display(description="Order")
    def order_link(self, row: Any) -> str:
        order = self.order_of(row)
        return "-" if order is None else link_to("order", order.id, order.reference, short(order.reference))

    @display(description="User")
    def user_link(self, row: Any) -> str:
        user = self.order_of(row).user
        return format_html(
            '<a class="{}" href="{}">{}</a>', LINK, reverse("admin:accounts_user_change", args=[user.id]), user.username
        )


def link_to(model: str, row_id: UUID | int, title: str, label: str) -> str:
    """Return a link to a page of payments. A pointer on it is told its title."""
    address = reverse(f"admin:payments_{model}_change", args=[row_id])
    return format_html('<a class="{}" href="{}" title="{}">{}</a>', LINK, address, title, label)


def why_not(refusal: Refusal) -> str:
    """Return what a refusal says, and what Paystack has said."""
    return f"Nothing has changed: {refusal.message} {getattr(refusal, 'said', '')}".strip()


def short(reference: str) -> str:
    """Return the beginning of a reference, by which it is found."""
    return reference if len(reference) <= SHORT else f"{reference[:SHORT]}…"


def money(minor: int | None, currency: str) -> str:
    """Return an amount as people read it; nothing for none."""
    return "-" if minor is None else as_money(minor, currency)
