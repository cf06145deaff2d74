"""What `up` does to the database and the stores before anything is served; a process of its own.

It dumps a database that a migration is about to change, migrates, and makes the first staff
account. The password of that account goes into the descriptor that the command line names, or else
to the screen, and nowhere else.
"""

import contextlib
import datetime as dt
import os
import re
import shutil
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from cloudbox.dump import DumpFailed, dump
from cloudbox.errors import Refusal
from cloudbox.sizes import as_text

DUMPS = 3  # kept
LOCK = 0x436C6F7564426F78  # "CloudBox": one migration at a time on a database that several machines share


def main() -> None:
    try:
        django.setup()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        migrate()
        password = StringIO()
        call_command("first_staff", stdout=password)
        call_command("blobs_key")
        with contextlib.suppress(SystemExit):  # a store that is away is no reason not to start: bytes wait for it
            call_command("make_stores", verbosity=0)
    except (ImproperlyConfigured, DumpFailed, Refusal) as reason:
        sys.exit(f"{reason}")
    except OperationalError as error:
        sys.exit(f"The database does not answer: {str(error).strip().splitlines()[-1]}")
    if len(sys.argv) > 1:
        os.write(int(sys.argv[1]), password.getvalue().encode())
    elif password.getvalue() and not settings.CLOUDBOX_ADMIN_PASSWORD:
        sys.stdout.write(f"The first staff account: admin, its password: {password.getvalue()}")


def migrate() -> None:
    """Bring the database to the state of this code. Exits when the database is newer than the code."""
    executor = MigrationExecutor(connection)
    known, applied = set(executor.loader.disk_migrations), set(executor.loader.applied_migrations)
    ours = {label for label, _name in known}
    if unknown := sorted(f"{label}.{name}" for label, name in applied - known if label in ours):
        sys.exit(
            f"The database was written by a newer CloudBox: it has {unknown[0]}, which this one does not know. "
            "Nothing was changed. Start the newer one, or choose another directory with --data."
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return
    kept = keep_a_dump(settings.CLOUDBOX_DATA / "dumps") if applied and settings.CLOUDBOX_UPGRADE_DUMP else None
    sys.stdout.write(f"Migrating the database: {len(plan)} step{'' if len(plan) == 1 else 's'}.\n")
    steps = StringIO()
    try:
        with transaction.atomic():  # all steps or none: a failure, or a kill, leaves the database as it was
            call_command("migrate", interactive=False, stdout=steps)
    except Exception as error:  # noqa: BLE001  whatever it is, the operator is told how to go on
        sys.exit(_went_back(error, steps.getvalue(), kept))


def _went_back(error: Exception, steps: str, kept: Path | None) -> str:
    """Return what went wrong, in which step of those that Django told of, and how to go on."""
    reason = str(error).strip().splitlines() or [type(error).__name__]
    step = f" in {begun[-1]}" if (begun := re.findall(r"Applying (\S+?)\.\.\.", steps)) else ""
    copy = f" A copy of it is in {kept}." if kept else ""
    return (
        f"The database could not be brought to this CloudBox, and is as it was before: {reason[0]}{step}.{copy} "
        "Start the CloudBox that ran before, and report this."
    )


def keep_a_dump(directory: Path) -> Path:
    """Dump the database as it is now into a new file, remove all but the last few dumps, and return the file.

    Exits when there is less free space than the database may need.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_space(directory)
    target = directory / f"before-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.dump"
    sys.stdout.write(f"Keeping a copy of the database in {target}.\n")
    dump(target)
    for old in sorted(directory.glob("before-*.dump"))[:-DUMPS]:
        old.unlink()
    return target


def _check_space(directory: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        needed = cursor.fetchone()[0]
    if (free := shutil.disk_usage(directory).free) < needed:
        sys.exit(
            f"A copy of the database before the upgrade may need {as_text(needed)}, and {directory} has only "
            f"{as_text(free)} free. Nothing was changed. Make room, or keep a copy elsewhere and set "
            "CLOUDBOX_UPGRADE_DUMP=false."
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
    main()
