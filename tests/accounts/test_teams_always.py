"""Whatever people do with teams, in whatever order: some things are always so."""

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Invitation, Membership, Team, TeamRole, User
from accounts.services import invitations, memberships, teams
from accounts.teams import RANK
from cloudbox.errors import Refusal
from tests.people import caller_for

pytestmark = pytest.mark.django_db

people = st.sampled_from(["alice", "bob", "charlie"])
acts = st.lists(
    st.tuples(
        st.sampled_from(["invite", "invite a manager", "answer", "leave", "remove", "own", "manage", "be a member"]),
        people,
        people,
    ),
    max_size=20,
)


def do(team_id, verb: str, actor: User, other: User) -> None:
    """Let `actor` try something with `other`."""
    by = caller_for(actor)
    roles = {"own": "owner", "manage": "manager", "be a member": "member"}
    if verb.startswith("invite"):
        role = "manager" if "manager" in verb else "member"
        invitations.invite(by=by, team_id=team_id, username=other.username, role=role)
    elif verb == "answer":
        for waiting in invitations.mine(by=by).items:
            answer = invitations.accept if other == actor else invitations.decline
            answer(by=by, invitation_id=waiting.id)
    elif verb == "leave":
        memberships.leave(by=by, team_id=team_id)
    elif verb == "remove":
        memberships.remove(by=by, team_id=team_id, user_id=other.id)
    else:
        memberships.set_role(by=by, team_id=team_id, user_id=other.id, role=roles[verb])


def check(team: Team) -> None:
    """Assert what is always so."""
    roles = dict(Membership.objects.filter(team=team).values_list("user_id", "role"))
    (owner,) = [user_id for user_id, role in roles.items() if role == "owner"]
    assert Team.objects.get(id=team.id).owner_id == owner
    assert set(team.group.user_set.values_list("id", flat=True)) == set(roles)
    for invitation in Invitation.objects.filter(team=team, answered_at=None):
        assert invitation.invited_by_id
        assert RANK[TeamRole(roles[invitation.invited_by_id])] >= RANK[TeamRole.MANAGER]
        assert invitation.user_id not in roles


@settings(max_examples=20)
@given(acts)
def test_a_team_has_one_owner_its_group_and_no_way_back_for_those_who_left(alice, bob, charlie, wanted):
    known = {user.username: user for user in (alice, bob, charlie)}
    with transaction.atomic():
        made = teams.create(by=caller_for(alice), name="Otters")
        team = Team.objects.get(id=made.id)
        for verb, actor, other in wanted:
            before = dict(Membership.objects.values_list("user_id", "role"))
            try:
                do(made.id, verb, known[actor], known[other])
            except Refusal:
                assert dict(Membership.objects.values_list("user_id", "role")) == before
            check(team)
        transaction.set_rollback(True)
