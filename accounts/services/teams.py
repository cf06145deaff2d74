"""Teams: people with whom things are shared at once."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts import teams
from accounts.callers import Caller
from accounts.models import Membership, Team, TeamRole, User
from accounts.refusals import OwnsTeams
from accounts.rules import is_text
from accounts.teams import team_for
from cloudbox.errors import BadInput
from cloudbox.pages import Page, page_of, values_of

LONGEST_NAME = 100  # characters


@dataclass(frozen=True, kw_only=True)
class TeamOwner:
    """Who decides everything in a team."""

    id: UUID
    username: str


@dataclass(frozen=True, kw_only=True)
class TeamInfo:
    """A team as one of its members sees it. `role` is the caller's: `member`, `manager` or `owner`."""

    id: UUID
    name: str
    role: str
    owner: TeamOwner
    members: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class TeamShown:
    """A team as those see it who share something with it. `group_id` is what grants name."""

    id: UUID
    name: str
    members: int
    group_id: int


def create(*, by: Caller, name: str) -> TeamInfo:
    """Make a team, which the caller owns. Raises NotAuthenticated, BadInput, TooManyTeams."""
    owner_id, name = by.must_be_in_person(), _name(name)
    with transaction.atomic():
        team = teams.found(name, owner_id)
        teams.record("team_created", by, team)
    return get(by=by, team_id=team.id)


def get(*, by: Caller, team_id: UUID) -> TeamInfo:
    """Return one of the caller's teams. Raises NotFound for every other."""
    team_for(by, team_id)
    return _shown(_mine(by).get(team_id=team_id))


def mine(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[TeamInfo]:
    """Return the teams that the caller is in, by name. One query."""
    found, after = _mine(by), values_of(cursor, str, UUID)
    if after:
        name, team_id = after
        found = found.filter(Q(team__name__gt=name) | Q(team__name=name, team_id__gt=team_id))
    rows = list(found.order_by("team__name", "team_id")[: limit + 1])
    return page_of(rows, limit, shown=_shown, after=lambda row: (row.team.name, row.team_id))


def rename(*, by: Caller, team_id: UUID, name: str) -> TeamInfo:
    """Give a team another name. Its managers may."""
    name = _name(name)
    with transaction.atomic():
        team = team_for(by, team_id, TeamRole.MANAGER, lock=True).team
        if team.name != name:
            Team.objects.filter(id=team.id).update(name=name)
            teams.record("team_renamed", by, team, name=name)
    return get(by=by, team_id=team_id)


def delete(*, by: Caller, team_id: UUID) -> None:
    """Delete a team; what was shared with it is shared with it no longer, at once. Its owner may."""
    with transaction.atomic():
        team = team_for(by, team_id, TeamRole.OWNER, lock=True).team
        members = list(team.memberships.values_list("user_id", flat=True))
        teams.record("team_deleted", by, team, audience=members)
        teams.dissolve(team)


def to_share_with(*, by: Caller, team_ids: Collection[UUID]) -> list[TeamShown]:
    """Return the caller's teams of these ids, and hold them until the transaction ends.

    Raises BadInput unless the caller is in every one of them.
    """
    if not team_ids:
        return []
    teams.keep(team_ids)
    found = _with_size(Team.objects.filter(id__in=team_ids, memberships__user_id=by.must_be_signed_in()))
    unknown = set(team_ids) - {team.id for team in found}
    if unknown:
        raise BadInput("teams", f"You are in no team {min(unknown)}.")
    return found


def of_ids(team_ids: Collection[UUID]) -> list[TeamShown]:
    """Return the teams of these ids that there are, whoever is in them."""
    return _with_size(Team.objects.filter(id__in=team_ids)) if team_ids else []


def of_groups(group_ids: Collection[int]) -> list[TeamShown]:
    """Return the teams whose groups these are, by name. One query."""
    return _with_size(Team.objects.filter(group_id__in=group_ids)) if group_ids else []


def addresses_of(team_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return username and mail address of those in any of the teams who have one and may sign in, by user."""
    people = User.objects.filter(memberships__team_id__in=team_ids, is_active=True, suspended_at=None)
    found = people.filter(email__isnull=False).distinct().values_list("id", "username", "email")
    return {user_id: (username, email or "") for user_id, username, email in found}


def members_of(team_id: UUID) -> list[UUID]:
    """Return the ids of those in the team."""
    return list(Membership.objects.filter(team_id=team_id).values_list("user_id", flat=True))


def leave_none_ownerless(*, user: User, **_: Any) -> None:
    """Let an account that is about to go out of its teams. Raises OwnsTeams if it owns one."""
    owned = list(Team.objects.filter(owner=user).values_list("name", flat=True)[:20])
    if owned:
        raise OwnsTeams(teams=owned)
    for team in Team.objects.select_for_update().filter(memberships__user=user).order_by("id"):
        teams.part(team, user.id)


def _mine(by: Caller) -> QuerySet[Any]:
    own = Membership.objects.filter(user_id=by.must_see_account())
    return own.select_related("team__owner").annotate(size=Count("team__memberships"))


def _shown(row: Any) -> TeamInfo:
    return TeamInfo(
        id=row.team_id,
        name=row.team.name,
        role=row.role,
        owner=TeamOwner(id=row.team.owner_id, username=row.team.owner.username),
        members=row.size,
        created_at=row.team.created_at,
    )


def _with_size(found: QuerySet[Team]) -> list[TeamShown]:
    counted = Team.objects.filter(id__in=found.values("id")).annotate(size=Count("memberships"))
    return [
        TeamShown(id=team.id, name=team.name, members=team.size, group_id=team.group_id)
        for team in counted.order_by("name", "id")
    ]


def _name(name: str) -> str:
    """Return the name as it is stored. Raises BadInput."""
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput("name", f"From 1 to {LONGEST_NAME} characters.")
    if not is_text(name) or not any(character.isprintable() and character != " " for character in name):
        raise BadInput("name", "Has characters that cannot be stored.")
    return name
