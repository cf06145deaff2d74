"""Reading every blob back once in CLOUDBOX_SCRUB_DAYS, a little at a time, the longest unread first.

Beat asks for a turn every minute. Of all workers one at a time has it, as a lease in the cache says. What was read is
in the rows, so a turn goes on where the last one ended, whoever had it and however that ended.
"""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone
from redis.exceptions import RedisError

from assets import resting, storage
from assets.examining import Pace, Verdict, examine, note
from assets.models import Blob
from assets.rows import ask
from assets.schedule import SCRUB
from cloudbox.ids import first_id_of

log = logging.getLogger(__name__)

TURN = 30.0  # seconds after which a turn begins no other blob, so that the worker has time for the rest
EARLY = 0.75  # of the period: what was read more lately is not read again
HASTE = 1.25  # a turn reads so many times its share, so that some may fail
BATCH = 50  # blobs looked up at a time
PATIENCE = 3  # blobs that a store does not give, after which it is left alone for the rest of the turn
COST = 2**16  # bytes that could be read while a blob is looked up, opened and noted
LEASE = 120  # seconds
RENEWED = 20  # seconds between two renewals
TOTAL_KEPT = 3600  # seconds for which the sum of all blobs is taken for true

# What was never read counts from when it came. Damaged ones are read by `look_again`.
_OLDEST = """
SELECT id, since FROM (
    (SELECT id, created_at AS since FROM assets_blob b
     WHERE kind = 'plain' AND verified_at IS NULL AND id < %(first)s AND NOT store = ANY(%(away)s)
       AND NOT id = ANY(%(skipped)s) AND NOT EXISTS (SELECT 1 FROM assets_damage d WHERE d.blob_id = b.id)
     ORDER BY verified_at NULLS FIRST, id LIMIT %(most)s)
    UNION ALL
    (SELECT id, verified_at FROM assets_blob b
     WHERE kind = 'plain' AND verified_at < %(before)s AND NOT store = ANY(%(away)s)
       AND NOT id = ANY(%(skipped)s) AND NOT EXISTS (SELECT 1 FROM assets_damage d WHERE d.blob_id = b.id)
     ORDER BY verified_at NULLS FIRST, id LIMIT %(most)s)
) oldest ORDER BY since, id LIMIT %(most)s
"""
_LEASE = "assets.scrub.lease"
_LOOK = "assets.scrub.look"
_EXAMINE = "assets.scrub.examine"
_TOTAL = "assets.scrub.total"


@dataclass
class Turn:
    """What a turn did: how many blobs it read, what that cost in bytes, and how often a store did not give them."""

    blobs: int = 0
    cost: int = 0
    skipped: set[UUID] = field(default_factory=set)
    failures: Counter[str] = field(default_factory=Counter)
    failing: list[str] = field(default_factory=list)  # stores of which others have found out that they do not answer

    @property
    def away(self) -> list[str]:
        """The stores that are left alone for the rest of the turn: each blob of one that hangs takes minutes."""
        return self.failing + [store for store, count in self.failures.items() if count >= PATIENCE]


