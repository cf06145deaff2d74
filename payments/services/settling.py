"""Where money becomes room: `settle`, which a webhook, the payer's browser and the reconciler call alike.

Paystack is asked first, with no transaction open, and only what it answers counts: a webhook is a hint. Then one
transaction writes the payment, the ledger, the receipt, the owner's terms and allowances, and the mail, or finds that
this was done before. Of several at once the owner's lock lets one in after the other.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import mail_staff
from activity.services import Target, mail, record
from cloudbox.duties import FINANCE
from cloudbox.errors import NotFound
from payments import differences, ledger, owners, paystack, receipts, terms
from payments.models import LedgerTransaction, Order, Payment, Receipt
from payments.paystack import Charge
from payments.steps import note
from payments.words import KEPT, OPEN, UNPAID, Difference, Mode, State

log = structlog.get_logger(__name__)

FIRST_CHECK = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
CHECKED_FOR = timedelta(days=7)  # after that only the nightly comparison finds a late payment
ASKS_AGAIN = {"payer", "reconciler"}  # until the order is no longer open
RETURNED = "reversed"  # what Paystack says of a charge that had succeeded, and whose money has gone back
HAVING = ("success", RETURNED)  # money came, though it may be gone again
STATE = "state"  # the fault of such a charge: its money is booked, so that what goes back can be, and gives no room
TAKEN = "charge"  # the fault of a charge that has paid another order


def settle(order_id: UUID, *, trigger: str) -> State:
    """Ask Paystack for the charge of an order, and do what follows from it once. Return the order's state.

    `trigger` says who asked: `webhook`, `payer`, `reconciler` or `staff`. Raises NotFound, and PaystackUnavailable,
    after which nothing has changed.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound
    was_paid = order.state in KEPT
    charge = paystack.verify(order.reference)
    with transaction.atomic(durable=True):
        order = owners.locked_order(order_id)
        _note_answer(order, charge, trigger)
        if order.state in UNPAID:
            _follow(order, charge)
        elif was_paid and order.state in KEPT:  # else it was paid after Paystack had answered
            _doubt(order, charge)
        return State(order.state)


def _note_answer(order: Order, charge: Charge | None, trigger: str) -> None:
    """Write down what Paystack said; of those who ask again and again only what is new."""
    answer = charge.status if charge else "unknown"
    now = timezone.now()
    last = order.steps.filter(kind="verified").order_by("-id").first()
    if trigger not in ASKS_AGAIN or last is None or last.facts.get("answer") != answer:
        note(order.id, "verified", trigger=trigger, answer=answer, said=charge.gateway_response if charge else "")
    order.checked_at, order.checks = now, min(order.checks + 1, 30_000)
    order.save(update_fields=["checked_at", "checks"])


def _follow(order: Order, charge: Charge | None) -> None:
    """Do what an answer means for an order that is not paid yet."""
    if charge is not None and charge.status in HAVING:
        fault = _fault_of(order, charge)
        if fault:
            _take_unassigned(order, charge, fault)
        else:
            _fulfil(order, charge)
        return
    now = timezone.now()
    if charge is not None and charge.status == "failed" and order.state in OPEN:
        order.state, order.failure = State.FAILED, charge.gateway_response[:255] or charge.status
        note(order.id, "failed", said=order.failure)
    elif order.state in OPEN and order.expires_at <= now:
        order.state = State.EXPIRED
        note(order.id, "expired")
    order.next_check_at = _next_check(order, now)
    order.save(update_fields=["state", "failure", "next_check_at"])


def _doubt(order: Order, charge: Charge | None) -> None:
    """Tell the staff when Paystack does not have the money (any more) that was paid here."""
    status = charge.status if charge else "unknown"
    if status != "success":
        facts = {"theirs": status, "ours": order.state}
        differences.found(Difference.UNCONFIRMED, order.reference, reference=order.reference, order=order, facts=facts)


def _next_check(order: Order, now: datetime) -> datetime | None:
    """Return when to ask again, ever more rarely; None when a payment is not expected any more."""
    if now > order.created_at + CHECKED_FOR:
        return None
    return now + min(FIRST_CHECK * (1 << min(order.checks, 10)), LONGEST_PAUSE)


