"""The news as its readers find it: in one order, each event once, whoever commits when.

Events get their number `seq` here, by the rule of the audit log's chain: only when their transaction and all before it
are over. So whoever has read up to a number never misses one below it. A reader that keeps its place in the database
calls `read`, which moves the place in the same transaction as what the reader writes; others remember a number and
ask for what comes `after` it. Events are kept for a week.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from activity.models import Event, Reader

MOST = 500  # events that are numbered, or read, at a time
LOOKED_THROUGH = 10_000  # at a time, for one who is concerned by few of them
_NUMBERS = "numbers"  # the row of the last number that was given, whatever became of its event

# A visible row from beyond the newest transaction was restored from another server's backup, so it is over too.
_NUMBER = """
WITH settled AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id FROM activity_event
        WHERE seq IS NULL AND (
            xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            OR xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
        ORDER BY id LIMIT %(most)s
    ) AS oldest
)
UPDATE activity_event AS event SET seq = %(last)s + settled.place FROM settled WHERE event.id = settled.id
"""


@dataclass(frozen=True, kw_only=True)
class News:
    """One event. `audience` are the ids of the users whom it concerns, the one who did it among them.

    `data` has `actor` (`id`, `label`), `target` (`kind`, `id`, `label`; null without one) and `facts`.
    """

    seq: int
    kind: str
    at: datetime
    audience: frozenset[UUID]
    data: dict[str, Any]

    @property
    def actor_id(self) -> UUID | None:
        """Who did it; None for somebody not signed in, and for the server itself."""
        actor = self.data["actor"]["id"]
        return UUID(actor) if actor else None


@dataclass(frozen=True)
class Some:
    """Some events of the many after a number, and the number up to which they are all."""

    events: list[News]
    reached: int


def number() -> int:
    """Number what is settled, and return the last number given. Safe to call often and side by side."""
    while _number_some() == MOST:
        pass
    return Reader.objects.filter(name=_NUMBERS).values_list("seq", flat=True).first() or 0


def after(seq: int, limit: int = MOST) -> list[News]:
    """Return the numbered events after `seq`, the oldest first."""
    return [_news(event) for event in Event.objects.filter(seq__gt=seq).order_by("seq")[:limit]]


def page_after(
    seq: int, limit: int = MOST, *, user_id: UUID, kinds: Collection[str] = (), until: int | None = None
) -> Some:
    """Return those after `seq` that concern the user, of some kinds only if any are given, and how far they reach.

    However few those are among all, no more than so many are looked through; so they may be none, and yet there are
    more behind them.
    """
    reached = min(seq + LOOKED_THROUGH, number() if until is None else until)
    events = Event.objects.filter(seq__gt=seq, seq__lte=reached, audience__contains=[user_id])
    if kinds:
        events = events.filter(kind__in=kinds)
    found = [_news(event) for event in events.order_by("seq")[:limit]]
    return Some(found, found[-1].seq if len(found) == limit else max(reached, seq))


def has_all_after(seq: int) -> bool:
    """Say whether all events after `seq` are kept, and `seq` is no number that nobody has given yet."""
    last = number()
    return seq in {0, last} or (seq < last and Event.objects.filter(seq__lte=seq + 1).exists())


def read(name: str, deal: Callable[[list[News]], None], limit: int = MOST) -> int:
    """Hand `deal` the events that the reader `name` has not had yet, the oldest first; return how many.

    What `deal` writes and the reader's place are one transaction: each event is dealt with once, however a worker
    ends. A new reader begins with what happens from now on. Returns 0, too, while somebody else reads by that name;
    call it again while it returns `limit`.
    """
    last = number()
    with transaction.atomic():
        Reader.objects.get_or_create(name=name, defaults={"seq": last})
        reader = Reader.objects.select_for_update(skip_locked=True).filter(name=name).first()
        events = after(reader.seq, limit) if reader else []
        if reader and events:
            deal(events)
            Reader.objects.filter(name=name).update(seq=events[-1].seq)
    return len(events)


def _number_some() -> int:
    """Number at most `MOST` events, and return how many; none while somebody else does it."""
    if not Event.objects.filter(seq=None).exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        Reader.objects.bulk_create([Reader(name=_NUMBERS)], ignore_conflicts=True)
        cursor.execute("SELECT seq FROM activity_reader WHERE name = %s FOR UPDATE SKIP LOCKED", [_NUMBERS])
        row = cursor.fetchone()
        if row is None:
            return 0
        cursor.execute(_NUMBER, {"most": MOST, "last": row[0]})
        count = int(cursor.rowcount)
        cursor.execute("UPDATE activity_reader SET seq = seq + %s WHERE name = %s", [count, _NUMBERS])
    return count


def _news(event: Event) -> News:
    return News(
        seq=event.seq or 0,
        kind=event.kind,
        at=event.created_at,
        audience=frozenset(event.audience),
        data=event.data,
    )
