"""All about who else may use an asset, in one look, and changing what one of them may do. Beside `people`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.callers import Caller
from accounts.services import teams
from accounts.services.teams import TeamShown
from accounts.sharing import AnyOneAccess, Granted, people_with_each, revoke
from assets.access import Entry, asset_for
from assets.models import Asset, AssetUserGrant
from assets.services.people import ROLES, add_people
from assets.services.tree import steps_to
from assets.shapes import AssetView
from assets.words import Ability
from cloudbox.errors import BadInput

MOST_KNOWN = 100  # people whom somebody is offered to share with again


@dataclass(frozen=True, kw_only=True)
class Access:
    """A person or a team that has an asset as `role`, maybe until a moment.

    `name` is the username, or what the team is called. `folder` is where it comes from, None for the asset itself.
    `is_me` tells whether it is the caller, or a team that they are in.
    """

    kind: str  # user or team
    id: UUID
    name: str
    full_name: str = ""
    members: int | None = None
    role: str
    expires_at: datetime | None
    folder: AssetView | None
    is_me: bool


@dataclass(frozen=True)
class Sharing:
    """Who has an asset, as far as the caller may know it: those who share it see all, others themselves only.

    `direct` were given the asset itself, `above` a folder above it; `opened` are those of these folders that are open
    to anyone. Of what lies above, everybody is told what they could see there as well.
    """

    asset: AssetView
    is_root: bool
    direct: list[Access]
    above: list[Access]
    opened: list[AssetView]


@dataclass(frozen=True)
class Known:
    """With whom the caller shares already, by username, and the teams that they are in."""

    people: list[str]
    teams: list[tuple[UUID, str]]


def sharing_of(*, by: Caller, asset_id: UUID) -> Sharing:
    """Return who has the asset. Raises NotFound."""
    steps = steps_to(by=by, asset_id=asset_id)
    asset, line = steps[-1], _inherited(steps)
    granted = people_with_each(Asset, [step.id for step in [*line, asset]])
    group_ids = {row.group_id for rows in granted.values() for row in rows if row.group_id is not None}
    of_group = {team.group_id: team for team in teams.of_groups(group_ids)}

    def accesses(place: AssetView, folder: AssetView | None) -> list[Access]:
        rows = _highest(granted.get(place.id, []))
        if Ability.SHARE not in place.abilities:
            rows = [row for row in rows if row.user_id == by.user_id or row.group_id in by.groups]
        return [_access(by, row, of_group, folder) for row in rows if row.user_id or row.group_id in of_group]

    return Sharing(
        asset,
        is_root=asset.parent is None and asset.owner.id == by.user_id,
        direct=accesses(asset, None),
        above=[access for folder in line for access in accesses(folder, folder)],
        opened=[folder for folder in line if folder.any_one_access != AnyOneAccess.RESTRICTED],
    )


def known_to(*, by: Caller) -> Known:
    """Return whom to offer to somebody who shares: nobody of whom they do not know already."""
    me = by.must_be_signed_in()
    gave = AssetUserGrant.objects.filter(given_by=me, user__is_active=True).order_by("user__username")
    names = gave.values_list("user__username", flat=True).distinct()[:MOST_KNOWN]
    mine = teams.mine(by=by, limit=MOST_KNOWN)
    return Known(list(names), [(team.id, team.name) for team in mine.items])


def set_role(*, by: Caller, asset_id: UUID, role: str, name: str = "", team_id: UUID | None = None) -> None:
    """Let a person or a team who has the asset have it in this role instead, as long as before.

    Raises BadInput for whoever does not have it, and what `add_people` raises.
    """
    if role not in ROLES:
        raise BadInput("role", f"One of {', '.join(ROLES)}.")
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.SHARE)
        held = _held(entry, name, team_id)
        names, team_ids = [name] if name else [], [team_id] if team_id else []
        add_people(by=by, asset_id=asset_id, role=role, names=names, team_ids=team_ids, expires_at=held.expires_at)
        # What they are now was told; that they are no longer what they were needs no news of its own.
        users = [held.user_id] if held.user_id else []
        groups = [held.group_id] if held.group_id else []
        for other in ROLES:
            if other != role:
                revoke(entry.asset, other, users=users, groups=groups)


def _inherited(steps: list[AssetView]) -> list[AssetView]:
    """Return the folders above an asset whose roles count for it, the nearest first."""
    line: list[AssetView] = []
    for place, folder in zip(reversed(steps), reversed(steps[:-1]), strict=False):
        if not place.inherits:
            break
        line.append(folder)
    return line


def _highest(rows: Iterable[Granted]) -> list[Granted]:
    """Return one grant for each grantee: that of the role which may do more."""
    found: dict[tuple[UUID | None, int | None], Granted] = {}
    for row in rows:
        key = (row.user_id, row.group_id)
        if key not in found or row.permission == ROLES[0]:
            found[key] = row
    return list(found.values())


def _held(entry: Entry, name: str, team_id: UUID | None) -> Granted:
    """Return the grant that a person or a team has on the asset itself. Raises BadInput."""
    rows = _highest(people_with_each(Asset, [entry.asset.id]).get(entry.asset.id, []))
    groups = {team.group_id for team in teams.of_ids([team_id] if team_id else [])}
    for row in rows:
        if row.group_id in groups or (row.user_id and row.name == name):
            return row
    raise BadInput("role", "They have no role here any more.")


def _access(by: Caller, row: Granted, of_group: dict[int, TeamShown], folder: AssetView | None) -> Access:
    if row.user_id is not None:
        return Access(
            kind="user",
            id=row.user_id,
            name=row.name,
            full_name=row.full_name,
            role=row.permission,
            expires_at=row.expires_at,
            folder=folder,
            is_me=row.user_id == by.user_id,
        )
    team = of_group[row.group_id or 0]
    return Access(
        kind="team",
        id=team.id,
        name=team.name,
        members=team.members,
        role=row.permission,
        expires_at=row.expires_at,
        folder=folder,
        is_me=team.group_id in by.groups,
    )
