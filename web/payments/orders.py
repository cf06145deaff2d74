"""/account/orders: what one has ordered, what became of it, and coming back from paying."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.callers import Caller
from payments.billing import for_sale
from payments.services import orders
from payments.services.orders import OrderInfo
from web.pages import do, filled_in, for_people, show, shown
from web.payments.plan import around
from web.payments.words import OrderRow, outcome_of, timeline
from web.pieces import Said, act_in_piece, is_piece

AT_ONCE = 20  # orders


@for_sale
@shown
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """All of one's orders, the newest first; with `?cursor=` only the next of them for htmx."""
    page = orders.orders_of(by=by, cursor=request.GET.get("cursor"), limit=AT_ONCE)
    context = {"rows": [OrderRow(order) for order in page.items], "next": page.next}
    if is_piece(request):
        return show(request, "payments/orders_chunk.html", context)
    return show(request, "payments/orders.html", {**around(), **context})


@for_sale
@shown
@for_people
def order(request: HttpRequest, by: Caller, order_id: str) -> HttpResponseBase:
    """One order, and what happened with it."""
    found = orders.order(by=by, order_id=UUID(order_id))
    steps = orders.steps_of(by=by, order_id=found.id)
    context = {**around(), "row": OrderRow(found), "timeline": timeline(steps)}
    return show(request, "payments/order.html", context)


@for_sale
@shown
@for_people
def paid(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Where Paystack sends people back to, paid or not: what became of their order, as far as it is known.

    To look is safe: it is the script of the page, or the button on it, that has Paystack asked.
    """
    reference = request.GET.get("reference")
    if reference is None:  # who had to sign in on the way back: what leads on after that keeps no query
        return redirect("orders")
    found = orders.order_by_reference(by=by, reference=reference)
    return show(request, "payments/paid.html", {**around(), **_outcome(by, found)})


@for_sale
@filled_in
@for_people
def check(request: HttpRequest, by: Caller, order_id: str) -> HttpResponseBase:
    """Ask once more what became of an order; a piece says it at once."""
    wanted = UUID(order_id)

    def piece(said: Said, status: int) -> HttpResponse:
        found = orders.order(by=by, order_id=wanted)
        context = {**around(), **_outcome(by, found, answered=not said.is_bad)}
        return show(request, "payments/outcome.html", context, status=status)

    return act_in_piece(
        request,
        lambda: orders.check(by=by, order_id=wanted),
        piece,
        done=_("The payment provider was asked again."),
        back=reverse("order", args=[wanted]),
    )


@for_sale
@filled_in
@for_people
def cancel(request: HttpRequest, by: Caller, order_id: str) -> HttpResponseBase:
    """Give up an order that is not paid."""
    return do(
        request,
        lambda: orders.cancel(by=by, order_id=UUID(order_id)),
        done=_("The order is cancelled."),
        back=reverse("orders"),
    )


def _outcome(by: Caller, found: OrderInfo, *, answered: bool = True) -> dict[str, Any]:
    last = orders.answer_of(by=by, order_id=found.id) if found.is_open else ""
    return {"row": OrderRow(found), "outcome": outcome_of(found, last), "answered": answered}