@dataclass(frozen=True)
class State:
    """How far the scrub is: when the blob that was unread longest was read or came, and when one was read last."""

    oldest: datetime | None
    latest: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether something should have been read long ago and nothing has been of late."""
        now, days = timezone.now(), settings.CLOUDBOX_SCRUB_DAYS
        if not days or self.oldest is None or self.oldest > now - timedelta(days=days):
            return False
        return self.latest is None or self.latest < now - timedelta(days=1)


def take_turn() -> Turn:
    """Read the share of this turn, not faster than CLOUDBOX_SCRUB_RATE; nothing while another worker has its turn."""
    turn = Turn()
    with _lease(_LEASE) as renew:
        if renew is None or not settings.CLOUDBOX_SCRUB_DAYS:
            return turn
        turn.failing = [store.name for store in storage.stores() if resting.is_failing(store.name)]
        pace, share, end = Pace(settings.CLOUDBOX_SCRUB_RATE, passing=renew), _share(), time.monotonic() + TURN
        while batch := _due(turn):
            for blob in batch:
                _read(blob, pace, turn)
                if turn.cost >= share or time.monotonic() > end:
                    return turn
    return turn


def look_again() -> None:
    """Read the damaged blobs once more: their bytes may have been put back.

    A task of more than an hour is handed out again; so this, too, is done by one worker at a time.
    """
    with _lease(_LOOK) as renew:
        if renew is None:
            return
        pace, last = Pace(settings.CLOUDBOX_SCRUB_RATE, passing=renew), UUID(int=0)
        while batch := list(Blob.objects.filter(damage__isnull=False, pk__gt=last).order_by("pk")[:BATCH]):
            for blob in batch:
                _read(blob, pace, Turn())
            last = batch[-1].pk


def examine_one(blob_id: UUID) -> None:
    """Read one blob, if there still is such a one and nobody does, and note what it is."""
    blob = Blob.objects.filter(pk=blob_id, kind="plain").first()
    with _lease(f"{_EXAMINE}:{blob_id}") as renew:
        if blob and renew:
            _read(blob, Pace(settings.CLOUDBOX_SCRUB_RATE, passing=renew), Turn())


def state() -> State:
    """Tell how far the scrub is; two looks along an index."""
    latest = "SELECT max(verified_at) FROM assets_blob WHERE kind = 'plain'"
    both = f"SELECT ({latest}), (SELECT min(since) FROM ({_OLDEST}) due)"  # noqa: S608 - made of constants
    [(last, oldest)] = ask(both, _bounds(timezone.now(), Turn(), 1))
    return State(oldest=oldest, latest=last)


def _share() -> float:
    """Return what falls to a turn, in bytes."""
    total = cache.get_or_set(_TOTAL, _cost_of_all, TOTAL_KEPT) or 0
    return HASTE * total * (SCRUB / timedelta(days=settings.CLOUDBOX_SCRUB_DAYS))


def _cost_of_all() -> int:
    found = Blob.objects.filter(kind="plain").aggregate(size=Sum("size", default=0), count=Count("id"))
    return int(found["size"]) + COST * int(found["count"])


def _due(turn: Turn) -> list[Blob]:
    """Return the blobs that have waited longest of those that are due."""
    before = timezone.now() - timedelta(days=settings.CLOUDBOX_SCRUB_DAYS) * EARLY
    ids = [blob_id for blob_id, _ in _oldest(before, turn, BATCH)]
    found = Blob.objects.in_bulk(ids)
    return [found[blob_id] for blob_id in ids if blob_id in found]


def _oldest(before: datetime, turn: Turn, most: int) -> list[tuple[UUID, datetime]]:
    return [(blob_id, since) for blob_id, since in ask(_OLDEST, _bounds(before, turn, most))]


def _bounds(before: datetime, turn: Turn, most: int) -> dict[str, Any]:
    """Return what is asked of the oldest."""
    values = {"first": first_id_of(before), "before": before, "away": turn.away, "skipped": list(turn.skipped)}
    return {**values, "most": most}


def _read(blob: Blob, pace: Pace, turn: Turn) -> None:
    try:
        examined = examine(blob, pace)
        note(blob, examined)
    except (OSError, LookupError) as error:
        turn.skipped.add(blob.pk)
        turn.failures[blob.store] += 1
        log.warning("blob_not_read", extra={"blob": str(blob.pk), "store": blob.store, "error": type(error).__name__})
    else:
        turn.blobs += 1
        turn.cost += COST + blob.size
        if examined.verdict is not Verdict.RIGHT:
            turn.skipped.add(blob.pk)


@contextmanager
def _lease(name: str) -> Iterator[Callable[[], None] | None]:
    """Give the function that renews the lease now and then, or None when somebody else holds it or nobody can tell."""
    mine, renewed = secrets.token_hex(8), time.monotonic()

    def renew() -> None:
        nonlocal renewed
        if time.monotonic() - renewed > RENEWED:
            renewed = time.monotonic()
            with suppress(RedisError):
                cache.touch(name, LEASE)

    try:
        ours = cache.add(name, mine, LEASE)
    except RedisError:
        ours = False
    try:
        yield renew if ours else None
    finally:
        with suppress(RedisError):
            if ours and cache.get(name) == mine:
                cache.delete(name)
