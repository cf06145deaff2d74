"""A whole installation moves to another store, while it serves.

What has moved is in the rows of the blobs, so whoever begins again goes on where it stopped. A store that does
not answer is waited for; a blob that cannot be moved for another reason stays where it is, and is told.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from threading import Event, Lock
from time import monotonic
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from assets import carrying, moving, resting, storage
from assets.carrying import Outcome, Stopped
from assets.models import Blob, Move
from cloudbox.http import release_connection

THREADS = 4  # blobs that are moved at a time
TRIES = 5  # at a blob, with pauses that double, the first of one second
TELL_EVERY = 0.5  # seconds
SLOWEST = 64 * 1024  # bytes a second; slower, a block would take longer than a lease is kept without one


@dataclass(frozen=True)
class Scope:
    """What is to be moved: so many blobs of so many bytes, the newest of them `last`."""

    sources: Sequence[str] | None  # None: every store but the one where to
    to: str
    blobs: int
    bytes: int
    last: UUID | None

    def rows(self) -> QuerySet[Blob]:
        return _lying_in(self.sources, self.to).filter(pk__lte=self.last) if self.last else Blob.objects.none()


@dataclass(frozen=True)
class Progress:
    """How far it is. `waiting_for` is the store that does not answer just now, if so."""

    blobs: int
    bytes: int
    failed: int
    seconds: float
    waiting_for: str


@dataclass(frozen=True)
class NotMoved:
    """A blob that stays where it is, and why."""

    blob_id: UUID
    why: str


def scope(source: str, to: str) -> Scope:
    """Look what there is to move from the store `source`, or from `all` others, to the store `to`."""
    sources = None if source == "all" else [source]
    rows = _lying_in(sources, to)
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    found = rows.filter(pk__lte=last).aggregate(blobs=Count("id"), bytes=Sum("size", default=0)) if last else {}
    return Scope(sources, to, found.get("blobs", 0), int(found.get("bytes", 0)), last)


def _lying_in(sources: Sequence[str] | None, to: str) -> QuerySet[Blob]:
    plain = Blob.objects.filter(kind="plain")
    return plain.exclude(store=to) if sources is None else plain.filter(store__in=sources)


class Relocation:
    """Moves what a scope has. `rate` is in bytes a second; a `limit` is how many blobs to move at most."""

    def __init__(self, what: Scope, *, rate: int | None = None, limit: int | None = None) -> None:
        self.not_moved: list[NotMoved] = []
        self._scope = what
        self._limit = limit
        self._pace = _Pace(rate)
        self._moved = self._bytes = 0
        self._on_the_way: dict[UUID, int] = {}  # bytes of each blob that have been read
        self._lock = Lock()

    def run(self) -> Generator[Progress, None, None]:
        """Do it, telling twice a second how far it is; whoever no longer asks stops it, leaving things in order."""
        begun = monotonic()
        pending: set[Future[None]] = set()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="relocation") as pool:
            try:
                for blob_id, size in islice(self._blobs(), self._limit):
                    while len(pending) >= THREADS:
                        pending = _rest_of(pending)
                        yield self._progress(begun)
                    pending.add(pool.submit(self._move, blob_id, size))
                while pending:
                    pending = _rest_of(pending)
                    yield self._progress(begun)
            finally:
                self._pace.stop()

    def _blobs(self) -> Iterator[tuple[UUID, int]]:
        """Yield the id and the size of each, the oldest first, with no connection held in between."""
        rows, last = self._scope.rows().order_by("pk").values_list("pk", "size"), UUID(int=0)
        while True:
            batch = list(rows.filter(pk__gt=last)[:500])
            release_connection()
            if not batch:
                return
            yield from batch
            last = batch[-1][0]

    def _progress(self, begun: float) -> Progress:
        to = self._scope.to
        with self._lock:
            so_far = self._bytes + sum(self._on_the_way.values())
            return Progress(
                self._moved, so_far, len(self.not_moved), monotonic() - begun, to if resting.rests(to) else ""
            )

    def _move(self, blob_id: UUID, size: int) -> None:
        try:
            why = self._carried(blob_id)
        except Stopped:
            return
        finally:
            with self._lock:
                self._on_the_way.pop(blob_id, None)
            release_connection()
        with self._lock:
            if why:
                self.not_moved.append(NotMoved(blob_id, why))
            else:
                self._moved += 1
                self._bytes += size

    def _carried(self, blob_id: UUID) -> str:
        """Move the blob, and return why that failed, or "". One that somebody else carries is waited for."""
        why = "It was stopped."
        try:
            why = self._tried(blob_id)
        finally:
            if why:
                moving.withdraw(blob_id)
        return why

    def _tried(self, blob_id: UUID) -> str:
        tries = 0
        while True:
            self._pace.wait(0)
            moving.send(blob_id, self._scope.to)  # each time: others may have carried it elsewhere, or given it up
            outcome = carrying.move(blob_id, pace=lambda size: self._read(blob_id, size))
            if outcome is Outcome.FAILED and not resting.is_failing(self._scope.to):
                tries += 1
            if outcome is Outcome.DAMAGED or tries == TRIES:
                return _error_of(blob_id)
            if outcome is Outcome.MOVED or not self._is_to_move(blob_id):
                return ""
            with self._lock:
                self._on_the_way.pop(blob_id, None)
            self._pace.wait(2**tries)

    def _is_to_move(self, blob_id: UUID) -> bool:
        return self._scope.rows().filter(pk=blob_id).exists()

    def _read(self, blob_id: UUID, size: int) -> None:
        with self._lock:
            self._on_the_way[blob_id] = self._on_the_way.get(blob_id, 0) + size
        self._pace(size)


class _Pace:
    """Lets `rate` bytes a second pass, or as many as want to. Raises Stopped once it was stopped."""

    def __init__(self, rate: int | None) -> None:
        self._rate = rate
        self._stopped = Event()
        self._lock = Lock()
        self._free_at = 0.0  # by `monotonic`

    def __call__(self, size: int) -> None:
        if self._rate is None:
            self.wait(0)
            return
        with self._lock:
            now = monotonic()
            self._free_at = max(self._free_at, now) + size / self._rate
            seconds = self._free_at - now
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds) if seconds else self._stopped.is_set():
            raise Stopped

    def stop(self) -> None:
        self._stopped.set()


def stores_known() -> list[str]:
    """Return the names of the stores between which blobs can be moved: bytes only wait in the spool."""
    return [store.name for store in storage.stores() if store.name != storage.SPOOL]


def _rest_of(pending: set[Future[None]]) -> set[Future[None]]:
    """Wait until one of them is done, or for a moment; return those that are not. Raises what one raised."""
    done, rest = wait(pending, TELL_EVERY, FIRST_COMPLETED)
    for future in done:
        future.result()
    return rest


def _error_of(blob_id: UUID) -> str:
    return Move.objects.filter(blob=blob_id).values_list("error", flat=True).first() or "It could not be moved."
