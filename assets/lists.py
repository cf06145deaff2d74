"""What a caller may see of many assets at once: of one folder, or of their trash. Beside `access`, the gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.callers import Caller
from assets.access import Entry, own_role, values_of, within_reach
from assets.models import Asset
from assets.rows import Listed, ask, columns_of_listed
from assets.words import SCOPES, Ability, Kind, Role
from cloudbox.errors import NotAuthenticated

_LISTED = len(Listed._fields)
Column = Literal["sort_key", "modified_at", "size"]  # by which lists can be sorted, for there is an index
_CHILDREN = f"""
SELECT {columns_of_listed("a")}, child.role, u.username, v.seq, b.sha256, v.etag
FROM assets_asset a JOIN accounts_user u ON u.id = a.owner_id
LEFT JOIN assets_version v ON v.id = a.current_id LEFT JOIN assets_blob b ON b.id = v.blob_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(owns)s THEN 4
           ELSE GREATEST(CASE WHEN a.inherits THEN %(inherited)s ELSE 0 END, {own_role("a")}) END AS role
) child
WHERE a.parent_id = %(folder)s AND a.kind = %(kind)s AND child.role > 0
  AND a.trashed_at IS NULL AND a.purging_at IS NULL AND NOT a.hidden
"""  # noqa: S608  made of constants


class Child(NamedTuple):
    """What a list tells of an asset that the caller may see, as an Entry does."""

    asset: Listed
    role: Role
    owner_name: str
    version: int | None
    sha256: str | None  # hex
    etag: str
    reach: frozenset[Ability]
    parent_seen: bool = True


@dataclass(frozen=True)
class Stretch:
    """A stretch of what a folder contains: of one kind, along `column` and the id, beyond `after` (value, id)."""

    kind: Kind
    column: Column = "sort_key"
    descending: bool = False
    after: tuple[Any, UUID] | None = None
    limit: int | None = None


def children_seen(caller: Caller, folder: Entry, stretch: Stretch) -> list[Child]:
    """Return the live children of `folder` in that stretch which the caller may see. One query."""
    beyond, order = ("<", "DESC") if stretch.descending else (">", "ASC")
    query = _CHILDREN
    values = {
        "folder": folder.asset.id,
        "kind": stretch.kind,
        "owns": folder.role is Role.OWNER,
        "inherited": int(folder.role),
        "limit": stretch.limit,
        **values_of(caller),
    }
    if stretch.after:
        query += f" AND (a.{stretch.column}, a.id) {beyond} (%(value)s, %(id)s)"
        values["value"], values["id"] = stretch.after
    query += f" ORDER BY a.{stretch.column} {order}, a.id {order} LIMIT %(limit)s"
    return [_child(row, folder.reach) for row in ask(query, values)]


def _child(row: tuple[Any, ...], reach: frozenset[Ability]) -> Child:
    role, owner_name, version, sha256, etag = row[_LISTED:]
    return Child(Listed(*row[:_LISTED]), Role(role), owner_name, version, sha256, etag or "", reach)


def trash_of(caller: Caller, need: Ability = Ability.READ) -> QuerySet[Asset]:
    """Return the tops of what lies in the caller's trash; `entries` makes Entries of them.

    Raises NotAuthenticated, and KeyNotEnough for an access key without the scopes for `need`.
    """
    if not caller.signed_in:
        raise NotAuthenticated
    tops = Asset.objects.filter(owner=caller.user_id, trashed_at__isnull=False, purging_at=None)
    if caller.limits:
        caller.limits.must_have(*SCOPES[need])
        if within := caller.limits.folder_id:
            tops = tops.filter(Q(path__contains=[within]) | Q(parent__path__contains=[within]))
    return tops.annotate(
        owner_name=F("owner__username"),
        version_seq=F("current__seq"),
        sha256=F("current__blob__sha256"),
        etag=F("current__etag"),
    )


def entries(rows: Iterable[Any], caller: Caller) -> list[Entry]:
    """Return the Entries of rows from `trash_of`."""
    top = caller.limits.folder_id if caller.limits else None
    return [
        within_reach(
            Entry(row, Role.OWNER, row.id != top, row.owner_name, row.version_seq, row.sha256, row.etag or ""), caller
        )
        for row in rows
    ]
