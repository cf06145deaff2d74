"""PostgreSQL and Valkey for as long as something lasts: a command of Django's, or the tests."""

import contextlib
import signal
from collections.abc import Callable, Iterator

from cloudbox import process
from cloudbox.embedded import CannotStart, postgres, valkey
from cloudbox.embedded.instance import Instance
from cloudbox.embedded.places import Places

START_LIMIT = 60  # seconds


@contextlib.contextmanager
def postgres_running(where: Places, owner: Instance, *, fast: bool = False) -> Iterator[None]:
    """Serve the embedded database. `fast` gives up its safety, for tests. Raises CannotStart."""
    cluster = postgres.cluster_in(where)
    cluster.check_version()
    if not cluster.exists():
        cluster.make()
    child = cluster.start(output=where.log / "postgres.log", keep_open=(owner.shared_lock,), fast=fast)
    with _until_the_end(owner, "postgres", child, postgres.STOP):
        _wait(child, lambda: cluster.is_ready(child.pid), f"PostgreSQL does not start; see {where.log}/postgres.log.")
        yield


@contextlib.contextmanager
def valkey_running(where: Places, owner: Instance, *, fast: bool = False) -> Iterator[None]:
    """Serve the embedded Valkey. `fast` keeps nothing on the disk, for tests. Raises CannotStart."""
    child = valkey.start(where, output=where.log / "valkey.log", keep_open=(owner.shared_lock,), fast=fast)
    with _until_the_end(owner, "valkey", child, signal.SIGTERM):
        _wait(child, lambda: valkey.is_ready(where), f"Valkey does not start; see {where.log}/valkey.log.")
        yield


@contextlib.contextmanager
def _until_the_end(owner: Instance, name: str, child: process.Child, stop_signal: int) -> Iterator[None]:
    owner.started(name, child.pid, stop_signal)
    try:
        yield
    finally:
        if child.code() is None:
            child.signal(stop_signal)
            child.ends_within(20)
        child.kill_group()
        owner.ended(name)


def _wait(child: process.Child, is_ready: Callable[[], bool], otherwise: str) -> None:
    process.wait_until(lambda: is_ready() or child.code() is not None, START_LIMIT)
    if child.code() is not None or not is_ready():
        raise CannotStart(otherwise)
