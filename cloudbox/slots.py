"""How many threads of a process may wait for somebody else, so that slow ones cannot take all of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from cloudbox.errors import Busy

TRY_AGAIN_AFTER = 5  # seconds


class Slots:
    """Places that clients take while something slow goes on; never waits for one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def total(self) -> int:
        """Return how many places are taken."""
        return self._taken.total()

    @contextmanager
    def taken(self, client: str, *, total: int, each: int) -> Iterator[None]:
        """Hold a place for `client`, or raise Busy when `total` are taken or `each` of them by this client."""
        with self._lock:
            if self.total() >= total or self._taken[client] >= each:
                raise Busy(retry_after=TRY_AGAIN_AFTER)
            self._taken[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[client] -= 1
                self._taken += Counter()  # forgets clients that have none


class Room:
    """Memory for bodies that are held as a whole; a client gets half of it at most. Never waits for any."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()  # bytes

    @contextmanager
    def taken(self, client: str, size: int, *, total: int) -> Iterator[None]:
        """Hold `size` bytes of `total` for `client`, or raise Busy."""
        with self._lock:
            if self._taken.total() + size > total or self._taken[client] + size > total // 2:
                raise Busy(retry_after=TRY_AGAIN_AFTER)
            self._taken[client] += size
        try:
            yield
        finally:
            with self._lock:
                self._taken[client] -= size
                self._taken += Counter()  # forgets clients that have none


body_slots = Slots()
store_slots = Slots()  # of those who wait for another machine to send the first bytes
provider_slots = Slots()  # of those who wait for Paystack, or for others to vouch for somebody
blob_room = Room()  # for JSON with a blob in it
