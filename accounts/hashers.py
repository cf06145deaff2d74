"""Password hashes that a machine with 1 GB can afford."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

from cloudbox.errors import Busy

AT_ONCE = max(2, os.cpu_count() or 1)  # of one process; 19 MiB each
PATIENCE = 10  # seconds that a sign-in waits for its turn

_turns = BoundedSemaphore(AT_ONCE)


class SmallArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes (OWASP's smallest), a few at a time.

    Django's default takes 100 MiB for each sign-in, so that a handful at once would fill a small machine.
    """

    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            return super().verify(password, encoded)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise Busy("Too many people sign in just now.", retry_after=PATIENCE)
    try:
        yield
    finally:
        _turns.release()
