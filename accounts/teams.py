"""The gate of teams, and how people come and go: their membership and their row in the team's group are one change.

Locks, in the order that everyone keeps: users by id -> the team -> its memberships and invitations.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import Invitation, Membership, Team, TeamRole, User
from accounts.refusals import TeamFull, TooManyTeams
from activity.services import Fact, Target
from activity.services import record as record_that
from cloudbox.errors import AccessDenied, NotFound
from cloudbox.ids import new_id

MOST_OWNED = 100  # teams of one owner
MOST_MEMBERS = 1000  # people in one team
RANK = {TeamRole.MEMBER: 1, TeamRole.MANAGER: 2, TeamRole.OWNER: 3}


@dataclass(frozen=True)
class Place:
    """A team, and what the caller is in it."""

    team: Team
    role: TeamRole


def team_for(by: Caller, team_id: UUID, need: TeamRole = TeamRole.MEMBER, *, lock: bool = False) -> Place:
    """Return the team if the caller is at least `need` in it; `lock` holds it until the transaction ends.

    Raises NotAuthenticated; KeyNotEnough to access keys, which only see teams; NotFound to those who are not in it;
    AccessDenied to those who are, but not as `need`.
    """
    user_id = by.must_see_account() if need is TeamRole.MEMBER and not lock else by.must_be_in_person()
    if lock:
        lock_team(team_id)
    found = Membership.objects.select_related("team__owner").filter(team_id=team_id, user_id=user_id).first()
    if found is None or found.team is None:
        raise NotFound
    role = TeamRole(found.role)
    if RANK[role] < RANK[need]:
        raise AccessDenied(f"Only {'its owner' if need is TeamRole.OWNER else 'managers of the team'} may do this.")
    return Place(found.team, role)


def lock_team(team_id: UUID) -> Team:
    """Hold the team until the transaction ends, so that nobody comes, goes or shares with it. Raises NotFound."""
    team = Team.objects.select_for_update().filter(id=team_id).first()
    if team is None:
        raise NotFound
    return team


def lock_user(user_id: UUID) -> None:
    """Hold what is counted for a user: the teams they own, the invitations they send."""
    User.objects.select_for_update(no_key=True).filter(id=user_id).values_list("id").first()


def keep(team_ids: Collection[UUID]) -> None:
    """Hold the teams as they are, beside others who do, until the transaction ends: what is shared names them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM accounts_team WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE", [sorted(team_ids)])


def found(name: str, owner_id: UUID) -> Team:
    """Make a team and its owner's membership. Raises TooManyTeams."""
    check_room_of_owner(owner_id)
    team_id = new_id()
    group = Group.objects.create(name=f"team:{team_id}")
    team = Team.objects.create(id=team_id, name=name, owner_id=owner_id, group=group)
    _enter(team, owner_id, TeamRole.OWNER)
    return team


def dissolve(team: Team) -> None:
    """Delete a locked team, and with its group every grant to it. Its invitations end."""
    group = team.group
    team.invitations.filter(answered_at=None).update(answered_at=timezone.now())
    team.delete()
    group.delete()


def join(team: Team, user_id: UUID, role: TeamRole) -> bool:
    """Let somebody into a locked team; return whether they were not in it before. Raises TeamFull."""
    if Membership.objects.filter(team=team, user_id=user_id).exists():
        return False
    if Membership.objects.filter(team=team).count() >= MOST_MEMBERS:
        raise TeamFull(most=MOST_MEMBERS)
    _enter(team, user_id, role)
    return True


def part(team: Team, user_id: UUID) -> None:
    """Take somebody out of a locked team, and with them the invitations that they have sent."""
    Membership.objects.filter(team=team, user_id=user_id).delete()
    User.groups.through.objects.filter(user_id=user_id, group_id=team.group_id).delete()
    end_invitations_by(team, user_id)


def hand_over(team: Team, user_id: UUID) -> None:
    """Make a member of a locked team its owner; who was it before stays as a manager."""
    Membership.objects.filter(team=team, role=TeamRole.OWNER).update(role=TeamRole.MANAGER)
    Membership.objects.filter(team=team, user_id=user_id).update(role=TeamRole.OWNER)
    Team.objects.filter(id=team.id).update(owner_id=user_id)


def end_invitations_by(team: Team, user_id: UUID) -> None:
    """End what somebody has sent: they know the links, and may not use them to come back."""
    Invitation.objects.filter(team=team, invited_by=user_id, answered_at=None).update(answered_at=timezone.now())


def check_room_of_owner(owner_id: UUID) -> None:
    """Raise TooManyTeams if the user cannot own another team; holds them until the transaction ends."""
    lock_user(owner_id)
    if Team.objects.filter(owner_id=owner_id).count() >= MOST_OWNED:
        raise TooManyTeams(most=MOST_OWNED)


def record(verb: str, by: Caller, team: Team, *, audience: Iterable[UUID] = (), **facts: Fact) -> None:
    """Write that `by` did `verb` to the team, in the caller's transaction."""
    target = Target("team", team.id, team.name)
    record_that(verb, by=by.who, target=target, owner_id=team.owner_id, audience=audience, **facts)


def _enter(team: Team, user_id: UUID, role: TeamRole) -> None:
    Membership.objects.create(team=team, user_id=user_id, role=role)
    User.groups.through.objects.create(user_id=user_id, group_id=team.group_id)
