"""Those who listen to the news as it comes: each holds a thread of this process, and nothing of the database.

While anybody listens, one thread of the process looks once a second for what is new, and puts it into a short queue for
each whom it concerns. A listener who comes back with the number of the last event that they have seen is given first
what they have missed. There are so many listeners at a time and no more, in the process and of each user.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, connection

from activity import news
from activity.news import News
from cloudbox.errors import Busy

TICK = 1.0  # seconds between two looks
HEARTBEAT = 15.0  # seconds of silence, so that whoever is on the way keeps the connection
LIFE = 600.0  # seconds after which a listener comes again, so that none stays where it should not be
EACH = 6  # of one user in one process
WAITING = 1000  # events that a slow listener may be behind
TRY_AGAIN_AFTER = 5  # seconds

log = structlog.get_logger(__name__)


class TooManyListeners(Busy):
    """As many listen as may, in all or as this user; try again after `retry_after` seconds, or ask now and then."""

    code = "too_many_listeners"
    title = "Too many programs are listening just now."


@dataclass(eq=False)
class Listener:
    """One who listens; `since` is the number of the last event that is not for its queue."""

    user_id: UUID
    kinds: Collection[str]
    since: int
    waiting: "queue.SimpleQueue[News | None]" = field(default_factory=queue.SimpleQueue)  # None: look up
    is_slow: bool = False

    def hear(self, event: News) -> None:
        if event.seq > self.since and self.user_id in event.audience and (not self.kinds or event.kind in self.kinds):
            if self.waiting.qsize() < WAITING:
                self.waiting.put(event)
            else:
                self.is_slow = True

    def next(self, seconds: float) -> News | None:
        """Return the next event, or None after so many seconds without one."""
        with contextlib.suppress(queue.Empty):
            return self.waiting.get(timeout=seconds)
        return None


class _Hub:
    """The listeners of this process, and the thread that looks for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._seq = 0
        self._looks = False

    def enter(self, user_id: UUID, kinds: Collection[str]) -> Listener:
        """Let one listen from now on. Raises TooManyListeners."""
        now = news.number()
        with self._lock:
            self._check_room(user_id)
            if not self._looks:
                self._seq, self._looks = now, True
                threading.Thread(target=self._look, name="news", daemon=True).start()
            listener = Listener(user_id, kinds, self._seq)
            self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def count(self) -> int:
        with self._lock:
            return len(self._listeners)

    def _check_room(self, user_id: UUID) -> None:
        own = [listener for listener in self._listeners if listener.user_id == user_id]
        is_full = len(self._listeners) >= settings.CLOUDBOX_LISTENERS
        if is_full or len(own) >= EACH:
            for listener in self._listeners if is_full else own:
                listener.waiting.put(None)  # one whose client has gone finds that out by speaking
            raise TooManyListeners(retry_after=TRY_AGAIN_AFTER)

    def _look(self) -> None:
        """Look for what is new for as long as anybody listens."""
        while True:
            try:
                self._hand_on()
            except Error as error:
                log.warning("news_not_read", error=type(error).__name__)
            finally:
                connection.close()
            time.sleep(TICK)
            with self._lock:
                if not self._listeners:
                    self._looks = False
                    return

    def _hand_on(self) -> None:
        self._seq = min(self._seq, news.number())  # they begin anew in a database that was restored
        while events := news.after(self._seq):
            with self._lock:
                for event in events:
                    for listener in self._listeners:
                        listener.hear(event)
                self._seq = events[-1].seq
            if len(events) < news.MOST:
                return


hub = _Hub()


@dataclass(frozen=True)
class Reset:
    """What came before is not all there any more: whoever listens looks at everything anew, and goes on from `seq`."""

    seq: int


Heard = News | Reset | int | None  # an int: nothing more was missed up to that number; None: nothing for a while


class Hearing:
    """What one who listens is to be told, until it is over. `counts` says now and then whether they still may."""

    def __init__(self, listener: Listener, last: int | None, counts: Callable[[], bool]) -> None:
        self._listener = listener
        self._told = self._all(last, counts)

    def __iter__(self) -> "Hearing":
        return self

    def __next__(self) -> Heard:
        return next(self._told)

    def close(self) -> None:
        """Leave the place to somebody else; a server calls it, however the connection ends."""
        hub.leave(self._listener)

    def _all(self, last: int | None, counts: Callable[[], bool]) -> Iterator[Heard]:
        try:
            yield from self._missed(last)
            yield from self._new(counts)
        finally:
            self.close()

    def _missed(self, last: int | None) -> Iterator[Heard]:
        listener = self._listener
        if last is not None and not news.has_all_after(last):
            connection.close()
            yield Reset(listener.since)
            return
        reached = listener.since if last is None else last
        while reached < listener.since:
            found = news.page_after(reached, user_id=listener.user_id, kinds=listener.kinds, until=listener.since)
            connection.close()  # it is not held while bytes flow
            yield from found.events
            reached = found.reached
        yield listener.since

    def _new(self, counts: Callable[[], bool]) -> Iterator[Heard]:
        listener, end, checked = self._listener, time.monotonic() + LIFE, time.monotonic()
        while not listener.is_slow and time.monotonic() < end:
            event = listener.next(HEARTBEAT)
            if time.monotonic() - checked >= HEARTBEAT:
                if not _asked(counts):
                    return
                checked = time.monotonic()
            yield event


def listen(*, user_id: UUID, last: int | None, kinds: Collection[str], counts: Callable[[], bool]) -> Hearing:
    """Let somebody listen, from after the event number `last` or from now on. Raises TooManyListeners."""
    hearing = Hearing(hub.enter(user_id, kinds), last, counts)
    connection.close()
    return hearing


def _asked(counts: Callable[[], bool]) -> bool:
    try:
        return counts()
    except Error:  # nobody knows; whoever still may comes again
        return False
    finally:
        connection.close()


_checks: list[Callable[[Any], bool]] = []


def counts_while(check: Callable[[Any], bool]) -> None:
    """Let `check` say of a caller whether what let them in still counts. From an AppConfig.ready."""
    _checks[:] = [check]


def still_counts(caller: Any) -> bool:
    return all(check(caller) for check in _checks)
