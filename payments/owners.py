"""The line of packs of one owner: read under a lock, written back, and turned into allowances."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from accounts import allowances, quotas
from cloudbox.errors import NotFound
from payments import terms
from payments.models import Order
from payments.words import KEPT

IN_LINE = Q(state__in=KEPT, starts_at__isnull=False, stopped_at=None)  # the orders that give room
DAY = 86400  # seconds
LOCK = "pg_advisory_xact_lock(hashtextextended({}::text, 7))"  # of an owner, by their id
SOURCE = "order"  # of the allowances that payments give


def lock(user_id: UUID) -> None:
    """Hold the owner's line until the transaction ends, so that payments and refunds come one after the other.

    It is taken before the row of an order, and that before the owner's counter.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LOCK.format('%s')}", [str(user_id)])


def locked_order(order_id: UUID) -> Order:
    """Return an order, with its user, that nobody else changes before the transaction ends. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LOCK.format('user_id')} FROM payments_order WHERE id = %s", [order_id])  # noqa: S608  a constant
        if not cursor.rowcount:
            raise NotFound
    return Order.objects.select_for_update(of=("self",)).select_related("user").get(id=order_id)


def grace() -> timedelta:
    """Return how long the room stays after what was paid for has ended."""
    return timedelta(days=settings.CLOUDBOX_GRACE_DAYS)


def line_of(user_id: UUID) -> terms.Line:
    """Return the packs of this owner whose money we have, and whose room was not taken back."""
    rows = Order.objects.filter(IN_LINE, user_id=user_id)
    return tuple(_piece(row) for row in rows.order_by("paid_at", "id"))


def _piece(order: Order) -> terms.Piece:
    assert order.starts_at is not None and order.ends_at is not None, "only what has a term is in the line"  # noqa: S101,PT018  types
    return terms.Piece(
        pack=pack_of(order),
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        into=order.into_id,
        left=order.left,
    )


def pack_of(order: Order) -> terms.Pack:
    """Return what an order buys."""
    return terms.Pack(
        id=order.id,
        bytes=order.bytes,
        seconds=order.days * DAY,
        amount=order.amount_minor,
        money=money(order.currency, order.mode),
    )


def money(currency: str, mode: str) -> str:
    """Return what values are told in: what was paid with money that is none buys nothing of a pack that costs some."""
    return f"{currency} {mode}"


def write(user_id: UUID, line: terms.Line, before: terms.Line) -> None:
    """Write what has changed in the owner's line, and have it count. The owner is locked.

    What has left the line no longer counts. It locks the owner's counter, so it comes last in its transaction.
    """
    old = {piece.id: (piece, terms.counts_until(before, piece, grace())) for piece in before}
    for piece in line:
        until = terms.counts_until(line, piece, grace())
        if old.pop(piece.id, None) != (piece, until):
            _write(user_id, piece, until)
    for order_id in old:
        allowances.take_back(user_id, source_of(order_id))
    quotas.recompute_limit(user_id)


def counts_of(user_id: UUID, at: datetime) -> dict[UUID, datetime]:
    """Return until when the room of each order counts that counts at that moment, or will. One query."""
    found = allowances.counting(user_id, SOURCE, at=at)
    return {UUID(source.removeprefix(f"{SOURCE}:")): ends_at for source, ends_at in found.items() if ends_at}


def source_of(order_id: UUID) -> str:
    """Return what the allowance of an order comes from: one order gives one."""
    return f"{SOURCE}:{order_id}"


def _write(user_id: UUID, piece: terms.Piece, until: datetime) -> None:
    order = Order.objects.get(id=piece.id)
    order.starts_at, order.ends_at, order.into_id = piece.starts_at, piece.ends_at, piece.into
    order.left = piece.left
    order.save(update_fields=["starts_at", "ends_at", "into", "left"])
    if piece.into is not None or piece.starts_at >= piece.ends_at:
        allowances.take_back(user_id, source_of(order.id))
        return
    allowances.give(
        user_id,
        source_of(order.id),
        size=order.bytes,
        starts_at=piece.starts_at,
        ends_at=until,
        reason=order.plan_name,
    )
