"""What a caller may see of many assets at once: of one folder, or of their trash. Beside `access`, the gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.callers import Caller
from assets.access import Entry, own_role, reach_in, role_below, values_of, within_reach
from assets.models import Asset
from assets.rows import Listed, ask, asset_in, columns_of_asset, columns_of_listed, in_lists
from assets.words import SCOPES, Ability, Kind, Role

_LISTED = len(Listed._fields)
Column = Literal["sort_key", "modified_at", "size"]  # by which lists can be sorted, for there is an index
_CHILDREN = f"""
SELECT {columns_of_listed("a")}, child.role, u.username, v.seq, b.sha256, v.etag
FROM assets_asset a JOIN accounts_user u ON u.id = a.owner_id
LEFT JOIN assets_version v ON v.id = a.current_id LEFT JOIN assets_blob b ON b.id = v.blob_id
CROSS JOIN LATERAL (SELECT {role_below("a", "%(inherited)s")} AS role) child
WHERE a.parent_id = %(folder)s AND a.kind = %(kind)s AND child.role > 0 AND {in_lists("a")}
"""  # noqa: S608  made of constants
# As the gate, of many assets.
_SEEN = f"""
WITH line AS (
    SELECT t.id AS asset_id, n.id, n.any_one_access, n.inherits, n.trashed_at, n.purging_at,
           COALESCE(cardinality(n.path), 1000000) AS depth
    FROM assets_asset t
    LEFT JOIN assets_asset p ON p.id = t.parent_id
    JOIN assets_asset n ON n.id = ANY(COALESCE(t.path, p.path || t.id))
    WHERE t.id = ANY(%(assets)s::uuid[])
), seen AS (
    SELECT line.*, COALESCE(max(depth) FILTER (WHERE NOT inherits) OVER (PARTITION BY asset_id), 0) AS cut FROM line
), roles AS (
    SELECT asset_id, max({own_role("seen")}) AS role FROM seen WHERE depth >= cut GROUP BY asset_id
), found AS (
    SELECT a.id, CASE WHEN a.owner_id = %(user)s THEN 4 ELSE roles.role END AS role
    FROM assets_asset a JOIN roles ON roles.asset_id = a.id
    WHERE NOT EXISTS (SELECT FROM line
                       WHERE asset_id = a.id AND (trashed_at IS NOT NULL OR purging_at IS NOT NULL))
)
SELECT {columns_of_asset("a")}, found.role FROM found JOIN assets_asset a ON a.id = found.id WHERE found.role > 0
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
class Order:
    """The order of a list along `column` and the id, and the place (value, id) after which it goes on."""

    column: Column = "sort_key"
    descending: bool = False
    after: tuple[Any, UUID] | None = None

    @property
    def words(self) -> str:
        way = "DESC" if self.descending else "ASC"
        return f"a.{self.column} {way}, a.id {way}"

    @property
    def beyond(self) -> tuple[str, dict[str, Any]]:
        """The condition of what comes after, and the values in it."""
        if self.after is None:
            return "TRUE", {}
        value, last = self.after
        sign = "<" if self.descending else ">"
        return f"(a.{self.column}, a.id) {sign} (%(value)s, %(last)s)", {"value": value, "last": last}


def children_seen(
    caller: Caller,
    folder: Entry,
    kind: Kind,
    order: Order = Order(),
    *,
    name: str | None = None,
    limit: int | None = None,
) -> list[Child]:
    """Return the live children of `folder` of that kind that the caller may see, in that order. One query.

    With a `name`, only the one that is called so.
    """
    beyond, values = order.beyond
    values |= {
        "folder": folder.asset.id,
        "kind": kind,
        "owns": folder.role is Role.OWNER,
        "inherited": int(folder.role),
        "name": name,
        "limit": limit,
        **values_of(caller),
    }
    called = "TRUE" if name is None else "a.name = %(name)s::text"
    query = f"{_CHILDREN} AND {beyond} AND {called} ORDER BY {order.words} LIMIT %(limit)s"
    reach = reach_in(caller)
    return [_child(row, reach) for row in ask(query, values)]


def _child(row: tuple[Any, ...], reach: frozenset[Ability]) -> Child:
    role, owner_name, version, sha256, etag = row[_LISTED:]
    return Child(Listed(*row[:_LISTED]), Role(role), owner_name, version, sha256, etag or "", reach)


def seen_of(caller: Caller, asset_ids: Iterable[UUID]) -> dict[UUID, Entry]:
    """Return which of these assets the caller sees, and what each is to them. One query, without their content.

    For somebody who is here for the whole account, not for one folder.
    """
    values = {"assets": list(asset_ids), **values_of(caller)}
    found: dict[UUID, Entry] = {}
    for row in ask(_SEEN, values):
        asset = asset_in(iter(row))
        found[asset.id] = within_reach(Entry(asset, Role(row[-1]), parent_seen=False), caller)
    return found


def trash_of(caller: Caller, need: Ability = Ability.READ) -> QuerySet[Asset]:
    """Return the tops of what lies in the caller's trash; `entries` makes Entries of them.

    Raises NotAuthenticated, AccessDenied through a link, and KeyNotEnough for an access key without the scopes for
    `need`.
    """
    user_id = caller.must_be_signed_in()
    tops = Asset.objects.filter(owner=user_id, trashed_at__isnull=False, purging_at=None)
    if caller.limits:
        caller.limits.must_have(*SCOPES[need])
        if within := caller.limits.folder_id:
            tops = tops.filter(Q(path__contains=[within]) | Q(parent__path__contains=[within]))
    return tops.annotate(
        owner_name=F("owner__username"),
        trasher_name=F("trashed_by__username"),
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
