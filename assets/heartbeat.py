"""One thread per process that keeps the leases of its uploads alive, as long as bytes arrive."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import Error, connection
from django.db.models.functions import Now

from assets.models import Upload

LEASE = timedelta(seconds=settings.CLOUDBOX_UPLOAD_LEASE)
EVERY = settings.CLOUDBOX_UPLOAD_LEASE / 4  # seconds
SILENCE = settings.CLOUDBOX_UPLOAD_LEASE  # seconds without a byte, after which the lease is left to expire

log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the leases of the uploads that are being watched."""

    def __init__(self) -> None:
        self._last_byte: dict[UUID, float] = {}  # monotonic seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, upload_id: UUID) -> Iterator[None]:
        """Keep the lease of the upload alive inside the block; `beat` tells that a byte has come."""
        with self._lock:
            self._last_byte[upload_id] = time.monotonic()
            if self._thread is None or not self._thread.is_alive():  # a fork has the object but not its thread
                self._thread = threading.Thread(target=self._run, name="upload-leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._last_byte.pop(upload_id, None)

    def beat(self, upload_id: UUID) -> None:
        self._last_byte[upload_id] = time.monotonic()

    def renew(self) -> int:
        """Renew the leases of all uploads that are not silent, and return how many those are."""
        now = time.monotonic()
        with self._lock:
            alive = [upload_id for upload_id, last in self._last_byte.items() if now - last < SILENCE]
        if not alive:
            return 0
        return Upload.objects.filter(pk__in=alive).update(lease_until=Now() + LEASE)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            try:
                self.renew()
            except Error:
                log.warning("leases_not_renewed", exc_info=True)
            finally:
                connection.close()


heartbeat = Heartbeat()
