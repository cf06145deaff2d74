"""Who has an asset, in one look, and changing what they may do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import teams
from assets.services import people, sharing
from cloudbox.errors import AccessDenied, BadInput, NotFound
from tests.people import caller_for, client_for

pytestmark = pytest.mark.django_db


def share(hand, asset, role="viewer", *names, **more):
    people.add_people(by=hand.caller, asset_id=asset.id, role=role, names=names, **more)


def seen(hand, asset):
    found = sharing.sharing_of(by=hand.caller, asset_id=asset.id)
    return [(each.name, each.role) for each in found.direct], [
        (each.name, each.role, each.folder.name) for each in found.above if each.folder
    ]


@pytest.fixture
def nested(me):
    """A folder in a folder that others have."""
    outer = me.folder("outer")
    return outer, me.folder("inner", outer)


def test_who_shares_sees_everybody_and_from_where_they_have_it(me, nested, bob, charlie):
    outer, inner = nested
    share(me, outer, "viewer", "bob")
    share(me, inner, "editor", "charlie")

    assert seen(me, inner) == ([("charlie", "editor")], [("bob", "viewer", "outer")])


def test_what_lies_above_a_folder_that_does_not_inherit_counts_no_more(me, nested, bob):
    outer, inner = nested
    share(me, outer, "viewer", "bob")
    people.set_inherits(by=me.caller, asset_id=inner.id, inherits=False)

    assert seen(me, inner) == ([], [])


def test_a_viewer_sees_themselves_only_and_a_stranger_nothing(me, colleague, stranger, nested, bob):
    _, inner = nested
    share(me, inner, "viewer", "bob")
    share(me, inner, "viewer", "alice", "bob")

    assert seen(colleague, inner) == ([("bob", "viewer")], [])
    with pytest.raises(NotFound):
        sharing.sharing_of(by=stranger.caller, asset_id=inner.id)


def test_an_editor_of_a_folder_is_not_told_who_has_what_lies_above(me, colleague, nested, bob, charlie):
    outer, inner = nested
    share(me, outer, "viewer", "charlie")
    share(me, inner, "editor", "bob")

    assert seen(colleague, inner) == ([("bob", "editor")], [])


def test_a_role_is_changed_up_and_down_and_lasts_as_long_as_before(me, nested, bob):
    _, inner = nested
    end = timezone.now() + timedelta(days=3)
    share(me, inner, "viewer", "bob", expires_at=end)

    for role in ("editor", "viewer"):
        sharing.set_role(by=me.caller, asset_id=inner.id, role=role, name="bob")
        [access] = sharing.sharing_of(by=me.caller, asset_id=inner.id).direct
        assert (access.role, access.expires_at) == (role, end)


def test_a_role_is_changed_only_of_who_has_one_and_by_who_may_share(me, colleague, nested, bob, charlie):
    _, inner = nested
    share(me, inner, "viewer", "bob")

    with pytest.raises(BadInput):
        sharing.set_role(by=me.caller, asset_id=inner.id, role="editor", name="charlie")
    with pytest.raises(AccessDenied):
        sharing.set_role(by=colleague.caller, asset_id=inner.id, role="editor", name="bob")


def test_whoever_has_a_role_gives_it_up(me, colleague, nested, bob):
    _, inner = nested
    share(me, inner, "editor", "bob")

    people.remove_people(by=colleague.caller, asset_id=inner.id, role=None, names=["bob"])

    with pytest.raises(NotFound):
        sharing.sharing_of(by=colleague.caller, asset_id=inner.id)


def test_a_team_stands_among_those_who_have_it_with_its_size(me, alice, nested):
    _, inner = nested
    team = teams.create(by=me.caller, name="Band")
    by = caller_for(alice)
    people.add_people(by=by, asset_id=inner.id, role="viewer", team_ids=[team.id])

    [access] = sharing.sharing_of(by=by, asset_id=inner.id).direct

    assert (access.kind, access.name, access.members, access.is_me) == ("team", "Band", 1, True)
    sharing.set_role(by=by, asset_id=inner.id, role="editor", team_id=team.id)
    assert seen(me, inner)[0] == [("Band", "editor")]
    people.remove_people(by=by, asset_id=inner.id, role=None, team_ids=[team.id])
    assert seen(me, inner) == ([], [])


def test_only_those_with_whom_one_shares_already_are_offered(me, nested, bob, charlie):
    assert sharing.known_to(by=me.caller).people == []

    share(me, nested[0], "viewer", "bob")

    assert sharing.known_to(by=me.caller).people == ["bob"]


def test_who_shares_by_the_api_says_until_when(me, alice, nested, bob):
    address = f"/api/v1/store/assets/{nested[0].id}/viewers/"
    end = timezone.now() + timedelta(days=3)
    door = client_for(alice)

    for expires_at, status in (("2001-01-01T00:00:00Z", 400), (end.isoformat(), 201)):
        wish = {"users": ["bob"], "expires_at": expires_at}
        assert door.post(address, wish, content_type="application/json").status_code == status

    [access] = sharing.sharing_of(by=me.caller, asset_id=nested[0].id).direct
    assert access.expires_at == end
