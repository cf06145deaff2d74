"""What a caller was given, what they gave, and what they like: lists across all trees. Beside `finding`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.callers import Caller
from assets.access import IN_FORCE, values_of
from assets.finding import GRANTED, JOINED, SHOWN, SHOWN_COLUMNS, child_of
from assets.lists import Child, Order
from assets.rows import ask, in_lists

MOST_GRANTEES = 100  # people and teams that are shown of one asset, each

_SHOWABLE = f"""
{in_lists("a")} AND is_to.role > 0 AND NOT EXISTS (
    SELECT 1 FROM assets_asset f
     WHERE f.id = ANY((SELECT p.path FROM assets_asset p WHERE p.id = a.parent_id)::uuid[])
       AND (f.trashed_at IS NOT NULL OR f.purging_at IS NOT NULL))
"""  # noqa: S608  made of constants
_LIKED = f"""
SELECT {SHOWN}, l.id FROM assets_favourite l JOIN assets_asset a ON a.id = l.asset_id {JOINED}
WHERE l.user_id = %(user)s AND (%(after)s::bigint IS NULL OR l.id < %(after)s) AND {_SHOWABLE}
ORDER BY l.id DESC LIMIT %(limit)s
"""  # noqa: S608  made of constants
# Of several grants of one asset the one that says most: an editor's, the one that lasts longest, the latest.
_GIVEN = f"""
WITH {GRANTED}, each AS (
    SELECT g.content_object_id AS id, g.permission_id, g.given_by_id, g.given_at, g.expires_at,
           NULL::integer AS group_id
      FROM assets_assetusergrant g WHERE g.user_id = %(user)s AND {IN_FORCE}
    UNION ALL
    SELECT g.content_object_id, g.permission_id, g.given_by_id, g.given_at, g.expires_at, g.group_id
      FROM assets_assetgroupgrant g WHERE g.group_id = ANY(%(groups)s) AND {IN_FORCE}
), best AS (
    SELECT DISTINCT ON (e.id) e.*, m.codename FROM each e
      JOIN granted ON granted.id = e.id JOIN auth_permission m ON m.id = e.permission_id
     ORDER BY e.id, m.codename = 'editor' DESC, e.expires_at DESC NULLS FIRST, e.given_at DESC
), found AS MATERIALIZED (
    SELECT best.* FROM best JOIN assets_asset a ON a.id = best.id
     WHERE NOT a.hidden AND (%(at)s::timestamptz IS NULL OR (best.given_at, best.id) < (%(at)s, %(id)s::uuid))
     ORDER BY best.given_at DESC, best.id DESC LIMIT %(limit)s
)
SELECT {SHOWN}, found.codename, found.given_at, found.expires_at, giver.id, giver.username, team.id, team.name
FROM found JOIN assets_asset a ON a.id = found.id {JOINED}
LEFT JOIN accounts_user giver ON giver.id = found.given_by_id
LEFT JOIN accounts_team team ON team.group_id = found.group_id
ORDER BY found.given_at DESC, found.id DESC
"""  # noqa: S608  the same
_IN_USE = "k.revoked_at IS NULL AND k.taken_down_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())"
_GAVE = f"""
WITH given AS MATERIALIZED (
    SELECT g.content_object_id AS id FROM assets_assetusergrant g WHERE g.given_by_id = %(user)s AND {IN_FORCE}
    UNION SELECT g.content_object_id FROM assets_assetgroupgrant g WHERE g.given_by_id = %(user)s AND {IN_FORCE}
    UNION SELECT k.asset_id FROM assets_link k WHERE k.maker_id = %(user)s AND {_IN_USE}
    UNION SELECT o.id FROM assets_asset o WHERE o.owner_id = %(user)s AND NOT (o.any_one_access = 'restricted')
)
SELECT {SHOWN} FROM given JOIN assets_asset a ON a.id = given.id {JOINED}
WHERE {{beyond}} AND {_SHOWABLE} ORDER BY {{order}} LIMIT %(limit)s
"""  # noqa: S608  the same
# Who has it: to its owner all, to whoever else shares it those whom they let in themselves.
_TO_WHOM = f"""
SELECT a.id, to_whom.* FROM assets_asset a CROSS JOIN LATERAL (
    (SELECT 'user', g.user_id, u.username, m.codename, g.expires_at, 0
       FROM assets_assetusergrant g JOIN accounts_user u ON u.id = g.user_id
       JOIN auth_permission m ON m.id = g.permission_id
      WHERE g.content_object_id = a.id AND {IN_FORCE} AND %(user)s IN (a.owner_id, g.given_by_id)
      ORDER BY g.given_at, g.id LIMIT {MOST_GRANTEES})
    UNION ALL
    (SELECT 'team', t.id, t.name, m.codename, g.expires_at, 0
       FROM assets_assetgroupgrant g JOIN accounts_team t ON t.group_id = g.group_id
       JOIN auth_permission m ON m.id = g.permission_id
      WHERE g.content_object_id = a.id AND {IN_FORCE} AND %(user)s IN (a.owner_id, g.given_by_id)
      ORDER BY g.given_at, g.id LIMIT {MOST_GRANTEES})
    UNION ALL
    SELECT 'links', NULL, NULL, NULL, NULL, count(*) FROM assets_link k
     WHERE k.asset_id = a.id AND k.maker_id = %(user)s AND {_IN_USE}
) to_whom WHERE a.id = ANY(%(ids)s)
"""  # noqa: S608  the same


@dataclass(frozen=True)
class Received:
    """An asset that was granted to the caller: as what, when, until when, by whom, and through which team."""

    child: Child
    role: str
    at: datetime
    expires_at: datetime | None
    giver: tuple[UUID, str] | None
    team: tuple[UUID, str] | None


@dataclass(frozen=True)
class Grantee:
    """A person or a team that has an asset."""

    id: UUID
    name: str
    role: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Gave:
    """To whom the caller gave an asset, and how many of their links lead to it."""

    people: list[Grantee]
    teams: list[Grantee]
    links: int


def liked_by(caller: Caller, *, after: int | None, limit: int) -> list[tuple[Child, int]]:
    """Return favourites that the caller may still see, the latest first, each with the number of its place."""
    values = values_of(caller) | {"after": after, "limit": limit}
    return [(child_of(row, caller), row[SHOWN_COLUMNS]) for row in ask(_LIKED, values)]


def given_to(caller: Caller, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Received]:
    """Return what was granted to the caller or their teams, the latest first."""
    at, asset_id = after or (None, None)
    rows = ask(_GIVEN, values_of(caller) | {"at": at, "id": asset_id, "limit": limit})
    return [_received(row, caller) for row in rows]


def given_by(caller: Caller, order: Order, *, limit: int) -> list[Child]:
    """Return what the caller shared with somebody, by a link, or with anyone, as far as they still see it."""
    beyond, values = order.beyond
    query = _GAVE.format(beyond=beyond, order=order.words)
    return [child_of(row, caller) for row in ask(query, values | values_of(caller) | {"limit": limit})]


def to_whom(caller: Caller, asset_ids: list[UUID]) -> dict[UUID, Gave]:
    """Return to whom each of the assets was given, as far as the caller may know."""
    found = {asset_id: Gave([], [], 0) for asset_id in asset_ids}
    for asset_id, kind, *rest, links in ask(_TO_WHOM, {"user": caller.user_id, "ids": asset_ids}):
        gave = found[asset_id]
        if kind == "links":
            found[asset_id] = Gave(gave.people, gave.teams, links)
        else:
            (gave.people if kind == "user" else gave.teams).append(Grantee(*rest))
    return found


def _received(row: tuple[Any, ...], caller: Caller) -> Received:
    role, at, expires_at, giver_id, giver, team_id, team = row[SHOWN_COLUMNS:]
    return Received(
        child_of(row, caller),
        role,
        at,
        expires_at,
        (giver_id, giver) if giver_id else None,
        (team_id, team) if team_id else None,
    )
