"""Teams: who makes, sees, changes and ends them, and who is in them."""

import pytest
from django.contrib.auth.models import Group
from django.db.models import ProtectedError
from django.utils import timezone

from accounts import services as accounts
from accounts import teams as gate
from accounts.callers import Caller
from accounts.models import Membership, Team, User
from accounts.refusals import OwnerStays, OwnsTeams, TeamFull, TooManyTeams
from accounts.services import invitations, memberships, teams
from accounts.signals import closing
from activity.models import AuditEntry
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound
from tests.people import caller_for, register
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(alice):
    return teams.create(by=caller_for(alice), name="Otters")


def join(team, owner: User, *people: User, role: str = "member") -> None:
    """Let people into the team as they come in: they are invited, and accept."""
    for person in people:
        invited = invitations.invite(by=caller_for(owner), team_id=team.id, username=person.username, role=role)
        invitations.accept(by=caller_for(person), invitation_id=invited.id)


def roles(team) -> dict[str, str]:
    return dict(Membership.objects.filter(team_id=team.id).values_list("user__username", "role"))


def in_group(team) -> set[str]:
    return set(Group.objects.get(name=f"team:{team.id}").user_set.values_list("username", flat=True))


def last_entry() -> tuple[str, str, str]:
    entry = AuditEntry.objects.latest("id")
    return entry.verb, entry.actor_label, entry.target_label


def test_who_makes_a_team_owns_it(alice, team):
    assert (team.name, team.role, team.owner.username, team.members) == ("Otters", "owner", "alice", 1)
    assert (roles(team), in_group(team)) == ({"alice": "owner"}, {"alice"})
    assert last_entry() == ("team_created", "alice", "Otters")


def test_the_group_of_a_team_has_no_permissions(team):
    assert not Group.objects.get(name=f"team:{team.id}").permissions.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b", "a\nb", "\u200b"])
def test_a_name_that_cannot_be_shown_is_refused(alice, name):
    with pytest.raises(BadInput) as refused:
        teams.create(by=caller_for(alice), name=name)

    assert refused.value.field == "name"
    assert not Team.objects.exists()


def test_a_name_is_trimmed_and_composed(alice):
    assert teams.create(by=caller_for(alice), name=" Cafe\u0301 ").name == "Café"


def test_members_and_only_they_see_a_team(alice, bob, charlie, team):
    join(team, alice, bob)

    seen = teams.get(by=caller_for(bob), team_id=team.id)

    assert (seen.role, seen.owner.username, seen.members) == ("member", "alice", 2)
    for call in (teams.get, memberships.members, memberships.leave, teams.delete, invitations.of_team):
        with pytest.raises(NotFound):
            call(by=caller_for(charlie), team_id=team.id)


def test_a_list_has_ones_teams_by_name_page_by_page(alice, bob, team):
    for name in ("Beavers", "Voles", "Newts"):
        join(teams.create(by=caller_for(alice), name=name), alice, bob)
    teams.create(by=caller_for(alice), name="Not his")

    first = teams.mine(by=caller_for(bob), limit=2)
    second = teams.mine(by=caller_for(bob), limit=2, cursor=first.next)

    assert [[item.name for item in page.items] for page in (first, second)] == [["Beavers", "Newts"], ["Voles"]]
    assert second.next is None


def test_lists_take_as_many_queries_however_long_they_are(alice, bob, charlie, team, django_assert_num_queries):
    for name in ("Beavers", "Voles"):
        join(teams.create(by=caller_for(alice), name=name), alice, bob, charlie)
    join(team, alice, bob, charlie)
    for number in range(3):
        invitations.invite(by=caller_for(alice), team_id=team.id, email=f"user{number}@example.com")
    me = caller_for(alice)

    with django_assert_num_queries(1):
        assert [item.members for item in teams.mine(by=me).items] == [3, 3, 3]
    with django_assert_num_queries(2):
        assert len(memberships.members(by=me, team_id=team.id).items) == 3
    with django_assert_num_queries(2):
        assert len(invitations.of_team(by=me, team_id=team.id).items) == 3


def test_members_are_listed_in_the_order_in_which_they_came(alice, bob, charlie, team):
    join(team, alice, charlie, bob)

    first = memberships.members(by=caller_for(bob), team_id=team.id, limit=2)
    second = memberships.members(by=caller_for(bob), team_id=team.id, limit=2, cursor=first.next)

    assert [member.username for member in [*first.items, *second.items]] == ["alice", "charlie", "bob"]
    assert (second.items[0].full_name, second.items[0].role, second.next) == ("Bob Example", "member", None)


