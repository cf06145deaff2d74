"""Keep the lease of a job while something takes long in one piece."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import Error, connection

from jobs.services import CancelRequested, Lease, LeaseLost, renew

log = structlog.get_logger(__name__)


@contextmanager
def keeping(lease: Lease) -> Iterator[threading.Event]:
    """Renew the lease four times in its time, from a thread with a connection of its own; give what tells to stop.

    That event is set when the owner wants the job to stop, or somebody else has it. Whatever is written in the block
    still goes together with a `renew` of its own, which alone decides.
    """
    stop, over = threading.Event(), threading.Event()

    def keep() -> None:
        while not over.wait(lease.seconds / 4):
            try:
                renew(lease)
            except CancelRequested:
                stop.set()
            except LeaseLost:
                stop.set()
                return
            except Error as error:  # the next time will tell
                log.warning("lease_not_renewed", job=str(lease.job_id), error=type(error).__name__)
            finally:
                connection.close()

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        over.set()
        thread.join()
