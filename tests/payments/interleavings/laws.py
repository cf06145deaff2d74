"""What is true of payments at every moment, and what of them at rest."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts import quotas
from accounts.models import Allowance, Usage
from payments import owners, terms
from payments.models import Finding, LedgerEntry, Order, Payment, Receipt
from payments.services import proving
from payments.words import UNPAID
from tests.payments.interleavings.world import World

FINGERPRINT = """
SELECT (SELECT sum(hashtext(concat(state, paid_at, starts_at, ends_at, stopped_at, into_id, "left")))
          FROM payments_order),
       (SELECT sum(hashtext(a::text)) FROM accounts_allowance a), (SELECT sum(limit_bytes) FROM accounts_usage)
"""


class Laws:
    """Follows a world beside it: `line` is what the user has by what was paid and went back, moment by moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.line: terms.Line = ()
        self._paid: set[str] = set()
        self._stopped: set[str] = set()
        self._passed = 0
        self._last: tuple[object, ...] = ()

    def hold(self) -> None:
        """Look again if any room has changed. Money is only ever added to, so it is looked at in the end."""
        now = _fingerprint()
        if now != self._last:
            self._last = now
            self._look()

    def _look(self) -> None:
        self._follow(list(Order.objects.filter(user=self.world.user)))
        assert owners.line_of(self.world.user.id) == self.line
        self._room_is_what_the_line_says()

    def hold_at_rest(self) -> None:
        """And whatever succeeded at Paystack counts, once."""
        self.hold()
        connection.check_constraints()  # what a commit would check
        self._payments_are_charges()
        orders = {order.reference: order for order in Order.objects.filter(user=self.world.user)}
        for charge in self.world.paystack.charges:
            order = orders.get(charge.reference)
            if charge.paid is None:
                assert order is None or order.state in UNPAID
                continue
            assert order is not None
            assert Payment.objects.filter(order=order).count() == 1
            assert order.state not in UNPAID
            counts = order.paid_at is not None
            assert Allowance.objects.filter(source=f"order:{order.id}").count() == counts
            assert counts or charge.reference in self.world.wrong or charge.status == "reversed"
            assert not counts or charge.reference not in self.world.wrong - self.world.accepted
        assert not Finding.objects.filter(kind="total", resolved_at=None).exists()
        assert _held() == self._held_by_paystack()
        assert proving.faults() == {}

    def _follow(self, orders: list[Order]) -> None:
        """Bring the line to now, by the moments at which money came and went."""
        for days in self.world.passed[self._passed :]:
            self.line = tuple(_moved(piece, timedelta(days=days)) for piece in self.line)
        self._passed = len(self.world.passed)
        came = [(order.paid_at, order) for order in orders if order.paid_at and order.reference not in self._paid]
        went = [(order.stopped_at, order) for order in orders if order.stopped_at]
        for at, order in sorted(came, key=lambda each: each[0]):
            self.line = terms.add(self.line, owners.pack_of(order), at)
            self._paid.add(order.reference)
        for at, order in sorted(went, key=lambda each: each[0]):
            if order.reference not in self._stopped:
                self.line = terms.remove(self.line, order.id, at)
                self._stopped.add(order.reference)

    def _room_is_what_the_line_says(self) -> None:
        """No room without money, no money without room, and the limit is their sum."""
        now = timezone.now()
        heads = [piece for piece in self.line if piece.into is None and piece.starts_at < piece.ends_at]
        due = {
            f"order:{piece.id}": (
                piece.pack.bytes,
                piece.starts_at,
                terms.counts_until(self.line, piece, owners.grace()),
            )
            for piece in heads
        }
        living = Allowance.objects.filter(owner=self.world.user, revoked_at=None)
        given = {row.source: (row.bytes, row.starts_at, row.ends_at) for row in living}
        assert given == due
        counting = [size for size, start, end in due.values() if start <= now < end]
        assert len(counting) <= 1
        assert quotas.usage_of(self.world.user.id).limit == settings.CLOUDBOX_DEFAULT_QUOTA + sum(counting)
        usage = Usage.objects.get(owner=self.world.user)
        moments = [moment for _, start, end in due.values() for moment in (start, end) if moment > now]
        assert usage.limit_until == min(moments, default=None)

    def _payments_are_charges(self) -> None:
        """Each payment is a charge that has succeeded, to the last minor unit."""
        charges = {charge.reference: charge for charge in self.world.paystack.charges}
        for payment in Payment.objects.filter(order__user=self.world.user).select_related("order"):
            charge = charges[payment.order.reference]
            assert charge.paid is not None
            assert _facts(payment) == (charge.id, charge.currency, charge.amount, charge.requested, charge.fees)
        numbers = sorted(Receipt.objects.values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))

    def _held_by_paystack(self) -> dict[str, int]:
        """Return what the books of Paystack hold for us, in each currency."""
        held: dict[str, int] = {}
        for charge in self.world.paystack.charges:
            if charge.paid is None:
                continue
            held[charge.currency] = held.get(charge.currency, 0) + charge.amount - (charge.fees or 0)
        for refund in self.world.paystack.refunds:
            if refund.status == "processed":
                held[refund.currency] -= refund.amount
        return {currency: amount for currency, amount in held.items() if amount}


def _fingerprint() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return tuple(cursor.fetchone())


def _held() -> dict[str, int]:
    """Return what our ledger says that Paystack holds for us, in each currency."""
    entries = LedgerEntry.objects.filter(account="paystack").values_list("transaction__currency")
    return {currency: amount for currency, amount in entries.annotate(Sum("amount_minor")) if amount}


def _facts(payment: Payment) -> tuple[object, ...]:
    return (
        payment.provider_id,
        payment.currency,
        payment.amount_minor,
        payment.requested_minor,
        payment.fees_minor,
    )


def _moved(piece: terms.Piece, by: timedelta) -> terms.Piece:
    return replace(piece, starts_at=piece.starts_at - by, ends_at=piece.ends_at - by)
