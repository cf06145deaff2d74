"""Buying, giving back and disputing, for tests of what goes back; and what the books say of it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from accounts import quotas
from accounts.models import User
from payments.models import LedgerEntry, Order, Refund
from payments.services import checkout, refunds, settling
from payments.simulator import Simulator
from tests.people import caller_for


def buy(simulator: Simulator, user: User, plan: str = "basic", currency: str = "NGN") -> Order:
    """Order a plan, pay for it, and settle it as the payer's browser does."""
    ordered = checkout.begin(by=caller_for(user), plan=plan, currency=currency)
    simulator.pay(ordered.reference)
    settling.settle(ordered.id, trigger="payer")
    return Order.objects.get(id=ordered.id)


def send_back(staff: User, order: Order, amount: int | None = None, **said: Any) -> Refund:
    """Ask for a refund, as the staff does."""
    said = {"reason": "They asked for it."} | said
    made = refunds.request(by=caller_for(staff), order_id=order.id, amount_minor=amount, **said)
    return Refund.objects.get(id=made.id)


def come_through(simulator: Simulator, refund: Refund, status: str = "processed") -> Refund:
    """Have a refund come to an end at Paystack, and hear of it."""
    refund.refresh_from_db()
    assert refund.provider_id is not None
    simulator.move_refund(refund.provider_id, status)
    refunds.hear({"transaction_reference": refund.order.reference, "amount": "1"})
    refund.refresh_from_db()
    return refund


def room(user: User) -> int:
    """Return how much room somebody has beyond what everybody has."""
    return quotas.usage_of(user.id).limit - int(settings.CLOUDBOX_DEFAULT_QUOTA)


def balance(order: Order) -> dict[str, int]:
    """Return the sum of each account of the ledger, as far as it concerns an order."""
    sums = LedgerEntry.objects.filter(transaction__order=order).values_list("account").annotate(Sum("amount_minor"))
    return {account: amount for account, amount in sums if amount}


def days_left(order: Order) -> float:
    """Return how long an order's pack goes on, in days."""
    order.refresh_from_db()
    assert order.ends_at is not None
    return (order.ends_at - timezone.now()) / timedelta(days=1)
