"""Receipts: what was paid or has gone back, said once and never changed, under numbers without a gap."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from payments.models import LedgerTransaction, Order, Receipt

WAYS = {  # to pay, by Paystack's words
    "card": _("Card"),
    "bank": _("Bank account"),
    "bank_transfer": _("Bank transfer"),
    "ussd": _("USSD"),
    "qr": _("QR code"),
    "mobile_money": _("Mobile money"),
    "eft": _("EFT"),
}


@dataclass(frozen=True, kw_only=True)
class ReceiptInfo:
    """A receipt as it was issued: for a payment, or with a negative amount for money that has gone back.

    `number` counts, `name` is what people call it, `corrects` is the name of the receipt whose money has gone back.
    The term is what was known of it then.
    """

    number: int
    name: str
    corrects: str
    order_id: UUID
    issued_at: datetime
    currency: str
    amount_minor: int
    mode: str
    seller: tuple[str, ...]
    buyer: str
    email: str
    plan_name: str
    bytes: int
    days: int
    reference: str
    channel: str
    paid_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def is_refund(self) -> bool:
        return self.amount_minor < 0

    @property
    def paid_with(self) -> str:
        """Return what people call the way in which it was paid; Paystack's own word where we have no other."""
        return str(WAYS.get(self.channel, self.channel.replace("_", " ").capitalize()))


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
        said={**_parties(order), **_goods(order), **_corrected(order, amount_minor), **said},
    )


def info_of(row: Receipt) -> ReceiptInfo:
    said = row.said
    return ReceiptInfo(
        number=row.number,
        name=row.name,
        corrects=said.get("corrects", ""),
        order_id=row.order_id,
        issued_at=row.issued_at,
        currency=row.currency,
        amount_minor=row.amount_minor,
        mode=said["mode"],
        seller=tuple(said["seller"]),
        buyer=said["buyer"],
        email=said["email"],
        plan_name=said["plan"],
        bytes=said["bytes"],
        days=said["days"],
        reference=said["reference"],
        channel=said.get("channel", ""),
        paid_at=_moment(said.get("paid_at")),
        starts_at=_moment(said.get("starts_at")),
        ends_at=_moment(said.get("ends_at")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _parties(order: Order) -> dict[str, Any]:
    seller = [line.strip() for line in settings.CLOUDBOX_SELLER.split("|")]
    buyer = f"{order.user.first_name} {order.user.last_name}".strip() or order.user.username
    return {"seller": seller, "buyer": buyer, "email": order.email, "mode": order.mode}


def _corrected(order: Order, amount_minor: int) -> dict[str, Any]:
    """Return the name of the receipt that money which goes back was received by. A mismatch has none."""
    sold = order.receipts.filter(amount_minor__gt=0).order_by("-number").first() if amount_minor < 0 else None
    return {"corrects": sold.name} if sold else {}


def _goods(order: Order) -> dict[str, Any]:
    return {"plan": order.plan_name, "bytes": order.bytes, "days": order.days, "reference": order.reference}
