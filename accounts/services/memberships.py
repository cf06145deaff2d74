"""Who is in a team, as what, and how they leave it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import teams
from accounts.callers import Caller
from accounts.folding import folded
from accounts.models import Membership, Team, TeamRole
from accounts.refusals import OwnerStays
from accounts.teams import Place, team_for
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound
from cloudbox.pages import Page, page_of, values_of


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody in a team, as the others in it see them."""

    id: UUID
    username: str
    full_name: str
    role: str
    joined_at: datetime


def members(*, by: Caller, team_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[Member]:
    """Return who is in one of the caller's teams, in the order in which they came."""
    team_for(by, team_id)
    found = Membership.objects.filter(team_id=team_id).select_related("user")
    after = values_of(cursor, datetime, UUID)
    if after:
        joined_at, row_id = after
        found = found.filter(Q(joined_at__gt=joined_at) | Q(joined_at=joined_at, id__gt=row_id))
    rows = list(found.order_by("joined_at", "id")[: limit + 1])
    return page_of(rows, limit, shown=_shown, after=lambda row: (row.joined_at, row.id))


def set_role(*, by: Caller, team_id: UUID, user_id: UUID, role: str) -> Member:
    """Make somebody in the team a `member`, a `manager`, or its `owner` in the caller's place. Its owner may.

    An owner who hands the team over stays in it as a manager. Raises NotFound, AccessDenied, BadInput, OwnerStays,
    TooManyTeams, and Conflict for a new owner who cannot sign in.
    """
    wanted = _role(role)
    with transaction.atomic():
        team_for(by, team_id)  # a stranger to it holds up nobody
        if wanted is TeamRole.OWNER and user_id != by.user_id:
            teams.check_room_of_owner(user_id)
        team = team_for(by, team_id, TeamRole.OWNER, lock=True).team
        member = _member(team, user_id)
        if member.role != wanted:
            _change(by, team, member, wanted)
        return _shown(_member(team, user_id))


def remove(*, by: Caller, team_id: UUID, user_id: UUID) -> None:
    """Take somebody out of the team, which ends at once what they could reach through it.

    Its managers may remove members, and its owner everybody else. Whoever names themselves leaves.
    """
    with transaction.atomic():
        place = team_for(by, team_id, lock=True)
        if user_id == by.user_id:
            _leave(by, place)
            return
        team_for(by, team_id, TeamRole.MANAGER)
        member = _member(place.team, user_id)
        if member.role == TeamRole.OWNER:
            raise OwnerStays
        if member.role == TeamRole.MANAGER and place.role is not TeamRole.OWNER:
            raise AccessDenied("Only its owner removes a manager.")
        teams.part(place.team, user_id)
        teams.record("team_member_removed", by, place.team, audience=[user_id], user_id=str(user_id))


def leave(*, by: Caller, team_id: UUID) -> None:
    """Leave a team. Raises OwnerStays to its owner, who must hand it over first."""
    with transaction.atomic():
        _leave(by, team_for(by, team_id, lock=True))


def hand_over_by_staff(*, by: Caller, team_id: UUID, username: str) -> None:
    """Give a team whose owner is gone or locked out to one of its members. The staff may."""
    by.must_be_staff("support")
    with transaction.atomic():
        found = Membership.objects.filter(team_id=team_id, user__username_key=folded(username)).first()
        if found is None:
            raise BadInput("username", "Nobody in the team is called so.")
        teams.check_room_of_owner(found.user_id)
        team = teams.lock_team(team_id)
        member = _member(team, found.user_id)
        if member.role != TeamRole.OWNER:
            _change(by, team, member, TeamRole.OWNER)


def delete_by_staff(*, by: Caller, team_id: UUID) -> None:
    """Delete a team, and with it every grant to it. The staff may."""
    by.must_be_staff("support")
    with transaction.atomic():
        team = teams.lock_team(team_id)
        teams.record("team_deleted", by, team, audience=team.memberships.values_list("user_id", flat=True))
        teams.dissolve(team)


def _leave(by: Caller, place: Place) -> None:
    if place.role is TeamRole.OWNER:
        raise OwnerStays
    user_id = by.must_be_signed_in()
    teams.part(place.team, user_id)
    teams.record("team_left", by, place.team, user_id=str(user_id))


def _change(by: Caller, team: Team, member: Membership, wanted: TeamRole) -> None:
    """Give somebody in a locked team another role."""
    user_id = member.user_id
    if wanted is TeamRole.OWNER:
        if not member.user.may_sign_in:
            raise Conflict("The new owner could not sign in.", field="role")
        teams.record("team_handed_over", by, team, audience=[user_id], user_id=str(user_id))
        teams.hand_over(team, user_id)
        return
    if member.role == TeamRole.OWNER:
        raise OwnerStays
    Membership.objects.filter(id=member.id).update(role=wanted)
    if wanted is TeamRole.MEMBER:
        teams.end_invitations_by(team, user_id)
    teams.record("team_role_set", by, team, audience=[user_id], user_id=str(user_id), role=str(wanted))


def _member(team: Team, user_id: UUID) -> Membership:
    found = Membership.objects.select_related("user").filter(team=team, user_id=user_id).first()
    if found is None:
        raise NotFound("Nobody in the team has this id.")
    return found


def _role(role: str) -> TeamRole:
    try:
        return TeamRole(role)
    except ValueError:
        raise BadInput("role", f"One of {', '.join(TeamRole.values)}.") from None


def _shown(row: Membership) -> Member:
    return Member(
        id=row.user_id,
        username=row.user.username,
        full_name=row.user.full_name,
        role=row.role,
        joined_at=row.joined_at,
    )
