"""Doing things at the same moment, each on a database connection of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Call `act(0)` … `act(count - 1)` in as many threads, and return what each returned or raised."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        barrier.wait(30)
        try:
            return act(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def behind(act: Callable[[], Any]) -> "Future[Any]":
    """Start `act` in a thread, and return once it waits for a lock in the database, or has ended without.

    So the transaction can do one thing more, or end, while the other is in the middle of its own.
    """
    future: Future[Any] = Future()
    before = _waiting()

    def run() -> None:
        try:
            future.set_result(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            future.set_exception(error)
        finally:
            connection.close()

    Thread(target=run, daemon=True).start()
    until = monotonic() + 30
    while not future.done() and _waiting() <= before:
        assert monotonic() < until, "It neither ended nor came to a lock."
        sleep(0.005)
    return future


@contextmanager
def uncommitted(act: Callable[[], Any]) -> Iterator[None]:
    """Do `act` in a transaction of its own, which commits at the end of the block."""
    done, commit = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                act()
                done.set()
                commit.wait(30)
        finally:
            connection.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert done.wait(30), "It was not done."
    try:
        yield
    finally:
        commit.set()
        thread.join()


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # or a transaction sees the activity as it first did
        cursor.execute(_WAITING)
        return int(cursor.fetchone()[0])
