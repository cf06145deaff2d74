"""The end of the spool's room: uploads wait outside while too much waits inside.

What waits is counted once a second in each process, or more seldom where counting takes long. So the spool
may pass its limit by what arrives within such a second, and by the bodies that were being read by then.
"""

from threading import Lock
from time import monotonic

from django.conf import settings
from django.db.models import Sum

from assets.models import Blob
from assets.storage import SPOOL
from cloudbox.errors import SpoolFull

EVERY = 1  # second
SHARE = 20  # counting takes at most one part in so many of the time
TRY_AGAIN_AFTER = 30  # seconds


class Waiting:
    """The bytes in the spool, as of a moment ago."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._bytes = 0
        self._count_at = 0.0  # by `monotonic`

    def bytes(self) -> int:
        """Return them; one thread at a time counts, the others take what it last found."""
        if monotonic() >= self._count_at and self._counting.acquire(blocking=False):
            try:
                begun = monotonic()
                self._bytes = _count()
                self._count_at = begun + max(EVERY, SHARE * (monotonic() - begun))
            finally:
                self._counting.release()
        return self._bytes

    def forget(self) -> None:
        """Count anew when next asked."""
        self._count_at = 0.0


waiting = Waiting()


def check_room(store: str) -> None:
    """Raise SpoolFull where bytes are about to land in the spool and too many wait there. Other stores pass."""
    if store == SPOOL and is_full():
        raise spool_full()


def is_full() -> bool:
    """Say whether more bytes wait than may."""
    return waiting.bytes() > settings.CLOUDBOX_SPOOL_LIMIT


def spool_full() -> SpoolFull:
    """Return the refusal, also for a disk that is full under the spool: either passes once blobs have been moved."""
    return SpoolFull(retry_after=TRY_AGAIN_AFTER)


def _count() -> int:
    found = Blob.objects.filter(store=SPOOL, kind="plain").aggregate(bytes=Sum("size", default=0))
    return int(found["bytes"])
