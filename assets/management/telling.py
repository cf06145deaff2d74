"""How a long command tells how far it is: a line on the standard error output every now and then."""

import time

from django.core.management.base import OutputWrapper

EVERY = 2.0  # seconds


class Telling:
    """Called with what is looked at and how many of it there were so far; `told` keeps the last number of each."""

    def __init__(self, screen: OutputWrapper) -> None:
        self._screen = screen
        self._last = time.monotonic()
        self.told: dict[str, int] = {}

    def __call__(self, what: str, count: int) -> None:
        if count:
            self.told[what] = count
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self._screen.write(f"{what}: {count}" if count else what)
