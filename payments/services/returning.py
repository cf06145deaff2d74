"""Where money that has gone back is booked, by whatever way it went: a refund, or a dispute that was lost.

Everything that follows is written in one transaction: the ledger, the credit note, the order's state, the mail, and
the owner's line without the pack, where its room goes. Whatever else was paid for goes on in its place.
"""

from dataclasses import dataclass

from django.utils import timezone

from accounts.callers import SYSTEM
from activity.services import Target, mail, record
from payments import differences, ledger, owners, receipts, terms
from payments.models import Order, Payment, Receipt
from payments.steps import note
from payments.words import KEPT, Account, Difference, State


@dataclass(frozen=True, kw_only=True)
class Returned:
    """Money that has gone back. `source` is `refund:<id>` or `dispute:<id>`, and is booked once."""

    source: str
    amount_minor: int
    account: Account
    takes_room: bool  # even if it is not all
    whole: State  # of the order when all of its money has gone back


def take_down(order: Order, back: Returned) -> None:
    """Book it, and do what follows, in the caller's transaction. The owner and the order are locked."""
    now = timezone.now()
    payment = Payment.objects.get(order=order)
    sold = ledger.sold_for(order)
    moved = ledger.book_return(
        back.source,
        order,
        account=back.account if sold else Account.UNASSIGNED,
        currency=payment.currency,
        amount=back.amount_minor,
        at=now,
    )
    is_whole = ledger.returned(order) >= (sold or payment.amount_minor)
    before = owners.line_of(order.user_id)
    counts = any(piece.id == order.id for piece in before)
    goes = counts and (is_whole or back.takes_room)
    if is_whole and order.state == State.MISMATCH:
        differences.gone(Difference.MISMATCH, order.reference, "The money has gone back.")
    order.state = back.whole if is_whole else _state_without_some(order)
    order.stopped_at = now if goes else order.stopped_at
    order.save(update_fields=["state", "stopped_at"])
    receipt = receipts.issue(moved, order, amount_minor=-back.amount_minor, currency=payment.currency)
    note(order.id, "refunded", amount=back.amount_minor, currency=payment.currency, receipt=receipt.number, room=goes)
    _tell(order, receipt, room_goes=goes)
    if goes:
        owners.write(order.user_id, terms.remove(before, order.id, now), before)


def _state_without_some(order: Order) -> State:
    """Return the state of an order of which some money has gone back: what is disputed, or owed, stays so."""
    return State.PARTLY_REFUNDED if order.state == State.PAID else State(order.state)


def undisputed(order: Order) -> State:
    """Return the state of an order that is not disputed any more."""
    if order.state not in KEPT:
        return State(order.state)
    return State.PARTLY_REFUNDED if ledger.returned(order) else State.PAID


def _tell(order: Order, receipt: Receipt, *, room_goes: bool) -> None:
    """Tell the owner: by mail, with the credit note, and as news."""
    amount = -receipt.amount_minor
    record(
        "payment_refunded",
        by=SYSTEM.who,
        target=Target("order", order.id, order.plan_name),
        owner_id=order.user_id,
        amount_minor=amount,
        currency=receipt.currency,
        receipt=receipt.number,
        room_goes=room_goes,
    )
    context = {"receipt": receipt, "amount_minor": amount, "room_goes": room_goes}
    key = f"receipt:{receipt.number}"
    mail(to=order.email, kind="refund_processed", context=context, dedupe=key, attachment=key)
    note(order.id, "mailed", mail="refund_processed", key=key)
