"""Who was given some assets themselves, people and teams, in one query. Beside `shared`, which is about one's own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assets.access import IN_FORCE
from assets.rows import ask

_HELD = f"""
SELECT g.content_object_id, 'user', u.id, u.username, concat_ws(' ', NULLIF(u.first_name, ''),
       NULLIF(u.middle_name, ''), NULLIF(u.last_name, '')), NULL, m.codename, g.expires_at, NULL, g.given_at, g.id
  FROM assets_assetusergrant g JOIN accounts_user u ON u.id = g.user_id JOIN auth_permission m ON m.id = g.permission_id
 WHERE g.content_object_id = ANY(%(ids)s::uuid[]) AND {IN_FORCE}
UNION ALL
SELECT g.content_object_id, 'team', t.id, t.name, '',
       (SELECT count(*) FROM accounts_membership s WHERE s.team_id = t.id), m.codename, g.expires_at, g.group_id,
       g.given_at, g.id
  FROM assets_assetgroupgrant g JOIN accounts_team t ON t.group_id = g.group_id
  JOIN auth_permission m ON m.id = g.permission_id
 WHERE g.content_object_id = ANY(%(ids)s::uuid[]) AND {IN_FORCE}
ORDER BY 2 DESC, 10, 11
"""  # noqa: S608  made of constants
HIGHEST = "editor"


@dataclass(frozen=True)
class Holder:
    """A person or a team that was given an asset. `group_id` is the team's, as a Caller knows it; None of a person."""

    kind: str  # user or team
    id: UUID
    name: str
    full_name: str
    members: int | None
    role: str
    expires_at: datetime | None
    group_id: int | None


def holders_of(asset_ids: Collection[UUID]) -> dict[UUID, list[Holder]]:
    """Return who was given each of the assets, people before teams: each once, in the role that may do more."""
    found: dict[UUID, dict[UUID, Holder]] = {}
    for asset_id, *rest, _at, _id in ask(_HELD, {"ids": list(asset_ids)}):
        holder = Holder(*rest)
        of_asset = found.setdefault(asset_id, {})
        if holder.id not in of_asset or holder.role == HIGHEST:
            of_asset[holder.id] = holder
    return {asset_id: list(of_asset.values()) for asset_id, of_asset in found.items()}
