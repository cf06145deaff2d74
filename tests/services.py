"""A pytest plugin: PostgreSQL and Valkey for the tests, started before Django reads its settings.

It is named in `addopts`, so that its import comes before everything else. The cluster is kept in
the temporary directory and taken again by the next run; runs beside each other take one each.
Services that DATABASE_URL and REDIS_URL name are used as they are.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from cloudbox import process
from cloudbox.embedded import places, postgres, valkey

_SLOTS = 16


def _take_places() -> places.Places:
    """Return the first set of directories that no other run of this checkout uses."""
    checkout = hashlib.sha256(os.fsencode(Path(__file__))).hexdigest()[:8]
    for slot in range(_SLOTS):
        data = Path(tempfile.gettempdir()) / f"cloudbox-tests-{os.geteuid()}-{checkout}-{slot}"
        taken = places.places_in(data)
        places.make(taken)
        lock = os.open(data / "lock", os.O_CREAT | os.O_RDWR, 0o600)  # held until this process ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return taken
    raise SystemExit(f"{_SLOTS} runs of the tests are going on already.")


def _start_postgres(taken: places.Places) -> process.Child:
    cluster = postgres.cluster_in(taken)
    for _attempt in ("with the files of the last run", "anew"):
        if not cluster.exists():
            cluster.make()
        child = cluster.start(output=taken.log / "postgres.log", fast=True)
        if _becomes_ready(cluster, child):
            return child
        child.kill_group()
        shutil.rmtree(cluster.directory)  # it runs without fsync, so a crash may have spoilt it
    raise SystemExit(f"PostgreSQL does not start; see {taken.log / 'postgres.log'}.")


def _becomes_ready(cluster: postgres.Cluster, child: process.Child) -> bool:
    process.wait_until(lambda: cluster.is_ready(child.pid) or child.code() is not None, 30)
    return child.code() is None


def _start() -> None:
    taken = _take_places()
    data = taken.data / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    os.environ["CLOUDBOX_DATA"] = str(data)
    if not os.environ.get("DATABASE_URL"):
        child = _start_postgres(taken)
        atexit.register(_stop, child, postgres.STOP)
        os.environ["DATABASE_URL"] = taken.database_url
    if not os.environ.get("REDIS_URL"):
        child = valkey.start(taken, output=taken.log / "valkey.log", fast=True)
        atexit.register(_stop, child, 15)
        os.environ["REDIS_URL"] = taken.redis_url
        process.wait_until(lambda: valkey.is_ready(taken), 30)


def _stop(child: process.Child, number: int) -> None:
    child.signal(number)
    if not child.ends_within(10):
        child.kill_group()


if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers use what the first process started
    _start()
