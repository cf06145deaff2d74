"""Reading a blob back, and saying whether it is what it was."""

import errno
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from assets import damage, storage
from assets.digests import Expected, Measured, Measuring
from assets.models import Blob
from assets.words import Harm
from cloudbox.http import release_connection

SHORTEST_SLEEP = 0.01  # seconds


class Verdict(StrEnum):
    RIGHT = "right"
    MISSING = "missing"
    ALTERED = "altered"
    MOVED = "moved"  # it lies elsewhere by now, or has gone: nothing can be said of it


@dataclass(frozen=True)
class Examined:
    """What became of looking at a blob; `measured` is what its bytes are, None when there are none to be read."""

    verdict: Verdict
    measured: Measured | None


class Pace:
    """Holds a reader to `rate` bytes a second, None for no limit; `passing` is called with each chunk."""

    def __init__(self, rate: int | None, *, passing: Callable[[], None] = lambda: None) -> None:
        self._rate = rate
        self._passing = passing
        self._began: float | None = None  # monotonic seconds
        self._passed = 0

    def keep(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass the chunks on, not faster than the rate."""
        for chunk in chunks:
            self._passing()
            if self._rate:
                now = time.monotonic()
                self._began = now if self._began is None else self._began
                ahead = self._began + self._passed / self._rate - now
                if ahead > SHORTEST_SLEEP:
                    time.sleep(ahead)
                self._passed += len(chunk)
            yield chunk


UNBOUNDED = Pace(None)


def examine(blob: Blob, pace: Pace = UNBOUNDED) -> Examined:
    """Read a plain blob from its store and compare it with what its row says; nothing is written.

    Bytes that are wrong are read a second time before that is believed. No database connection is held while bytes
    flow. Raises OSError when the store does not answer, LookupError when no setting knows it.
    """
    examined = _look(blob, pace)
    if examined.verdict is Verdict.RIGHT:
        return examined
    if not Blob.objects.filter(pk=blob.pk, store=blob.store, key=blob.key).exists():
        return Examined(Verdict.MOVED, None)
    return _look(blob, pace)


def note(blob: Blob, examined: Examined) -> None:
    """Write down what was found: when it was right, or the damage; a checksum that was not known is filled in."""
    if examined.verdict in {Verdict.MISSING, Verdict.ALTERED}:
        damage.report(blob.pk, Harm(examined.verdict.value))
    elif examined.measured:
        right = {
            "verified_at": timezone.now(),
            "sha256": examined.measured.hex("sha256"),
            "crcs": examined.measured.crcs,
        }
        if Blob.objects.filter(pk=blob.pk, store=blob.store, key=blob.key).update(**right):
            damage.withdraw(blob.pk)


def _look(blob: Blob, pace: Pace) -> Examined:
    store = storage.store_named(blob.store)
    release_connection()
    try:
        chunks = store.read(blob.key or "")
    except FileNotFoundError:
        return Examined(Verdict.MISSING, None)
    measuring = Measuring(pace.keep(chunks), Expected())
    try:
        for _ in measuring:
            pass
    except OSError as error:
        # A place that the disk cannot read, or a row of bytes that the database has lost.
        if error.errno == errno.EIO or isinstance(error, FileNotFoundError):
            return Examined(Verdict.ALTERED, None)
        raise
    measured = measuring.result
    if measured and _is_right(blob, measured):
        return Examined(Verdict.RIGHT, measured)
    return Examined(Verdict.ALTERED, measured)


def _is_right(blob: Blob, found: Measured) -> bool:
    """Compare with the strongest thing that is known: a part's SHA-256 may not be, nor an old blob's checksums."""
    if found.size != blob.size:
        return False
    if blob.sha256:
        return found.hex("sha256") == blob.sha256
    return blob.crcs is None or found.crcs == bytes(blob.crcs)
