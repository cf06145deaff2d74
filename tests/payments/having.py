"""Having paid for a pack, without Paystack: rows as `settle` writes them, for tests of what follows from them."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from payments import owners, terms
from payments.models import Order
from payments.words import State

GIB = 2**30


def end_of(order: Order) -> datetime:
    """Return when the term of an order ends now."""
    order.refresh_from_db()
    assert order.ends_at is not None
    return order.ends_at


def bought(
    user: User, *, size: int = 10 * GIB, days: int = 30, amount: int = 500_000, at: datetime | None = None, **more
) -> Order:
    """Let the user have paid for a pack, now or at another moment."""
    at = at or timezone.now()
    order = Order.objects.create(
        user=user,
        reference=f"cb-{uuid4().hex}",
        mode="simulated",
        plan_code="standard",
        plan_name=more.pop("name", "Standard"),
        bytes=size,
        days=days,
        currency="NGN",
        amount_minor=amount,
        email=user.email or "",
        created_at=at,
        expires_at=at + timedelta(days=1),
        **more,
    )
    with transaction.atomic():
        owners.lock(user.id)
        before = owners.line_of(user.id)
        order.state, order.paid_at = State.PAID, at
        order.save()
        owners.write(user.id, terms.add(before, owners.pack_of(order), at), before)
    order.refresh_from_db()
    return order
