"""What the staff does about differences: look again, dismiss, or accept a payment that is not what was ordered."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.callers import Caller
from accounts.rules import LONGEST_REASON, checked_reason
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import Conflict, NotFound
from payments import differences, ledger, owners, paystack
from payments.models import Finding, Order, Payment
from payments.services import comparing, reconciling, settling
from payments.steps import note
from payments.words import Difference, RefundState, State


def settle_finding(*, by: Caller, finding_id: UUID) -> bool:
    """Look at a difference again, settling what can be settled; return whether it is gone.

    Raises NotFound, and PaystackUnavailable.
    """
    by.must_be_staff(FINANCE)
    finding = _open(finding_id)
    record("difference_looked_at", by=by.who, target=_target(finding))
    if finding.kind == Difference.SILENCE:
        reconciling.look_for_silence()
    elif finding.kind == Difference.TOTAL:
        reconciling.reconcile_days(reconciling.NIGHTLY)
    else:
        _look_again(finding)
    return Finding.objects.filter(id=finding_id, resolved_at__isnull=False).exists()


def dismiss(*, by: Caller, finding_id: UUID, reason: str) -> None:
    """Deal with a difference by saying why it is none; it is not told again while it stays as it is.

    Raises NotFound and BadInput.
    """
    by.must_be_staff(FINANCE)
    reason = checked_reason(reason)
    with transaction.atomic():
        finding = _open(finding_id)
        living = Finding.objects.filter(id=finding_id, resolved_at=None)
        living.update(resolved_at=timezone.now(), resolved_by=by.user_id, resolution=reason)
        record("difference_dismissed", by=by.who, target=_target(finding), reason=reason)


def accept_mismatch(*, by: Caller, order_id: UUID, reason: str) -> None:
    """Give what was ordered though the payment is not what was asked for, in its currency.

    Raises BadInput, NotFound, and Conflict where that cannot be, or money of it is on its way back.
    """
    by.must_be_staff(FINANCE)
    reason = checked_reason(reason)
    with transaction.atomic(durable=True):
        order = owners.locked_order(order_id)
        payment = Payment.objects.filter(order=order).first()
        if order.state != State.MISMATCH or payment is None:
            raise Conflict("There is no payment of this order to accept.")
        if order.failure == settling.STATE:
            raise Conflict("Its money has gone back.")
        if payment.currency != order.currency or not payment.amount_minor:
            raise Conflict("It was paid in another currency. Send it back.")
        if order.refunds.exclude(state=RefundState.FAILED).exists():
            raise Conflict("Money of it has gone back, or is on its way.")
        moved = ledger.book_as_sale(payment, at=timezone.now())
        note(order.id, "accepted", by=by.username, fault=order.failure)
        target = Target("order", order.id, order.plan_name)
        record("mismatch_accepted", by=by.who, target=target, owner_id=order.user_id, reason=reason)
        differences.gone(Difference.MISMATCH, order.reference, f"Accepted: {reason}"[:LONGEST_REASON])
        settling.give(order, payment, moved, amount_minor=payment.amount_minor)


def _look_again(finding: Finding) -> None:
    """Compare once more what a difference is about."""
    if finding.order_id is not None:
        comparing.compare_order(finding.order_id)
        return
    known = Order.objects.filter(reference=finding.reference).exists()
    charge = None if known else paystack.verify(finding.reference)
    if charge is None or charge.status not in settling.HAVING:
        differences.gone(Difference(finding.kind), finding.reference, comparing.GONE)


def _open(finding_id: UUID) -> Finding:
    finding = Finding.objects.filter(id=finding_id, resolved_at=None).first()
    if finding is None:
        raise NotFound("There is no such difference that is open.")
    return finding


def _target(finding: Finding) -> Target:
    return Target("difference", finding.id, finding.reference)
