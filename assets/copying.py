"""Copies: new rows that name the bytes which are there. Not a byte is copied, and each copy is charged in full.

A blob is held FOR KEY SHARE before a new version names it: whoever deletes the last old one meanwhile waits, and then
finds the new one; whoever was earlier has deleted the blob, and there is nothing to copy any more.
"""

import secrets
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.callers import Caller
from assets.access import Entry, role_below, values_of
from assets.models import Asset
from assets.rows import ask, in_lists
from assets.words import Role
from cloudbox.errors import Conflict
from cloudbox.ids import new_id

_ATTEMPTS = 3  # at copying a folder in which files are deleted at this moment

_VERSION = """
INSERT INTO assets_version (id, asset_id, seq, blob_id, size, content_type, headers, metadata, tags, etag, checksums,
    part_sizes, is_null, is_marker, legal_hold, created_by_id, created_at)
"""
_OF_VERSION = """v.blob_id, v.size, v.content_type, v.headers, v.metadata, v.tags, v.etag, v.checksums, v.part_sizes,
    false, false, false, %(user)s, %(at)s"""
_NAME_AGAIN = f"""
WITH v AS MATERIALIZED (
    SELECT v.* FROM assets_version v JOIN assets_blob b ON b.id = v.blob_id WHERE v.id = %(of)s FOR KEY SHARE OF b
)
{_VERSION} SELECT %(version)s, %(file)s,
    COALESCE((SELECT max(seq) FROM assets_version WHERE asset_id = %(file)s), 0) + 1, {_OF_VERSION}
FROM v RETURNING 1
"""  # noqa: S608  made of constants
_DESCRIBE = """
UPDATE assets_asset SET metadata = a.metadata, tags = a.tags FROM assets_asset a
WHERE assets_asset.id = %s AND a.id = %s AND (a.metadata <> '{}' OR a.tags <> '{}')
"""


def _new(of: str, salt: str = "salt") -> str:
    """Return the expression of the id that the copy of `of` gets: a version 7 UUID made of the moment and a digest.

    So every part of the statement knows it, and no table of old and new ids is needed.
    """
    digits = f"%(moment)s::text || substr(md5(%({salt})s::text || {of}), 1, 20)"
    return f"overlay(overlay({digits} PLACING '7' FROM 13 FOR 1) PLACING 'a' FROM 17 FOR 1)::uuid"


# The folders and files that the caller sees below `top`, itself included, walking down as they would. What stands in
# a folder they do not see is not seen either. `path` is that of the copy.
_BELOW = f"""
down AS (
    SELECT %(top)s::uuid AS id, %(role)s::integer AS role, %(path)s::uuid[] AS path
    UNION ALL
    SELECT a.id, seen.role, down.path || {_new("a.id")}
    FROM down JOIN assets_asset a ON a.parent_id = down.id AND a.kind = 'folder' AND {in_lists("a")}
    CROSS JOIN LATERAL (SELECT {role_below("a", "down.role")} AS role) seen WHERE seen.role > 0
), files AS (
    SELECT a.id, down.path[cardinality(down.path)] AS parent_id, a.current_id, v.blob_id, v.size
    FROM down JOIN assets_asset a ON a.parent_id = down.id AND a.kind = 'file' AND {in_lists("a")}
    JOIN assets_version v ON v.id = a.current_id
    CROSS JOIN LATERAL (SELECT {role_below("a", "down.role")} AS role) seen
    WHERE seen.role > 0 AND v.blob_id IS NOT NULL
)"""  # noqa: S608  the same
_ASSET = """
INSERT INTO assets_asset (id, kind, parent_id, path, owner_id, created_by_id, created_at, name, fold, sort_key, grams,
    metadata, tags, current_id, size, content_type, modified_at,
    any_one_access, inherits, revision, hidden, versioning, lock_enabled)
"""
_OF_ASSET = "%(owner)s, %(user)s, %(at)s, a.name, a.fold, a.sort_key, a.grams, a.metadata, a.tags"
_PLAIN = "'restricted', true, 1, false, '', false"
_COPY = f"""
WITH RECURSIVE {_BELOW.replace("files AS", "files AS MATERIALIZED")}, kept AS MATERIALIZED (
    SELECT b.id FROM assets_blob b WHERE b.id IN (SELECT blob_id FROM files) ORDER BY b.id FOR KEY SHARE OF b
), new_folders AS (
    {_ASSET} SELECT {_new("a.id")}, 'folder', down.path[cardinality(down.path) - 1], down.path, {_OF_ASSET},
        NULL, 0, '', %(at)s, {_PLAIN}
    FROM down JOIN assets_asset a ON a.id = down.id WHERE down.id <> %(top)s
), new_files AS (
    {_ASSET} SELECT {_new("a.id")}, 'file', files.parent_id, NULL, {_OF_ASSET},
        {_new("a.id", "pepper")}, v.size, v.content_type, %(at)s, {_PLAIN}
    FROM files JOIN assets_asset a ON a.id = files.id JOIN assets_version v ON v.id = files.current_id
), new_versions AS (
    {_VERSION} SELECT {_new("files.id", "pepper")}, {_new("files.id")}, 1, {_OF_VERSION}
    FROM files JOIN assets_version v ON v.id = files.current_id
)
SELECT (SELECT count(*) FROM down), (SELECT max(cardinality(path)) FROM down), count(*), COALESCE(sum(size), 0)::bigint,
       count(DISTINCT blob_id) - (SELECT count(*) FROM kept)
FROM files
"""  # noqa: S608  the same
_EXTENT = f"""
WITH RECURSIVE {_BELOW}
SELECT (SELECT count(*) FROM down), (SELECT max(cardinality(path)) FROM down), count(*), COALESCE(sum(size), 0)::bigint
FROM files
"""  # noqa: S608  the same
_COUNT_TO = f"""
WITH RECURSIVE {_BELOW} SELECT count(*) FROM (SELECT FROM down UNION ALL SELECT FROM files LIMIT %(most)s) counted
"""  # noqa: S608  the same


