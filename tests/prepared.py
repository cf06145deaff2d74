"""A PostgreSQL cluster whose database has every table, and no row that is not from a migration.

It is made once for each state of the migrations, and copied by whoever would make a cluster and migrate otherwise:
the processes of the tests, and the servers that they start.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from cloudbox import process
from cloudbox.embedded import instance, places, services
from cloudbox.embedded.bootstrap import ROOT

TEMPLATE = "prepared"  # a database in the cluster that nobody ever uses: only such a one can be copied
_CHECKOUT = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]
_BEGINNING = f"cloudbox-prepared-{os.geteuid()}-{_CHECKOUT}-"


def copy_to(where: places.Places) -> None:
    """Give these places the prepared cluster, unless they have a cluster that was."""
    marker = where.data / "prepared"
    if where.postgres.exists() and marker.exists() and marker.read_text() == _digest():
        return
    shutil.rmtree(where.postgres, ignore_errors=True)
    shutil.copytree(_made().postgres, where.postgres)
    if where.account:
        for path in (where.postgres, *where.postgres.rglob("*")):
            os.chown(path, where.account.uid, where.account.gid)
    marker.write_text(_digest())


def _made() -> places.Places:
    """Return where the prepared cluster is, and make it first if nobody has yet."""
    temporary = Path(tempfile.gettempdir())
    where = places.places_in(temporary / f"{_BEGINNING}{_digest()}")
    with _alone(temporary / f"{_BEGINNING}lock"):
        if not (where.data / "made").exists():
            for former in temporary.glob(f"{_BEGINNING}*[0-9a-f]"):
                shutil.rmtree(former)
            _make(where)
            (where.data / "made").touch()
    return where


def _make(where: places.Places) -> None:
    places.make(where)
    owner = instance.take(where.data)
    try:
        with services.postgres_running(where, owner):
            kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
            environment = {**kept, "DATABASE_URL": where.database_url, "REDIS_URL": where.redis_url}
            environment["CLOUDBOX_DATA"] = str(where.data)
            migrated = process.run([sys.executable, ROOT / "manage.py", "migrate"], environment=environment)
            assert migrated.code == 0, migrated.errors
            with psycopg.connect(where.database_url, dbname="postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE cloudbox")
    finally:
        owner.release()
        places.tidy(where)


def _digest() -> str:
    """Return what says which migrations there are: ours, and those of the applications that are pinned."""
    files = [ROOT / "requirements" / "base.txt", ROOT / "requirements" / "embedded.txt"]
    files += sorted(path for path in ROOT.glob("*/migrations/*.py"))
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