def _fault_of(order: Order, charge: Charge) -> str:
    """Return in what a charge that brought money is not what was ordered; nothing when it is.

    `requested_amount` is what we asked for; `amount` may hold fees that the payer bore.
    """
    faults = {
        TAKEN: Payment.objects.filter(mode=order.mode, provider_id=charge.id).exists(),
        STATE: charge.status != "success",
        "reference": charge.reference != order.reference,
        "mode": charge.domain != Mode(order.mode).domain,
        "currency": charge.currency != order.currency,
        "amount": charge.requested_amount != order.amount_minor or charge.amount < order.amount_minor,
        "email": charge.email.casefold() != order.email.casefold(),
    }
    return next((name for name, found in faults.items() if found), "")


def _fulfil(order: Order, charge: Charge) -> None:
    """Take the money of a sale: once, for the payment of an order is unique."""
    payment = _payment(order, charge, timezone.now())
    moved = ledger.book_charge(payment, is_sale=True)
    give(order, payment, moved, amount_minor=payment.requested_minor)


def give(order: Order, payment: Payment, moved: LedgerTransaction, *, amount_minor: int) -> None:
    """Give what was bought for that much, with its receipt, in the caller's transaction.

    The owner and the order are locked, and `moved` has booked the sale.
    """
    now = timezone.now()
    before = owners.line_of(order.user_id)
    line = terms.add(before, owners.pack_of(order), now)
    term = next(piece for piece in line if piece.id == order.id)
    order.state, order.paid_at, order.failure, order.next_check_at = State.PAID, now, "", None
    order.save(update_fields=["state", "paid_at", "failure", "next_check_at"])
    receipt = receipts.issue(
        moved,
        order,
        amount_minor=amount_minor,
        currency=payment.currency,
        paid_at=payment.paid_at.isoformat(),
        channel=payment.channel,
        starts_at=term.starts_at.isoformat(),
        ends_at=term.ends_at.isoformat(),
    )
    note(order.id, "settled", receipt=receipt.number, until=term.ends_at.isoformat())
    _tell(order, receipt, term)
    owners.write(order.user_id, line, before)


def _payment(order: Order, charge: Charge, now: datetime) -> Payment:
    return Payment.objects.create(
        order=order,
        provider_id=charge.id,
        mode=order.mode,
        currency=charge.currency,
        amount_minor=charge.amount,
        requested_minor=charge.requested_amount,
        fees_minor=charge.fees,
        channel=charge.channel[:40],
        paid_at=charge.paid_at or now,
        created_at=now,
    )


def _tell(order: Order, receipt: Receipt, term: terms.Piece) -> None:
    """Tell the owner what they have now: by mail, with the receipt, and as news."""
    record(
        "pack_bought",
        by=SYSTEM.who,
        target=Target("order", order.id, order.plan_name),
        owner_id=order.user_id,
        bytes=order.bytes,
        amount_minor=order.amount_minor,
        currency=order.currency,
        starts_at=term.starts_at.isoformat(),
        ends_at=term.ends_at.isoformat(),
        receipt=receipt.number,
    )
    context = {"order_id": str(order.id), "receipt": receipt, "starts_at": term.starts_at, "ends_at": term.ends_at}
    key = f"receipt:{receipt.number}"
    mail(to=order.email, kind="payment_receipt", context=context, dedupe=key, attachment=key)
    note(order.id, "mailed", mail="payment_receipt", key=key)


def _take_unassigned(order: Order, charge: Charge, fault: str) -> None:
    """Write down money that is not what was ordered: it gives no room, and the staff decides about it."""
    if fault != TAKEN and charge.amount:  # else no money has come with it
        ledger.book_charge(_payment(order, charge, timezone.now()), is_sale=False)
    order.state, order.failure, order.next_check_at = State.MISMATCH, fault, None
    order.save(update_fields=["state", "failure", "next_check_at"])
    note(order.id, "mismatch", fault=fault, amount=charge.amount, currency=charge.currency, email=charge.email)
    facts = {"fault": fault}
    differences.found(Difference.MISMATCH, order.reference, reference=order.reference, order=order, facts=facts)
    record(
        "payment_mismatch",
        by=SYSTEM.who,
        target=Target("order", order.id, order.plan_name),
        owner_id=order.user_id,
        fault=fault,
    )
    log.error("payment_mismatch", order_id=str(order.id), fault=fault)
    context = {"order_id": str(order.id), "reference": order.reference, "fault": fault}
    mail_staff(FINANCE, kind="payment_mismatch", context=context, dedupe=f"mismatch:{order.id}")
