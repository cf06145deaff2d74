"""What somebody has paid for, until when, and what follows: told by dated rows and the clock, never by a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts import no_room, quotas
from accounts.callers import Caller
from payments import owners
from payments.billing import payments_on
from payments.models import Order
from payments.words import Phase


@dataclass(frozen=True, kw_only=True)
class Term:
    """What was paid for with one order. Its room counts a little longer than its end: until `counts_until`."""

    order_id: UUID
    plan: str
    plan_name: str
    bytes: int
    starts_at: datetime
    ends_at: datetime
    counts_until: datetime


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How somebody stands at this moment.

    `term` is what counts now, `following` what waits, in its order. `paid_until` is when the last of these ends, and
    `grace_until` when its room goes. `used` (with what is on its way in) and `limit` are bytes. `expired_at` is since
    when nothing can be added.
    """

    state: Phase
    term: Term | None
    following: tuple[Term, ...]
    paid_until: datetime | None
    grace_until: datetime | None
    used: int
    limit: int
    expired_at: datetime | None


def standing(*, by: Caller) -> Standing:
    """Return how the caller stands. Raises NotAuthenticated, KeyNotEnough."""
    owner_id = by.must_see_account()
    return standing_of(owner_id, quotas.usage_of(owner_id))


def standing_of(owner_id: UUID, space: quotas.Space) -> Standing:
    """Return how somebody stands whose room is known. Two queries at most beside that, none for whoever has it all.

    Where no allowance begins or ends, and not too much is stored, nothing can have been paid for.
    """
    used, now = space.used + space.reserved, timezone.now()
    expired_at = no_room.expired_at(owner_id, used=used, limit=space.limit)
    terms = _terms(owner_id, now) if space.limit_until else []
    present = _present(terms, now)
    return Standing(
        state=_state(present, now, is_over=expired_at is not None),
        term=present,
        following=tuple(term for term in terms if term.starts_at > now),
        paid_until=terms[-1].ends_at if terms else None,
        grace_until=terms[-1].counts_until if terms else None,
        used=used,
        limit=space.limit,
        expired_at=expired_at,
    )


def pressing(owner_id: UUID, space: quotas.Space) -> Standing | None:
    """Return how somebody stands who should do something about it: in grace, or read-only; None for all others.

    Every page asks this, so it costs nothing where no room ends within the days of grace, and none is missing.
    """
    ends_soon = space.limit_until is not None and space.limit_until <= timezone.now() + owners.grace()
    if not payments_on() or not (ends_soon or space.used + space.reserved > space.limit):
        return None
    found = standing_of(owner_id, space)
    return found if found.state in {Phase.GRACE, Phase.READ_ONLY} else None


def _state(present: Term | None, now: datetime, *, is_over: bool) -> Phase:
    if is_over:
        return Phase.READ_ONLY
    if present is None:
        return Phase.FREE
    return Phase.GRACE if present.ends_at <= now else Phase.ACTIVE


def _present(terms: Sequence[Term], now: datetime) -> Term | None:
    """Return what runs now; else what still counts."""
    begun = [term for term in terms if term.starts_at <= now]
    return begun[-1] if begun else None


def _terms(owner_id: UUID, now: datetime) -> list[Term]:
    """Return what counts now, and what waits, in its order."""
    counts = owners.counts_of(owner_id, now)
    rows = Order.objects.filter(id__in=counts, starts_at__isnull=False).order_by("starts_at", "ends_at")
    return [_term(row, counts[row.id]) for row in rows]


def _term(row: Order, counts_until: datetime) -> Term:
    assert row.starts_at is not None and row.ends_at is not None, "whatever counts has a term"  # noqa: S101,PT018  for the types
    return Term(
        order_id=row.id,
        plan=row.plan_code,
        plan_name=row.plan_name,
        bytes=row.bytes,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        counts_until=counts_until,
    )
