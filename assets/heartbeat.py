"""A thread that keeps leases of this process alive, as long as bytes flow: one for uploads, one for moves."""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error, connection
from django.db.models.functions import Now

from assets.models import Upload

LEASE = timedelta(seconds=settings.CLOUDBOX_UPLOAD_LEASE)
EVERY = settings.CLOUDBOX_UPLOAD_LEASE / 4  # seconds
SILENCE = settings.CLOUDBOX_UPLOAD_LEASE  # seconds without a byte, after which the lease is left to expire

log = logging.getLogger(__name__)


Leased = TypeVar("Leased", bound=Hashable)


class Heartbeat(Generic[Leased]):
    """Renews the leases of what is being watched; `renewed` writes those of some and returns how many it found."""

    def __init__(self, name: str, renewed: Callable[[Collection[Leased]], int]) -> None:
        self._name = name
        self._renewed = renewed
        self._last_byte: dict[Leased, float] = {}  # monotonic seconds
        self._watchers: Counter[Leased] = Counter()  # the parts of one upload may come side by side
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, what: Leased) -> Iterator[None]:
        """Keep the lease alive inside the block; `beat` tells that a byte has come, `has_all` that none will."""
        with self._lock:
            self._last_byte[what] = time.monotonic()
            self._watchers[what] += 1
            if self._thread is None or not self._thread.is_alive():  # a fork has the object but not its thread
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._watchers[what] -= 1
                if self._watchers[what]:
                    self._last_byte[what] = time.monotonic()
                else:
                    del self._watchers[what], self._last_byte[what]

    def beat(self, what: Leased) -> None:
        self._last_byte[what] = time.monotonic()

    def has_all(self, what: Leased) -> None:
        """Tell that no byte will come any more. Silence is the store's now, which may put parts together for minutes.

        It has time limits of its own.
        """
        self._last_byte[what] = math.inf

    def renew(self) -> int:
        """Renew the leases of all that are not silent, and return how many those are."""
        now = time.monotonic()
        with self._lock:
            alive = [what for what, last in self._last_byte.items() if now - last < SILENCE]
        return self._renewed(alive) if alive else 0

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            try:
                self.renew()
            except Error:
                log.warning("leases_not_renewed", exc_info=True)
            finally:
                connection.close()


def _renew_uploads(ids: Collection[UUID]) -> int:
    return Upload.objects.filter(pk__in=ids).update(lease_until=Now() + LEASE)


heartbeat = Heartbeat("upload-leases", _renew_uploads)