def test_managers_rename_a_team_and_members_do_not(alice, bob, charlie, team):
    join(team, alice, bob, role="manager")
    join(team, alice, charlie)

    assert teams.rename(by=caller_for(bob), team_id=team.id, name="Voles").name == "Voles"
    assert last_entry() == ("team_renamed", "bob", "Otters")
    with pytest.raises(AccessDenied):
        teams.rename(by=caller_for(charlie), team_id=team.id, name="Newts")


def test_only_its_owner_deletes_a_team(alice, bob, team):
    join(team, alice, bob, role="manager")
    invitations.invite(by=caller_for(alice), team_id=team.id, email="zoe@example.com")
    with pytest.raises(AccessDenied):
        teams.delete(by=caller_for(bob), team_id=team.id)

    teams.delete(by=caller_for(alice), team_id=team.id)

    assert not Team.objects.exists()
    assert not Group.objects.filter(name__startswith="team:").exists()
    assert not Membership.objects.exists()
    assert last_entry() == ("team_deleted", "alice", "Otters")


def test_the_owner_gives_roles(alice, bob, team):
    join(team, alice, bob)

    assert memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="manager").role == "manager"
    assert last_entry() == ("team_role_set", "alice", "Otters")
    with pytest.raises(BadInput):
        memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="king")
    with pytest.raises(NotFound):
        memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=team.id, role="member")


def test_a_manager_gives_no_roles(alice, bob, charlie, team):
    join(team, alice, bob, role="manager")
    join(team, alice, charlie)

    for user in (bob, charlie, alice):
        for role in ("member", "manager", "owner"):
            with pytest.raises(AccessDenied):
                memberships.set_role(by=caller_for(bob), team_id=team.id, user_id=user.id, role=role)
    assert roles(team) == {"alice": "owner", "bob": "manager", "charlie": "member"}


def test_an_owner_hands_over_and_stays_as_a_manager(alice, bob, team):
    join(team, alice, bob)

    memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="owner")

    assert roles(team) == {"alice": "manager", "bob": "owner"}
    assert Team.objects.get().owner == bob
    assert last_entry() == ("team_handed_over", "alice", "Otters")


def test_a_team_always_has_its_owner(alice, bob, team):
    join(team, alice, bob, role="manager")

    for call in (
        lambda: memberships.leave(by=caller_for(alice), team_id=team.id),
        lambda: memberships.remove(by=caller_for(alice), team_id=team.id, user_id=alice.id),
        lambda: memberships.remove(by=caller_for(bob), team_id=team.id, user_id=alice.id),
        lambda: memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=alice.id, role="member"),
    ):
        with pytest.raises(OwnerStays):
            call()
    assert roles(team) == {"alice": "owner", "bob": "manager"}


def test_nobody_becomes_owner_who_could_not_sign_in(alice, bob, staff, team):
    join(team, alice, bob)
    accounts.suspend(by=caller_for(staff), user_id=bob.id)

    with pytest.raises(Conflict):
        memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="owner")
    assert roles(team) == {"alice": "owner", "bob": "member"}


def test_a_member_leaves_the_team_and_its_group(alice, bob, team):
    join(team, alice, bob)

    memberships.leave(by=caller_for(bob), team_id=team.id)

    assert (roles(team), in_group(team)) == ({"alice": "owner"}, {"alice"})
    assert last_entry() == ("team_left", "bob", "Otters")


def test_managers_remove_members_and_only_the_owner_removes_managers(alice, bob, charlie, team):
    dana = register("dana")
    join(team, alice, bob, dana, role="manager")
    join(team, alice, charlie)

    with pytest.raises(AccessDenied):
        memberships.remove(by=caller_for(charlie), team_id=team.id, user_id=bob.id)
    memberships.remove(by=caller_for(bob), team_id=team.id, user_id=charlie.id)
    assert last_entry() == ("team_member_removed", "bob", "Otters")
    with pytest.raises(AccessDenied):
        memberships.remove(by=caller_for(bob), team_id=team.id, user_id=dana.id)
    memberships.remove(by=caller_for(alice), team_id=team.id, user_id=dana.id)

    assert (roles(team), in_group(team)) == ({"alice": "owner", "bob": "manager"}, {"alice", "bob"})
    with pytest.raises(NotFound):
        memberships.remove(by=caller_for(alice), team_id=team.id, user_id=dana.id)


def test_nobody_owns_more_teams_than_one_may(monkeypatch, alice, bob, team):
    join(team, alice, bob)
    monkeypatch.setattr(gate, "MOST_OWNED", 1)
    teams.create(by=caller_for(bob), name="His")

    with pytest.raises(TooManyTeams):
        teams.create(by=caller_for(alice), name="Another")
    with pytest.raises(TooManyTeams):
        memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="owner")
    assert roles(team)["alice"] == "owner"


