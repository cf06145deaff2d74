"""The names that ancestors' clients give their files: each counts once, and only as long as its file is there.

A name is free again when its file, or a folder above, is in the trash or purged, and the id of a blob also when the
file was given to somebody else, for ids are of their owner. Whoever stores next takes its row
over, in the transaction that makes the new file, and as the last thing in it: so two that want one name wait for each
other, and never in a circle.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from accounts.callers import Caller
from assets.models import Identifier
from assets.rows import ask
from cloudbox.errors import BadInput, Conflict
from cloudbox.pages import Page, page_of, values_of

T = TypeVar("T")
LONGEST = 255  # characters
DATA, BLOBS = Identifier.Door.DATA, Identifier.Door.BLOBS

_ARBITER = {DATA: "(value) WHERE door = 'data'", BLOBS: "(owner_id, value) WHERE door = 'blobs'"}
# Of a file that this statement cannot see yet, because somebody has just made it, nothing is gone.
_GONE = """EXISTS (
    SELECT 1 FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id
      JOIN assets_asset n ON n.id = ANY(p.path || a.id)
     WHERE a.id = {identifier}.asset_id AND (n.trashed_at IS NOT NULL OR n.purging_at IS NOT NULL
        OR ({identifier}.door = 'blobs' AND a.owner_id <> {identifier}.owner_id)))"""
_CLAIM = """
INSERT INTO assets_identifier (door, value, owner_id, asset_id, created_at)
VALUES (%(door)s::text, %(value)s::text, %(owner)s, %(asset)s, statement_timestamp())
ON CONFLICT {arbiter} DO UPDATE
   SET owner_id = EXCLUDED.owner_id, asset_id = EXCLUDED.asset_id, created_at = EXCLUDED.created_at
 WHERE {gone}
RETURNING id
"""
_FIND = f"""
SELECT i.value, i.asset_id, i.created_at, f.size, f.metadata ->> 'filename'
  FROM assets_identifier i JOIN assets_asset f ON f.id = i.asset_id
 WHERE i.door = %(door)s AND i.value = %(value)s AND (%(owner)s::uuid IS NULL OR i.owner_id = %(owner)s)
   AND NOT {_GONE.format(identifier="i")}
"""  # noqa: S608  made of constants
# What its owner has given away, or what lies outside of the folder of an access key, is not listed.
_LIST = f"""
SELECT i.value, i.asset_id, i.created_at, a.size FROM assets_identifier i
  JOIN assets_asset a ON a.id = i.asset_id JOIN assets_asset p ON p.id = a.parent_id
 WHERE i.owner_id = %(owner)s AND a.owner_id = i.owner_id AND i.door = %(door)s
   AND i.value > %(after)s::text COLLATE "C" AND (%(within)s::uuid IS NULL OR p.path @> ARRAY[%(within)s::uuid])
   AND NOT {_GONE.format(identifier="i")}
 ORDER BY i.value LIMIT %(limit)s
"""  # noqa: S608  the same


class IdentifierTaken(Conflict):
    """There is a file with that identifier; nothing was stored."""

    code = "identifier_taken"
    title = "There is a file with that identifier already."


class Named(NamedTuple):
    """A file that is there, by the identifier it was given at `created_at`. `size` in bytes.

    `filename` is what its metadata say that it was called where it came from; not in lists.
    """

    value: str
    asset_id: UUID
    created_at: datetime
    size: int
    filename: str | None = None


def checked(value: str, field: str) -> str:
    """Return `value` if it can be an identifier, or raise BadInput that names `field`. It is never used as a path."""
    if not 1 <= len(value) <= LONGEST:
        raise BadInput(field, f"It must have 1 to {LONGEST} characters.")
    if not is_storable(value):
        raise BadInput(field, "It must be Unicode text without a NUL character.")
    return value


def is_storable(value: str) -> bool:
    """Say whether PostgreSQL takes the text: without NUL, and without half a surrogate pair."""
    return "\0" not in value and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))


def claim(door: str, value: str, *, owner_id: UUID, asset_id: UUID) -> None:
    """Give a new file its identifier, as the last thing in the caller's transaction. Raises IdentifierTaken."""
    query = _CLAIM.format(arbiter=_ARBITER[Identifier.Door(door)], gone=_GONE.format(identifier="assets_identifier"))
    if not ask(query, {"door": door, "value": value, "owner": owner_id, "asset": asset_id}):
        raise IdentifierTaken


def find(door: str, value: str, *, owner_id: UUID | None = None) -> Named | None:
    """Return the file with that identifier, of this owner or of anybody, None if it is not there."""
    if not is_storable(value):
        return None
    found = ask(_FIND, {"door": door, "value": value, "owner": owner_id})
    return Named(*found[0]) if found else None


def page(door: str, *, by: Caller, cursor: str | None, limit: int, shown: Callable[[Named], T]) -> Page[T]:
    """Return a page of what the caller has under identifiers of that door, in the order of their bytes."""
    values: dict[str, Any] = {"door": door, "owner": by.must_be_signed_in(), "within": None, "limit": limit + 1}
    if by.limits:
        by.limits.must_have("read")
        values["within"] = by.limits.folder_id
    [values["after"]] = values_of(cursor, str) or [""]
    rows = [Named(*row) for row in ask(_LIST, values)]
    return page_of(rows, limit, shown=shown, after=lambda row: (row.value,))