class Extent(NamedTuple):
    """What somebody sees of a folder: folders, itself included; the depth of the lowest; files and their bytes."""

    folders: int
    depth: int
    files: int
    bytes: int


def name_again(version_id: UUID, *, file: Asset, new_version_id: UUID, by: Caller, at: datetime) -> bool:
    """Give the file, which is locked or new, a version of what the other version holds; charge nothing.

    In the caller's transaction. False when those bytes have gone.
    """
    values = {"of": version_id, "version": new_version_id, "file": file.id, "user": by.author_id, "at": at}
    return bool(ask(_NAME_AGAIN, values))


def describe_alike(copy_id: UUID, source_id: UUID) -> None:
    """Give a new copy the metadata and tags of its source."""
    with connection.cursor() as cursor:
        cursor.execute(_DESCRIBE, [copy_id, source_id])


def count_seen(by: Caller, folder: Entry, *, most: int) -> int:
    """Return how many assets the caller sees at and below the folder, or `most` if those are more."""
    (count,) = ask(_COUNT_TO, _values(by, folder, path=[]) | {"most": most})[0]
    return int(count)


def extent_of(by: Caller, folder: Entry) -> Extent:
    """Return what the caller sees at and below the folder."""
    return Extent(*ask(_EXTENT, _values(by, folder, path=[folder.asset.id]))[0])


def copy_below(by: Caller, folder: Entry, copy: Asset, at: datetime) -> Extent:
    """Fill `copy`, a new folder, with what the caller sees in `folder`; charge nothing, and return what that is.

    In the caller's transaction, which holds the tree of the copy. One statement, so all is of one moment.
    """
    for _ in range(_ATTEMPTS):
        values = _values(by, folder, path=copy.path or [])
        values |= {"owner": copy.owner_id, "user": by.author_id, "at": at}
        with transaction.atomic():
            *counted, lost = ask(_COPY, values)[0]
            if lost:  # a blob was deleted between the look at the files and the lock
                transaction.set_rollback(True)
            else:
                _check_now()
                return Extent(*counted)
    raise Conflict("Files in the folder are being deleted; try again.")


def _check_now() -> None:
    """Have the foreign keys checked here: the commit would take as long with the owner's counter locked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _values(by: Caller, folder: Entry, *, path: list[UUID]) -> dict[str, Any]:
    return {
        **values_of(by),
        "top": folder.asset.id,
        "role": int(folder.role),
        "owns": folder.role is Role.OWNER,
        "path": path,
        "moment": new_id().hex[:12],
        "salt": secrets.token_hex(16),
        "pepper": secrets.token_hex(16),
    }
