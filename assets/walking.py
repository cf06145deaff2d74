"""Going through all that somebody may see in a folder and below, at one moment and in flat memory."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.callers import Caller
from assets.access import Entry, own_role, values_of
from assets.rows import LIVE, in_lists
from assets.words import Role

_AT_A_TIME = 500  # rows that come at once

# A folder comes before what is in it, its files before the folders below. Checksums as in `rows`: up to 256 MiB.
_BELOW = f"""
WITH folder AS MATERIALIZED (
    SELECT f.id, f.path, f.name, f.modified_at, f.inherits, {LIVE} AS is_there,
           CASE WHEN %(owns)s THEN 4 ELSE {own_role("f")} END AS role
    FROM assets_asset f WHERE f.kind = 'folder' AND f.path @> ARRAY[%(top)s::uuid]
)
SELECT cardinality(path), is_folder, id, name, modified_at, inherits, is_there, role, size, blob_id, store, key, crcs
FROM (
SELECT path, true AS is_folder, id, name, '' AS sort_key, modified_at, inherits, is_there, role,
       0::bigint AS size, NULL::uuid AS blob_id, '' AS store, NULL AS key, NULL::bytea AS crcs
  FROM folder
UNION ALL
SELECT folder.path, false, a.id, a.name, a.sort_key, a.modified_at, a.inherits, true,
       CASE WHEN %(owns)s THEN 4 ELSE {own_role("a")} END,
       v.size, b.id, b.store, b.key, CASE WHEN octet_length(b.crcs) <= 1024 THEN b.crcs END
  FROM folder JOIN assets_asset a ON a.parent_id = folder.id
  JOIN assets_version v ON v.id = a.current_id JOIN assets_blob b ON b.id = v.blob_id
 WHERE a.kind = 'file' AND {in_lists("a")}
) found ORDER BY path, is_folder DESC, sort_key, id
"""  # noqa: S608  made of constants


class Found(NamedTuple):
    """Something below: `depth` is 0 for the top itself. Of a file there is where its bytes are."""

    depth: int
    is_folder: bool
    id: UUID
    name: str
    modified_at: datetime
    size: int  # bytes
    blob_id: UUID | None
    store: str
    key: str | None
    crcs: bytes | None


class _Row(NamedTuple):
    depth: int
    is_folder: bool
    id: UUID
    name: str
    modified_at: datetime
    inherits: bool
    is_there: bool
    role: int | None
    size: int
    blob_id: UUID | None
    store: str
    key: str | None
    crcs: bytes | None


def below(caller: Caller, top: Entry) -> Iterator[Found]:
    """Yield the folder and all below it that the caller may see, each before what is in it: one query, one moment.

    What is in a folder that they may not see is left out, too. Runs in a transaction, the caller's or its own.
    """
    values = {"top": top.asset.id, "owns": top.role is Role.OWNER, **values_of(caller)}
    first = len(top.asset.path or [])
    by_link = caller.link_id is not None  # which reaches nothing that does not inherit
    roles: list[int] = []  # in the folders from the top down to where we are
    with transaction.atomic(savepoint=False):
        for row in _rows(values):
            depth = row.depth - first
            if row.is_folder and depth <= len(roles):  # else it is below one that is left out
                del roles[depth:]
                role = (_role(row, roles[-1], by_link) if row.is_there else 0) if depth else int(top.role)
                if role:
                    roles.append(role)
                    yield _found(row, depth)
            elif not row.is_folder and depth + 1 == len(roles) and _role(row, roles[-1], by_link):
                yield _found(row, depth + 1)


def _rows(values: dict[str, Any]) -> Iterator[_Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BELOW, values)
        while rows := cursor.fetchmany(_AT_A_TIME):
            yield from map(_Row._make, rows)


def _role(row: _Row, above: int, by_link: bool) -> int:
    if by_link and not row.inherits:
        return 0
    return max(above if row.inherits else 0, row.role or 0)


def _found(row: _Row, depth: int) -> Found:
    where = (row.size, row.blob_id, row.store, row.key, row.crcs)
    return Found(depth, row.is_folder, row.id, row.name, row.modified_at, *where)
