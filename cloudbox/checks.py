"""Django's system checks of what CloudBox asks of PostgreSQL. `migrate` runs them."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

OLDEST = 16_00_00  # PostgreSQL 16
COLLATIONS = {"C", "C.UTF-8", "C.utf8", "POSIX"}


@register(Tags.database)
def postgresql_is_fit(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse an older PostgreSQL, or a database that sorts texts by a language's rules.

    Names are compared byte for byte, and keyset pages and S3 lists rely on that order.
    """
    faults: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
                " coalesce(nullif(to_jsonb(d)->>'datlocale', ''), d.datcollate), pg_encoding_to_char(d.encoding)"
                " FROM pg_database d WHERE d.datname = current_database()"
            )
            number, version, collation, encoding = cursor.fetchone()
        if number < OLDEST:
            faults.append(Error(f"PostgreSQL 16 or newer is needed, this is {version}.", id="cloudbox.E001"))
        if collation not in COLLATIONS:
            faults.append(
                Error(f"The database must have the collation C or C.UTF-8, not {collation}.", id="cloudbox.E002")
            )
        if encoding != "UTF8":
            faults.append(Error(f"The database must have the encoding UTF8, not {encoding}.", id="cloudbox.E003"))
    return faults
