"""Refunds: money that we send back, and that the staff sends back at Paystack's own dashboard.

The row of a refund is committed before Paystack is asked, and Paystack is asked for it once. When its answer is lost,
the refunds that Paystack has of that charge tell whether ours is among them; the same money is never asked for again.
Webhooks are hints, as those of payments are: Paystack is asked, and what it answers counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.callers import Caller
from accounts.rules import checked_reason
from accounts.services import mail_staff
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import BadInput, Conflict, NotFound
from payments import differences, owners, paystack
from payments.facts import named_in
from payments.models import Order, Payment, Refund
from payments.paystack import PaystackRefused, PaystackUnavailable, RefundAt
from payments.services import disputes, returning, settling
from payments.steps import note
from payments.words import REFUND_OPEN, UNPAID, Account, Difference, DisputeState, RefundState, State

log = structlog.get_logger(__name__)

FIRST_LOOK = timedelta(minutes=2)  # after a refund for which Paystack was asked
LONGEST_PAUSE = timedelta(hours=6)
LOST_AFTER = timedelta(hours=1)  # a refund that Paystack does not know by then was never asked for
A_DAY = timedelta(days=1)  # by which clocks may differ, and more
LONGEST_REASON = 150  # characters; Paystack keeps it beside the refund
ON_THEIR_WAY = (RefundState.REQUESTED, RefundState.PENDING, RefundState.PROCESSING)
STATES = {"needs-attention": RefundState.NEEDS_ATTENTION} | {
    state.value: state for state in RefundState if state != RefundState.REQUESTED
}


@dataclass(frozen=True, kw_only=True)
class RefundInfo:
    """A refund, as the staff sees it. While it is `requested`, Paystack has not told that it knows of it."""

    id: UUID
    order_id: UUID
    state: str
    amount_minor: int
    takes_room: bool
    reason: str
    error: str
    created_at: datetime
    processed_at: datetime | None


def left_of(*, by: Caller, order_id: UUID) -> tuple[int, str]:
    """Return how much of an order's money can go back, and in which currency. Raises NotFound, Conflict."""
    by.must_be_staff(FINANCE)
    order = _order(order_id)
    payment = _payment(order)
    return _left(order, payment), payment.currency


def request(
    *, by: Caller, order_id: UUID, amount_minor: int | None = None, takes_room: bool = True, reason: str
) -> RefundInfo:
    """Send money back: so much, or all that is left. All of it takes the room with it, a part if that is wished.

    Raises BadInput, NotFound, and Conflict where nothing can go back, or something is on its way already. Whatever
    Paystack answers, or does not, is told by the state of the refund.
    """
    by.must_be_staff(FINANCE)
    reason = checked_reason(reason, longest=LONGEST_REASON)
    with transaction.atomic(durable=True):
        order = owners.locked_order(order_id)
        payment = _payment(order)
        amount = _amount(order, payment, amount_minor)
        refund = Refund.objects.create(
            order=order,
            amount_minor=amount,
            takes_room=takes_room,
            reason=reason,
            requested_by_id=by.user_id,
            next_check_at=timezone.now() + FIRST_LOOK,
        )
        note(order.id, "refund_requested", by=by.username, amount=amount, currency=payment.currency)
        target = Target("order", order.id, order.plan_name)
        record("refund_requested", by=by.who, target=target, amount_minor=amount, currency=payment.currency)
    _ask(refund, payment)
    refund.refresh_from_db()
    return info_of(refund)


def hear(data: Mapping[str, Any]) -> Order | None:
    """Follow the hint of a `refund.…` webhook. Return the order it is about, None for none of ours."""
    reference, _ = named_in(data)
    order = Order.objects.filter(reference=reference, mode=settings.CLOUDBOX_PAYING.mode).first()
    if order is not None and order.state in UNPAID:
        settling.settle(order.id, trigger="webhook")
    if order is not None:
        follow(order.id)
    return order


