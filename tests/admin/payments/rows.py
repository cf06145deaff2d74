"""Orders and all that follows from them, written as the services would with Paystack at the other end."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from payments import ledger, receipts
from payments.models import Dispute, Finding, Order, Payment, ProviderEvent, Reconciliation, Refund
from payments.steps import note
from payments.words import Account, State
from tests.payments.orders import an_order

numbers = count(1)


def order_of(owner: Any, **which: Any) -> Order:
    """Return an order of the plan `basic` that waits for its payment."""
    order = an_order(owner, **which)
    note(order.id, "ordered", by=owner.username, at=order.created_at, plan=order.plan_code, amount=order.amount_minor)
    return order


def paid(owner: Any, *, at: Any = None, fees: int = 3000, **which: Any) -> Order:
    """Return an order whose money came at a time (now)."""
    at = at or timezone.now()
    ends_at = at + timedelta(days=30)
    term = {"created_at": at - timedelta(minutes=1), "paid_at": at, "starts_at": at, "ends_at": ends_at}
    order = order_of(owner, **{"state": State.PAID} | term | which)
    with transaction.atomic():
        payment = payment_of(order, at, fees)
        moved = ledger.book_charge(payment, is_sale=True)
        receipt = receipts.issue(moved, order, amount_minor=order.amount_minor, currency=order.currency)
        note(order.id, "settled", receipt=receipt.number, at=at)
    return order


def payment_of(order: Order, at: Any, fees: int = 3000) -> Payment:
    """Return the payment of an order, which is not booked yet."""
    return Payment.objects.create(
        order=order,
        provider_id=next(numbers),
        mode=order.mode,
        currency=order.currency,
        amount_minor=order.amount_minor,
        requested_minor=order.amount_minor,
        fees_minor=fees,
        channel="card",
        paid_at=at,
        created_at=at,
    )


def gone_back(order: Order, amount: int, *, at: Any = None, account: Account = Account.REFUNDS) -> None:
    """Book some of an order's money as gone back to the payer."""
    source, at = f"refund:{next(numbers)}", at or timezone.now()
    with transaction.atomic():
        ledger.book_return(source, order, account=account, currency=order.currency, amount=amount, at=at)


def one_of_each(owner: Any) -> Order:
    """Return a paid order of which everything is known that the administration shows."""
    order, now = paid(owner), timezone.now()
    Refund.objects.create(order=order, provider_id=next(numbers), amount_minor=100, reason="<b>too much</b>")
    Dispute.objects.create(order=order, provider_id=next(numbers), amount_minor=100, due_at=now)
    event_of(order, b'{"event": "charge.success", "data": {"html": "<script>alert(1)</script>"}}')
    Finding.objects.create(key=f"unsettled:{next(numbers)}", kind="unsettled", order=order, facts={"amount": 100})
    totals = {"NGN": {"theirs": 200_000, "ours": 100_000}}
    Reconciliation.objects.create(since=now - timedelta(days=3), until=now, finished_at=now, charges=1, totals=totals)
    return order


def event_of(order: Order | None, raw: bytes, **which: Any) -> ProviderEvent:
    """Return a webhook that came."""
    reference = order.reference if order else ""
    known = {"dedupe": f"{next(numbers):064x}", "event": "charge.success", "reference": reference, "order": order}
    return ProviderEvent.objects.create(raw=raw, **known | which)
