"""Orders as rows, for tests of what is done with them and not of how they come about."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from payments.models import Order, Plan


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