def follow(order_id: UUID) -> None:
    """Ask Paystack what has gone back of an order's money, or is about to, and do what follows.

    What is unknown here was asked for at Paystack's dashboard, and counts as well. Raises PaystackUnavailable.
    """
    payment = Payment.objects.select_related("order").filter(order_id=order_id).first()
    if payment is None or payment.mode != settings.CLOUDBOX_PAYING.mode:
        return
    told = {found.id: found for found in at_paystack(payment)}
    waiting = Refund.objects.filter(order_id=order_id, state__in=REFUND_OPEN).exclude(provider_id__in=told)
    for refund_id in waiting.values_list("provider_id", flat=True):
        if refund_id is not None and (found := paystack.refund_of(refund_id)):
            told[found.id] = found
    for found in sorted(told.values(), key=lambda each: each.id):
        if found.dispute_id is not None:
            disputes.follow(found.dispute_id)
        else:
            _learn(order_id, found)
    _give_up_lost(order_id)


def at_paystack(payment: Payment) -> list[RefundAt]:
    """Return all refunds that Paystack has of a payment. Raises PaystackUnavailable."""
    since, until = payment.order.created_at - A_DAY, timezone.now() + A_DAY
    return list(paystack.refunds_of(payment.provider_id, since=since, until=until))


def info_of(refund: Refund) -> RefundInfo:
    """Return a refund as the staff sees it."""
    return RefundInfo(
        id=refund.id,
        order_id=refund.order_id,
        state=refund.state,
        amount_minor=refund.amount_minor,
        takes_room=refund.takes_room,
        reason=refund.reason,
        error=refund.error,
        created_at=refund.created_at,
        processed_at=refund.processed_at,
    )


def _order(order_id: UUID) -> Order:
    order = Order.objects.select_related("user").filter(id=order_id).first()
    if order is None:
        raise NotFound
    return order


def _payment(order: Order) -> Payment:
    """Return the payment of an order whose money can go back. Raises Conflict."""
    payment = Payment.objects.filter(order=order).first()
    if payment is None:
        raise Conflict("Nothing was paid for this order.")
    if payment.mode != settings.CLOUDBOX_PAYING.mode:
        raise Conflict("This was paid with other keys of Paystack than those of now.")
    if order.disputes.filter(state=DisputeState.OPEN).exists():  # a mismatch keeps its state meanwhile
        raise Conflict("This order is disputed. Its money goes back when you accept that, at Paystack's dashboard.")
    return payment


def _left(order: Order, payment: Payment) -> int:
    back = sum(each.amount_minor for each in order.refunds.all() if each.state != RefundState.FAILED)
    back += sum(each.amount_minor for each in order.disputes.all() if each.state == DisputeState.LOST)
    return max(0, payment.amount_minor - back)


def _amount(order: Order, payment: Payment, wanted: int | None) -> int:
    """Return how much goes back. Raises BadInput and Conflict."""
    if order.refunds.filter(state__in=ON_THEIR_WAY).exists():
        raise Conflict("A refund of this order is on its way. Wait for its end before you send more.")
    left = _left(order, payment)
    if not left:
        raise Conflict("All of it has gone back.")
    if wanted is not None and not 1 <= wanted <= left:
        raise BadInput("amount_minor", f"From 1 to {left}, which is what is left.")
    return left if wanted is None else wanted


def _ask(refund: Refund, payment: Payment) -> None:
    """Have Paystack send the money, with no transaction open. What it does not answer now, it tells later."""
    try:
        found = paystack.refund(
            charge_id=payment.provider_id, amount=refund.amount_minor, note=f"{refund.reason} ({refund.id})"
        )
    except PaystackUnavailable as unavailable:
        log.warning("refund_unanswered", refund_id=str(refund.id))
        Refund.objects.filter(id=refund.id, state=RefundState.REQUESTED).update(error=unavailable.message[:255])
    except PaystackRefused as refused:
        _fail(refund.id, refused.said or "Paystack has refused it.")
    else:
        _learn(refund.order_id, found)


def _fail(refund_id: UUID, why: str) -> None:
    """Give a refund up that Paystack does not know."""
    order_id = Refund.objects.values_list("order_id", flat=True).get(id=refund_id)
    with transaction.atomic(durable=True):
        order = owners.locked_order(order_id)
        refund = Refund.objects.select_for_update().get(id=refund_id)
        if refund.state == RefundState.REQUESTED and refund.provider_id is None:
            refund.state, refund.error, refund.next_check_at = RefundState.FAILED, why[:255], None
            refund.save(update_fields=["state", "error", "next_check_at"])
            note(order.id, "refund_failed", amount=refund.amount_minor, said=why)
            _tell_staff(order, refund)


