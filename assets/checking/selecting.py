"""Findings from one statement: it sees one moment, in which what belongs together is written together."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from assets.checking.findings import Difference, Fact, Finding, Progress


def select(kind: Difference, query: str, progress: Progress, **values: Any) -> Iterator[Finding]:
    """Yield a finding for each row of the query: its first column is the id, the others are facts by their names.

    The connection is in use until the last one, so whoever mends what is found leaves the stores alone: that in
    PostgreSQL gives the connection back.
    """
    progress(kind.value.replace("_", " "), 0)
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        names = [column[0] for column in cursor.description or ()]
        for first, *others in cursor:
            yield Finding(kind, str(first), dict(zip(names[1:], map(_fact, others), strict=True)))


def _fact(value: Any) -> Fact:
    return value if value is None or isinstance(value, (str, int)) else str(value)
