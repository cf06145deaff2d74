"""Doing things at the same moment, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


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
