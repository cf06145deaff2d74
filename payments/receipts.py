"""Receipts: what was paid or has gone back, said once and never changed, under numbers without a gap."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max

from payments.models import LedgerTransaction, Order, Receipt


def issue(moved: LedgerTransaction, order: Order, *, amount_minor: int, currency: str, **said: Any) -> Receipt:
    """Write the receipt of money that moved, in the transaction in which it is booked.

    The number is the next one. Until the transaction ends nobody else takes one, so none is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('payments.receipts', 7))")
    last = Receipt.objects.aggregate(last=Max("number"))["last"] or 0
    return Receipt.objects.create(
        number=last + 1,
        source=moved.source,
        order=order,
        issued_at=moved.at,
        currency=currency,
        amount_minor=amount_minor,
        said={**_parties(order), **_goods(order), **said},
    )


def _parties(order: Order) -> dict[str, Any]:
    seller = [line.strip() for line in settings.CLOUDBOX_SELLER.split("|")]
    buyer = f"{order.user.first_name} {order.user.last_name}".strip() or order.user.username
    return {"seller": seller, "buyer": buyer, "email": order.email, "mode": order.mode}


def _goods(order: Order) -> dict[str, Any]:
    return {"plan": order.plan_name, "bytes": order.bytes, "days": order.days, "reference": order.reference}