def test_a_team_has_as_many_members_as_a_team_may_have(monkeypatch, alice, bob, charlie, team):
    invited = invitations.invite(by=caller_for(alice), team_id=team.id, username="charlie")
    join(team, alice, bob)
    monkeypatch.setattr(gate, "MOST_MEMBERS", 2)

    with pytest.raises(TeamFull):
        invitations.accept(by=caller_for(charlie), invitation_id=invited.id)
    assert (set(roles(team)), in_group(team)) == ({"alice", "bob"}, {"alice", "bob"})


def test_an_account_that_owns_a_team_does_not_go(alice, bob, team):
    with pytest.raises(OwnsTeams) as refused:
        closing.send(sender=User, user=alice)
    assert refused.value.facts == {"teams": ["Otters"]}

    with pytest.raises(ProtectedError):
        Team.objects.get().owner.delete()


def test_an_account_that_goes_leaves_its_teams(alice, bob, team):
    join(team, alice, bob)

    closing.send(sender=User, user=bob)

    assert (roles(team), in_group(team)) == ({"alice": "owner"}, {"alice"})


def test_who_is_suspended_stays_in_the_team(alice, bob, staff, team):
    join(team, alice, bob)

    accounts.suspend(by=caller_for(staff), user_id=bob.id)

    assert roles(team) == {"alice": "owner", "bob": "member"}


def test_the_staff_hand_over_a_team_and_delete_it(alice, bob, staff, team):
    join(team, alice, bob)
    accounts.suspend(by=caller_for(staff), user_id=alice.id)

    memberships.hand_over_by_staff(by=caller_for(staff), team_id=team.id, username="BOB")
    assert roles(team) == {"alice": "manager", "bob": "owner"}
    with pytest.raises(BadInput):
        memberships.hand_over_by_staff(by=caller_for(staff), team_id=team.id, username="charlie")
    memberships.delete_by_staff(by=caller_for(staff), team_id=team.id)

    assert not Team.objects.exists()


def test_others_do_nothing_as_the_staff(alice, bob, team):
    for call in (
        lambda: memberships.hand_over_by_staff(by=caller_for(bob), team_id=team.id, username="bob"),
        lambda: memberships.delete_by_staff(by=caller_for(bob), team_id=team.id),
        lambda: invitations.make_link_by_staff(by=caller_for(bob), invitation_id=team.id),
    ):
        with pytest.raises(AccessDenied):
            call()


def test_nobody_in_particular_has_no_teams():
    nobody = Caller.anonymous()

    for call in (lambda: teams.mine(by=nobody), lambda: teams.create(by=nobody, name="x")):
        with pytest.raises(NotAuthenticated):
            call()


@pytest.mark.django_db(transaction=True)
def test_of_parallel_hand_overs_one_wins_and_there_is_one_owner(alice, bob, charlie, team):
    join(team, alice, bob, charlie)
    others = [bob, charlie]

    outcomes = at_once(
        4,
        lambda n: memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=others[n % 2].id, role="owner"),
    )

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {AccessDenied}
    assert sorted(roles(team).values()) == ["manager", "member", "owner"]
    assert Membership.objects.get(role="owner").user_id == Team.objects.get().owner_id


@pytest.mark.django_db(transaction=True)
def test_parallel_teams_stay_within_the_limit(monkeypatch, alice):
    monkeypatch.setattr(gate, "MOST_OWNED", 3)

    outcomes = at_once(6, lambda n: teams.create(by=caller_for(alice), name=f"Team {n}"))

    assert sum(isinstance(outcome, TooManyTeams) for outcome in outcomes) == 3
    assert Team.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_the_last_seat_at_once_one_gets_it(monkeypatch, alice, bob, charlie, team):
    people = [bob, charlie, register("dana"), register("erin")]
    invited = [
        invitations.invite(by=caller_for(alice), team_id=team.id, username=person.username).id for person in people
    ]
    monkeypatch.setattr(gate, "MOST_MEMBERS", 2)

    outcomes = at_once(4, lambda n: invitations.accept(by=caller_for(people[n]), invitation_id=invited[n]))

    assert sum(isinstance(outcome, TeamFull) for outcome in outcomes) == 3
    assert len(roles(team)) == len(in_group(team)) == 2


@pytest.mark.django_db(transaction=True)
def test_leaving_and_being_removed_at_once_is_one_departure(alice, bob, team):
    join(team, alice, bob)
    acts = [
        lambda: memberships.leave(by=caller_for(bob), team_id=team.id),
        lambda: memberships.remove(by=caller_for(alice), team_id=team.id, user_id=bob.id),
    ]

    outcomes = at_once(4, lambda n: acts[n % 2]())

    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if outcome} == {NotFound}
    assert (set(roles(team)), in_group(team)) == ({"alice"}, {"alice"})


def test_a_membership_tells_when_it_began(alice, team):
    before = timezone.now()

    assert memberships.members(by=caller_for(alice), team_id=team.id).items[0].joined_at <= before
