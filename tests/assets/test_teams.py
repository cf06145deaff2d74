"""Sharing with teams: who is let in through one, who hears of it, and how it ends."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts import services as accounts
from accounts.models import User
from accounts.services import invitations, memberships, teams
from activity.models import AuditEntry, Mail
from assets import tasks
from assets.models import AssetGroupGrant
from assets.services import people, trash, tree
from assets.services.people import MOST_PEOPLE
from cloudbox.errors import AccessDenied, BadInput, NotFound
from jobs.models import Job
from tests.assets.conftest import Hand
from tests.people import caller_for, client_for, key_of, register, with_key
from tests.threads import at_once

STORE = "/api/v1/store"
JSON = "application/json"


@pytest.fixture
def photos(store, me):
    return me.folder("Photos")


@pytest.fixture
def team(alice, bob):
    """Alice owns it, bob is in it."""
    made = teams.create(by=caller_for(alice), name="Otters")
    join(made, alice, bob)
    return made


def join(team, owner: User, *people: User) -> None:
    for person in people:
        invited = invitations.invite(by=caller_for(owner), team_id=team.id, username=person.username)
        invitations.accept(by=caller_for(person), invitation_id=invited.id)
    Mail.objects.all().delete()


def share(user: User, view, role: str, *teams, **more):
    ids = [team.id for team in teams]
    return people.add_people(by=caller_for(user), asset_id=view.id, role=role, team_ids=ids, **more)


def role_of(user: User, view) -> str | None:
    """Return the role that somebody has if they ask now."""
    try:
        return tree.get(by=caller_for(user), asset_id=view.id).role
    except NotFound:
        return None


def told() -> list[str]:
    return sorted(Mail.objects.filter(kind="shared_with_you").values_list("to", flat=True))


def test_a_team_is_let_in_and_listed(alice, bob, charlie, me, photos, team):
    file = me.file("a", photos)

    shared = share(alice, photos, "editor", team)

    (listed,) = shared.teams
    assert (listed.id, listed.name, listed.members, listed.role) == (team.id, "Otters", 2, "editor")
    assert (role_of(bob, photos), role_of(bob, file), role_of(charlie, photos)) == ("editor", "editor", None)
    assert people.people_of(by=me.caller, asset_id=photos.id, role="viewer").teams == []


def test_people_and_teams_are_added_in_one_call(alice, bob, charlie, photos, team):
    shared = share(alice, photos, "viewer", team, names=["charlie", "nobody@example.com"])

    assert [person.username for person in shared.people] == ["charlie"]
    assert ([found.name for found in shared.teams], shared.unknown) == (["Otters"], ["nobody@example.com"])
    assert (role_of(bob, photos), role_of(charlie, photos)) == ("viewer", "viewer")


def test_removing_a_member_ends_their_access_with_the_next_request(alice, bob, photos, team):
    share(alice, photos, "viewer", team)
    door = client_for(bob)
    assert door.get(f"{STORE}/folders/{photos.id}").status_code == 200

    memberships.remove(by=caller_for(alice), team_id=team.id, user_id=bob.id)

    assert door.get(f"{STORE}/folders/{photos.id}").status_code == 404


def test_whoever_joins_later_has_what_the_team_has(alice, charlie, photos, team):
    share(alice, photos, "viewer", team)
    door = client_for(charlie)
    assert door.get(f"{STORE}/folders/{photos.id}").status_code == 404

    join(team, alice, charlie)

    assert door.get(f"{STORE}/folders/{photos.id}").status_code == 200


def test_deleting_a_team_ends_access_at_once(alice, bob, photos, team):
    share(alice, photos, "viewer", team)

    teams.delete(by=caller_for(alice), team_id=team.id)

    assert role_of(bob, photos) is None
    assert not AssetGroupGrant.objects.exists()


def test_taking_the_role_from_a_team_ends_access_at_once(alice, bob, photos, team):
    share(alice, photos, "viewer", team)

    people.remove_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[team.id])

    assert role_of(bob, photos) is None


def test_one_shares_only_with_teams_one_is_in(alice, charlie, photos, team):
    theirs = teams.create(by=caller_for(charlie), name="Voles")

    refusals = []
    for other in (theirs.id, uuid4()):
        with pytest.raises(BadInput) as refused:
            people.add_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[team.id, other])
        refusals.append((refused.value.field, refused.value.message.replace(str(other), "…")))

    assert refusals == [("teams", "You are in no team ….")] * 2
    assert not AssetGroupGrant.objects.exists()


def test_the_owner_takes_the_role_from_a_team_that_an_editor_let_in(alice, bob, charlie, photos, team):
    theirs = teams.create(by=caller_for(bob), name="Voles")
    join(theirs, bob, charlie)
    share(alice, photos, "editor", team)
    share(bob, photos, "viewer", theirs)
    assert role_of(charlie, photos) == "viewer"

    people.remove_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[theirs.id])

    assert role_of(charlie, photos) is None


def test_a_viewer_neither_shares_nor_takes_the_role_from_their_team(alice, bob, photos, team):
    share(alice, photos, "viewer", team)

    with pytest.raises(AccessDenied):
        share(bob, photos, "viewer", team)
    with pytest.raises(AccessDenied):
        people.remove_people(by=caller_for(bob), asset_id=photos.id, role="viewer", team_ids=[team.id])
    assert role_of(bob, photos) == "viewer"


def test_a_viewer_sees_their_own_teams_only(alice, bob, charlie, photos, team):
    other = teams.create(by=caller_for(alice), name="Voles")
    join(other, alice, charlie)
    share(alice, photos, "viewer", team, other)

    seen = people.people_of(by=caller_for(bob), asset_id=photos.id, role="viewer")

    assert ([found.name for found in seen.teams], seen.people) == (["Otters"], [])


def test_what_a_member_uploads_counts_on_the_owner(alice, bob, me, photos, team):
    share(alice, photos, "editor", team)

    Hand(caller_for(bob)).file("a", photos, b"12345")

    assert (me.space(), Hand(caller_for(bob)).space()) == ((5, 0), (0, 0))


def test_letting_a_team_in_and_out_is_recorded(alice, photos, team):
    share(alice, photos, "viewer", team)
    share(alice, photos, "viewer", team)
    people.remove_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[team.id])

    entries = AuditEntry.objects.filter(target_id=str(photos.id), facts__team_id=str(team.id)).order_by("id")
    assert [entry.verb for entry in entries] == ["folder_shared", "folder_unshared"]


def test_a_suspended_member_is_let_in_nowhere_and_stays_in_the_team(alice, bob, staff, photos, team):
    share(alice, photos, "viewer", team)
    door = client_for(bob)

    accounts.suspend(by=caller_for(staff), user_id=bob.id)

    assert door.get(f"{STORE}/folders/{photos.id}").status_code == 401
    accounts.resume(by=caller_for(staff), user_id=bob.id)
    bob.refresh_from_db()
    assert client_for(bob).get(f"{STORE}/folders/{photos.id}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "users"),
        ({"team_ids": [uuid4() for _ in range(MOST_PEOPLE + 1)]}, "teams"),
        ({"names": ["bob"] * (MOST_PEOPLE + 1)}, "users"),
    ],
)
def test_somebody_is_named_and_not_too_many(me, photos, asked, field):
    for change in (people.add_people, people.remove_people):
        with pytest.raises(BadInput) as refused:
            change(by=me.caller, asset_id=photos.id, role="viewer", **asked)
        assert refused.value.field == field


def work() -> list[str]:
    """Do the jobs that sharing has left; return how they ended."""
    for job in Job.objects.all():
        tasks.tell_teams(str(job.id))
    return list(Job.objects.values_list("state", flat=True))


def test_each_member_gets_one_mail_however_many_of_the_teams_they_are_in(alice, bob, charlie, photos, team):
    other = teams.create(by=caller_for(alice), name="Voles")
    join(other, alice, bob, charlie)

    share(alice, photos, "viewer", team, other, notify=True)

    assert work() == ["done"]
    assert told() == ["bob@example.com", "charlie@example.com"]
    assert Job.objects.get().result == {"mails": 2}


def test_a_worker_that_died_in_between_tells_nobody_twice(alice, bob, charlie, photos, team):
    join(team, alice, charlie)
    share(alice, photos, "viewer", team, notify=True)
    job = Job.objects.get()
    what = {**job.arguments, "asset_id": photos.id, "team_ids": [team.id]}
    next(people.tell_teams(share_id=job.id, **what))
    assert len(told()) == 1

    work()

    assert told() == ["bob@example.com", "charlie@example.com"]


def test_who_is_named_beside_their_team_gets_one_mail(alice, bob, photos, team):
    share(alice, photos, "viewer", team, names=["bob"], notify=True)
    work()

    assert told() == ["bob@example.com"]


def test_nobody_is_told_of_what_is_gone(me, alice, photos, team):
    share(alice, photos, "viewer", team, notify=True)
    trash.trash(by=me.caller, asset_id=photos.id)

    assert (work(), told()) == (["done"], [])


def test_only_a_team_that_is_new_to_it_is_told_and_only_when_asked(alice, photos, team):
    share(alice, photos, "viewer", team)
    share(alice, photos, "viewer", team, notify=True)
    assert Job.objects.count() == 0

    people.remove_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[team.id])
    share(alice, photos, "viewer", team, notify=True)

    assert (work(), told()) == (["done"], ["bob@example.com"])


def test_a_list_takes_as_many_queries_however_many_teams_it_has(alice, photos, team, django_assert_num_queries):
    share(alice, photos, "viewer", team, *[teams.create(by=caller_for(alice), name=f"Team {n}") for n in range(5)])
    me = caller_for(alice)

    with django_assert_num_queries(4):
        assert len(people.people_of(by=me, asset_id=photos.id, role="viewer").teams) == 6


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_the_doors_take_teams_beside_people(alice, bob, photos, team, role):
    door, address = client_for(alice), f"{STORE}/assets/{photos.id}/{role}s/"
    added = door.post(address, {"teams": [str(team.id)], "users": ["bob"]}, JSON)

    assert added.status_code == 201
    shown = {"id": str(team.id), "name": "Otters", "members": 2, "role": role}
    assert (added.json()["teams"], [person["username"] for person in added.json()[f"{role}s"]]) == ([shown], ["bob"])
    assert door.get(address).json()["teams"] == [shown]
    assert door.delete(address, {"teams": [str(team.id)]}, JSON).status_code == 204
    assert door.get(address).json()["teams"] == []


@pytest.mark.parametrize("teams_asked", [["x"], "x", [7], [None]])
def test_what_is_no_team_is_refused_by_the_field(alice, photos, teams_asked):
    answer = client_for(alice).post(f"{STORE}/assets/{photos.id}/viewers/", {"teams": teams_asked}, JSON)

    assert answer.status_code == 400
    assert "teams" in str(answer.json())


def test_a_key_with_the_scope_to_share_does_so_with_the_teams_of_its_user(alice, bob, photos, team):
    for scopes in (["read"], ["read", "share"]):
        by = with_key(alice, *scopes)
        if "share" in scopes:
            people.add_people(by=by, asset_id=photos.id, role="viewer", team_ids=[team.id])
        else:
            with pytest.raises(AccessDenied):
                people.add_people(by=by, asset_id=photos.id, role="viewer", team_ids=[team.id])

    assert role_of(bob, photos) == "viewer"


def test_a_key_sees_what_is_shared_with_a_team_of_its_user_until_they_leave(alice, bob, photos, team):
    share(alice, photos, "viewer", team)
    key = Client(headers={"Authorization": f"Bearer {key_of(bob, 'read').token}"})
    assert key.get(f"{STORE}/folders/{photos.id}").status_code == 200

    memberships.leave(by=caller_for(bob), team_id=team.id)

    assert key.get(f"{STORE}/folders/{photos.id}").status_code == 404


def test_a_browser_sees_what_is_shared_with_a_team_until_its_user_is_removed(alice, bob, photos, team):
    share(alice, photos, "viewer", team)
    browser = Client()
    browser.force_login(bob)
    assert browser.get(f"{STORE}/folders/{photos.id}").status_code == 200

    memberships.remove(by=caller_for(alice), team_id=team.id, user_id=bob.id)

    assert browser.get(f"{STORE}/folders/{photos.id}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_sharing_with_a_team_that_is_just_deleted_leaves_no_grant(alice, photos, team):
    acts = [
        lambda: share(alice, photos, "viewer", team),
        lambda: teams.delete(by=caller_for(alice), team_id=team.id),
    ]

    outcomes = at_once(6, lambda n: acts[1]() if n == 3 else acts[0]())

    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {BadInput}
    assert not AssetGroupGrant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sharing_by_many_at_once_is_one_grant(alice, bob, photos, team):
    outcomes = at_once(6, lambda _: share(alice, photos, "viewer", team))

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert AssetGroupGrant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_shares_with_a_team_that_they_have_just_left(alice, bob, photos, team):
    register("dana")
    mine = Hand(caller_for(bob)).folder("Mine")
    acts = [
        lambda: share(bob, mine, "viewer", team),
        lambda: memberships.remove(by=caller_for(alice), team_id=team.id, user_id=bob.id),
    ]

    outcomes = at_once(4, lambda n: acts[1]() if n == 1 else acts[0]())

    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {BadInput}
    with pytest.raises(BadInput):
        share(bob, mine, "viewer", team)
