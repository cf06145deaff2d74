"""Orders as rows, for tests of what is done with them and not of how they come about."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from payments import receipts
from payments.models import LedgerEntry, LedgerTransaction, Order, Plan, Receipt
from payments.words import Account


def an_order(user: User, **said: Any) -> Order:
    """Write down an order of somebody for the pack `basic`, which waits for its payment unless it says otherwise."""
    plan = Plan.objects.get(code="basic")
    usual = {
        "reference": f"cb-{uuid4().hex}",
        "state": "pending",
        "mode": "simulated",
        "plan": plan,
        "plan_code": plan.code,
        "plan_name": plan.name,
        "bytes": plan.bytes,
        "days": plan.days,
        "currency": "NGN",
        "amount_minor": 200_000,
        "email": user.email,
        "page": "https://checkout.example.org/page",
        "expires_at": timezone.now() + timedelta(hours=24),
    }
    return Order.objects.create(user=user, **(usual | said))


def paid(order: Order, amount_minor: int | None = None, **said: Any) -> Receipt:
    """Issue a receipt of an order, as if its money, or so much of it, had moved."""
    amount = order.amount_minor if amount_minor is None else amount_minor
    moved = LedgerTransaction.objects.create(source=f"charge:{uuid4()}", order=order, currency=order.currency)
    for account, sum_ in ((Account.PAYSTACK, amount), (Account.SALES, -amount)):
        LedgerEntry.objects.create(transaction=moved, account=account, amount_minor=sum_)
    return receipts.issue(moved, order, amount_minor=amount, currency=order.currency, **said)
