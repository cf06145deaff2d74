"""All about who else may use an asset, in one look, and changing what one of them may do. Beside `people`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.callers import Caller
from accounts.services import teams
from accounts.sharing import AnyOneAccess, revoke
from assets.access import asset_for
from assets.holders import Holder, holders_of
from assets.models import AssetUserGrant
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
    held = holders_of([step.id for step in [*line, asset]])

    def accesses(place: AssetView, folder: AssetView | None) -> list[Access]:
        may_know = Ability.SHARE in place.abilities
        return [_access(by, one, folder) for one in held.get(place.id, []) if may_know or _is(by, one)]

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
        asset = asset_for(by, asset_id, Ability.SHARE).asset
        holders = holders_of([asset.id]).get(asset.id, [])
        held = next((one for one in holders if _named(one, name, team_id)), None)
        if held is None:
            raise BadInput("role", "They have no role here any more.")
        names, team_ids = [name] if name else [], [team_id] if team_id else []
        add_people(by=by, asset_id=asset_id, role=role, names=names, team_ids=team_ids, expires_at=held.expires_at)
        # What they are now was told; that they are no longer what they were needs no news of its own.
        users, groups = [held.id] if held.kind == "user" else [], [held.group_id] if held.group_id else []
        for other in ROLES:
            if other != role:
                revoke(asset, other, users=users, groups=groups)


def _inherited(steps: list[AssetView]) -> list[AssetView]:
    """Return the folders above an asset whose roles count for it, the nearest first."""
    line: list[AssetView] = []
    for place, folder in zip(reversed(steps), reversed(steps[:-1]), strict=False):
        if not place.inherits:
            break
        line.append(folder)
    return line


def _named(holder: Holder, name: str, team_id: UUID | None) -> bool:
    return holder.id == team_id if team_id else holder.kind == "user" and holder.name == name


def _is(by: Caller, holder: Holder) -> bool:
    """Say whether it is the caller, or a team that they are in."""
    return holder.id == by.user_id or holder.group_id in by.groups


def _access(by: Caller, holder: Holder, folder: AssetView | None) -> Access:
    return Access(
        kind=holder.kind,
        id=holder.id,
        name=holder.name,
        full_name=holder.full_name,
        members=holder.members,
        role=holder.role,
        expires_at=holder.expires_at,
        folder=folder,
        is_me=_is(by, holder),
    )
