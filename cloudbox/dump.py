"""Copies of the database: the only caller of pg_dump and pg_restore."""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db.backends.postgresql.client import DatabaseClient

from cloudbox import process
from cloudbox.embedded import postgres


class DumpFailed(Exception):
    """PostgreSQL's program could not do it; the message is what it says."""


def dump(target: Path) -> None:
    """Write the whole database, compressed, into a new file that only we can read.

    The file appears under its name when it is complete and on the disk. Raises DumpFailed.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}")
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(target)


def restore(source: Path) -> None:
    """Replace everything in the database by what a dump holds, in one transaction. Raises DumpFailed."""
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", source)


def _run(program: str, *arguments: str | Path) -> None:
    """Run a program on the database of the settings; a password travels in the environment only."""
    database = settings.DATABASES["default"]
    (_psql, *connection), secrets = DatabaseClient.settings_to_cmd_args_env(database, [])
    *options, name = connection
    path = _find(program)
    done = process.run(
        [path, *options, f"--dbname={name}", *arguments],
        environment={**postgres.environment(path.parent), **(secrets or {})},
    )
    if done.code:
        raise DumpFailed(f"{program} failed: {done.errors.strip() or done.code}")


def _find(program: str) -> Path:
    embedded = postgres.find_programs()
    found = embedded / program if embedded else shutil.which(program)
    if found is None:
        raise DumpFailed(f"There is no {program}; install PostgreSQL's client programs.")
    return Path(found)
