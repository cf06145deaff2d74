"""Disputes: payers who say, through their bank, that a charge was not theirs, or not right.

They are answered at Paystack's dashboard. Until one is decided it takes nothing; the staff is told. When it is lost,
the money has gone back as by a refund; when it is won, the order is as it was before.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import mail_staff
from activity.services import Target, record
from cloudbox.duties import FINANCE
from payments import differences, owners, paystack
from payments.facts import named_in
from payments.models import Dispute, Order, Payment
from payments.paystack import DisputeAt
from payments.services import returning, settling
from payments.steps import note
from payments.words import UNPAID, Account, Difference, DisputeState, State

log = structlog.get_logger(__name__)

RESOLVED = "resolved"
DISPUTABLE = (State.PAID, State.PARTLY_REFUNDED)


def hear(data: Mapping[str, Any]) -> Order | None:
    """Follow the hint of a `charge.dispute.…` webhook. Return the order it is about, None for none of ours."""
    _, dispute_id = named_in(data)
    return follow(dispute_id) if dispute_id else None


def follow(dispute_id: int) -> Order | None:
    """Ask Paystack about a dispute, and do what follows. Raises PaystackUnavailable."""
    found = paystack.dispute_of(dispute_id)
    order = Order.objects.filter(reference=found.reference).first() if found else None
    if found is None or order is None or order.mode != settings.CLOUDBOX_PAYING.mode:
        return None
    if order.state in UNPAID:
        settling.settle(order.id, trigger="webhook")
    with transaction.atomic(durable=True):
        order = owners.locked_order(order.id)
        payment = Payment.objects.filter(order=order, provider_id=found.charge_id).first()
        if payment is not None and payment.currency != found.currency:
            _report(order, found)
        elif payment is not None:
            dispute = _known(order, found)
            if dispute.state == DisputeState.OPEN:
                _decide(order, dispute, found)
    return order


def verdict(found: DisputeAt) -> DisputeState:
    """Return how a dispute has ended, if it has: what was accepted, by us or because nobody answered, is lost."""
    if found.status == RESOLVED and found.resolution == "declined":
        return DisputeState.WON
    if found.status == RESOLVED and found.resolution.endswith("accepted"):
        return DisputeState.LOST
    return DisputeState.OPEN


def _known(order: Order, found: DisputeAt) -> Dispute:
    """Return our row of a dispute; of a new one the staff is told."""
    dispute = Dispute.objects.select_for_update().filter(provider_id=found.id).first()
    if dispute is not None:
        return dispute
    dispute = Dispute.objects.create(
        order=order, provider_id=found.id, amount_minor=found.amount, reason=found.category, due_at=found.due_at
    )
    if order.state in DISPUTABLE:
        order.state = State.DISPUTED
        order.save(update_fields=["state"])
    note(order.id, "disputed", amount=found.amount, currency=found.currency, why=found.category)
    target = Target("order", order.id, order.plan_name)
    record("payment_disputed", by=SYSTEM.who, target=target, owner_id=order.user_id, amount_minor=found.amount)
    _tell_staff(order, dispute, found)
    return dispute


def _decide(order: Order, dispute: Dispute, found: DisputeAt) -> None:
    """Do what the end of a dispute means; until then only remember until when it must be answered."""
    dispute.state, dispute.due_at, dispute.amount_minor = verdict(found), found.due_at, found.amount
    if dispute.state != DisputeState.OPEN:
        dispute.resolved_at = timezone.now()
    dispute.save()
    if dispute.state == DisputeState.OPEN:
        if found.status == RESOLVED:
            log.error("dispute_unclear", dispute_id=str(dispute.id), resolution=found.resolution)
        return
    note(order.id, f"dispute_{dispute.state}", amount=found.amount, currency=found.currency)
    if not order.disputes.filter(state=DisputeState.OPEN).exists():
        order.state = returning.undisputed(order)
        order.save(update_fields=["state"])
    if dispute.state == DisputeState.LOST and found.amount:
        back = returning.Returned(
            source=f"dispute:{dispute.id}",
            amount_minor=found.amount,
            account=Account.DISPUTES,
            takes_room=False,
            whole=State.REVERSED,
        )
        returning.take_down(order, back)
    _tell_staff(order, dispute, found)


def _report(order: Order, found: DisputeAt) -> None:
    """Tell the staff of a dispute about money that the ledger does not have: it cannot be booked."""
    facts: dict[str, str | int | bool | None] = {"dispute": found.id, "amount": found.amount}
    facts |= {"currency": found.currency, "status": found.status}
    name = f"dispute {found.id}"
    differences.found(Difference.AMOUNT, name, reference=order.reference, order=order, facts=facts)


def _tell_staff(order: Order, dispute: Dispute, found: DisputeAt) -> None:
    log.warning("payment_disputed", order_id=str(order.id), state=dispute.state)
    context = {
        "order_id": str(order.id),
        "reference": order.reference,
        "dispute": dispute,
        "amount_minor": found.amount,
        "currency": found.currency,
    }
    mail_staff(FINANCE, kind="dispute", context=context, dedupe=f"dispute:{dispute.id}:{dispute.state}")
