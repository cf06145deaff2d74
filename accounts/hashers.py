"""Password hashes that a machine with 1 GB can afford."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from cloudbox.errors import Busy

ALL_AT_ONCE = 12  # of all web processes, at 19 MiB each, so that any crowd stays within 256 MiB
AT_ONCE = max(1, min(os.cpu_count() or 1, ALL_AT_ONCE // settings.WORKERS))  # of one process
PATIENCE = 10  # seconds that a sign-in waits for its turn

T = TypeVar("T")


class SmallArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes (OWASP's smallest), a few at a time.

    Django's default takes 100 MiB for each sign-in, so that a handful at once would fill a small machine.
    """

    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        encode = super().encode
        return _in_turn(lambda: encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        verify = super().verify
        return _in_turn(lambda: verify(password, encoded))


class _Turns:
    """The few threads that compute hashes, and nothing else does.

    The C library keeps what a thread has freed for that thread: hashes in all the threads that answer requests
    have kept 680 MiB (measured), in these they keep what is in use at once.
    """

    def __init__(self) -> None:
        self.start_anew()
        os.register_at_fork(after_in_child=self.start_anew)

    def start_anew(self) -> None:
        """A forked process has none of its parent's threads."""
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hash")


_turns = _Turns()


def _in_turn(work: Callable[[], T]) -> T:
    """Do it when it has its turn. Raises Busy."""
    waiting = _turns.threads.submit(work)
    try:
        return waiting.result(timeout=PATIENCE)
    except TimeoutError:
        if waiting.cancel():
            raise Busy("Too many people sign in just now.", retry_after=PATIENCE) from None
        return waiting.result()  # its turn has come in the last moment
