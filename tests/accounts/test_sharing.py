"""Grants: one row for each grantee and permission, with its terms."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import sharing
from accounts.models import User
from assets.models import Asset, AssetUserGrant
from cloudbox.errors import BadInput
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(alice) -> Asset:
    return Asset.objects.get(owner=alice, parent=None)


@pytest.fixture
def team(db) -> Group:
    return Group.objects.create(name="team:1")


def who_has(thing: Asset, permission: str | None = None) -> set[tuple[str, str]]:
    return {(grant.name, grant.permission) for grant in sharing.people_with(thing, permission)}


def test_people_and_teams_are_let_in(root, alice, bob, team):
    new = sharing.grant(root, "viewer", users=[bob.id], groups=[team.id], given_by=alice.id)

    assert new == ({bob.id}, {team.id})
    assert who_has(root) == {("bob", "viewer"), ("team:1", "viewer")}


def test_a_grant_tells_who_gave_it_and_until_when(root, alice, bob):
    until = timezone.now() + timedelta(days=1)
    sharing.grant(root, "editor", users=[bob.id], given_by=alice.id, expires_at=until, grant_option=True)

    (granted,) = sharing.people_with(root)
    assert (granted.user_id, granted.email, granted.full_name) == (bob.id, "bob@example.com", "Bob Example")
    assert (granted.given_by, granted.expires_at, granted.grant_option) == (alice.id, until, True)


def test_granting_again_changes_the_terms_and_makes_nobody_new(root, alice, bob, charlie):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)
    until = timezone.now() + timedelta(days=1)

    new, _ = sharing.grant(root, "viewer", users=[bob.id, charlie.id], given_by=alice.id, expires_at=until)

    assert new == {charlie.id}
    assert AssetUserGrant.objects.filter(expires_at=until).count() == 2


def test_the_same_person_named_twice_gets_one_grant(root, alice, bob):
    new, _ = sharing.grant(root, "viewer", users=[bob.id, bob.id], given_by=alice.id)

    assert new == {bob.id}
    assert AssetUserGrant.objects.count() == 1


def test_two_permissions_stand_beside_each_other(root, alice, bob):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)
    sharing.grant(root, "editor", users=[bob.id], given_by=alice.id)

    assert who_has(root) == {("bob", "viewer"), ("bob", "editor")}
    assert who_has(root, "editor") == {("bob", "editor")}


def test_taking_one_permission_leaves_the_other(root, alice, bob):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)
    sharing.grant(root, "editor", users=[bob.id], given_by=alice.id)

    removed = sharing.revoke(root, "editor", users=[bob.id])

    assert removed == ({bob.id}, set())
    assert who_has(root) == {("bob", "viewer")}


def test_taking_everything_takes_every_permission(root, alice, bob, team):
    for permission in ("viewer", "editor"):
        sharing.grant(root, permission, users=[bob.id], groups=[team.id], given_by=alice.id)

    sharing.revoke(root, users=[bob.id], groups=[team.id])

    assert who_has(root) == set()


def test_taking_what_somebody_never_had_changes_nothing(root, alice, bob, charlie):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)

    assert sharing.revoke(root, "viewer", users=[charlie.id]) == (set(), set())
    assert who_has(root) == {("bob", "viewer")}


def test_a_grant_that_has_expired_counts_no_longer_and_can_be_given_anew(root, alice, bob):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)
    AssetUserGrant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert who_has(root) == set()

    new, _ = sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)

    assert new == {bob.id}
    assert who_has(root) == {("bob", "viewer")}


def test_a_grant_cannot_end_before_it_begins(root, alice, bob):
    with pytest.raises(BadInput) as refused:
        sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id, expires_at=timezone.now())

    assert refused.value.field == "expires_at"


def test_a_permission_that_the_kind_does_not_have_is_refused_by_name(root, alice, bob):
    for call in (
        lambda: sharing.grant(root, "owner", users=[bob.id], given_by=alice.id),
        lambda: sharing.revoke(root, "owner", users=[bob.id]),
    ):
        with pytest.raises(BadInput) as refused:
            call()
        assert (refused.value.field, refused.value.message) == ("permission", "Must be viewer or editor.")


def test_a_grant_goes_with_its_grantee(root, alice, bob):
    sharing.grant(root, "viewer", users=[bob.id], given_by=alice.id)
    Asset.objects.filter(owner=bob).delete()

    User.objects.get(id=bob.id).delete()

    assert who_has(root) == set()


def test_listing_people_takes_two_queries_however_many_they_are(root, bob, charlie, team, django_assert_num_queries):
    sharing.grant(root, "viewer", users=[bob.id, charlie.id], groups=[team.id], given_by=root.owner_id)

    with django_assert_num_queries(2):
        assert len(sharing.people_with(root)) == 3


@pytest.mark.django_db(transaction=True)
def test_grants_given_at_once_in_any_order_are_one_row_each(root, alice, bob, charlie):
    people = [bob.id, charlie.id]

    outcomes = at_once(
        8, lambda n: sharing.grant(root, "viewer", users=people[:: 1 if n % 2 else -1], given_by=alice.id)
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert AssetUserGrant.objects.count() == 2