def _give_up_lost(order_id: UUID) -> None:
    """Give refunds up that Paystack does not know long after it was asked for them; the others look again later."""
    now = timezone.now()
    lost = Refund.objects.filter(order_id=order_id, state=RefundState.REQUESTED, provider_id=None)
    for refund in lost:
        if refund.created_at < now - LOST_AFTER:
            _fail(refund.id, "Paystack was asked, and knows nothing of it.")
        else:
            Refund.objects.filter(id=refund.id, state=RefundState.REQUESTED).update(next_check_at=_next(refund, now))


def _learn(order_id: UUID, found: RefundAt) -> None:
    """Write down what Paystack tells of a refund, and do what follows from it once."""
    with transaction.atomic(durable=True):
        order = owners.locked_order(order_id)
        payment = Payment.objects.get(order=order)
        if found.currency != payment.currency or found.charge_id not in {payment.provider_id, None}:
            _report(Difference.UNKNOWN_REFUND, order, found)
            return
        refund = _known(order, found)
        if refund is None or refund.state == RefundState.PROCESSED:
            return
        if refund.amount_minor != found.amount:
            _report(Difference.AMOUNT, order, found)
        _follow(order, refund, found)


def _known(order: Order, found: RefundAt) -> Refund | None:
    """Return our row of a refund: by its id, by our own id in its note, or by its amount while ours has no answer.

    One that the dashboard has made gets its row now, unless nothing came of it.
    """
    rows = list(order.refunds.select_for_update())
    nameless = [row for row in rows if row.provider_id is None]
    candidates = [
        *(row for row in rows if row.provider_id == found.id),
        *(row for row in nameless if str(row.id) in found.note),
        *(row for row in nameless if row.state == RefundState.REQUESTED and row.amount_minor == found.amount),
    ]
    if candidates:
        return candidates[0]
    if STATES.get(found.status) == RefundState.FAILED or not found.amount:
        return None
    note(order.id, "refund_adopted", amount=found.amount, currency=found.currency)
    return Refund.objects.create(
        order=order,
        provider_id=found.id,
        amount_minor=found.amount,
        takes_room=False,
        reason="Asked for at Paystack's dashboard.",
    )


def _follow(order: Order, refund: Refund, found: RefundAt) -> None:
    """Move our row to where the refund is; when it is processed, its money has gone."""
    now = timezone.now()
    was, refund.state = refund.state, STATES.get(found.status, RefundState.PENDING)
    is_open = refund.state in REFUND_OPEN
    refund.provider_id, refund.amount_minor, refund.error = found.id, found.amount, ""
    refund.next_check_at = _next(refund, now) if is_open else None
    refund.processed_at = now if refund.state == RefundState.PROCESSED else None
    refund.save()
    if refund.state == RefundState.PROCESSED:
        back = returning.Returned(
            source=f"refund:{refund.id}",
            amount_minor=refund.amount_minor,
            account=Account.REFUNDS,
            takes_room=refund.takes_room,
            whole=State.REFUNDED,
        )
        returning.take_down(order, back)
    elif refund.state != was:
        note(order.id, f"refund_{refund.state}", amount=refund.amount_minor, currency=found.currency)
        if refund.state in {RefundState.FAILED, RefundState.NEEDS_ATTENTION}:
            _tell_staff(order, refund)


def _next(refund: Refund, now: datetime) -> datetime:
    """Return when to look again: ever more rarely, for a refund may take days."""
    return now + min(max((now - refund.created_at) / 4, FIRST_LOOK), LONGEST_PAUSE)


def _report(kind: Difference, order: Order, found: RefundAt) -> None:
    facts = {"theirs": f"{found.amount} {found.currency}", "status": found.status}
    differences.found(kind, f"refund {found.id}", reference=order.reference, order=order, facts=facts)


def _tell_staff(order: Order, refund: Refund) -> None:
    log.error("refund_stuck", refund_id=str(refund.id), state=refund.state)
    context = {"order_id": str(order.id), "reference": order.reference, "state": refund.state, "said": refund.error}
    mail_staff(FINANCE, kind="refund_stuck", context=context, dedupe=f"refund:{refund.id}:{refund.state}")
