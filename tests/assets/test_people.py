"""Sharing: who is let in, by whom, and how it ends."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import limiter
from accounts.callers import SYSTEM
from accounts.models import User
from accounts.services import set_base_quota, suspend
from accounts.sharing import grant
from activity.models import AuditEntry, Mail
from assets.models import Asset, AssetUserGrant
from assets.services import content, people, trash, tree
from assets.services.content import Body
from cloudbox.errors import AccessDenied, BadInput, NotFound, QuotaExceeded
from cloudbox.mailing import read
from tests.assets.conftest import Hand
from tests.people import caller_for


def share(hand: Hand, view, role: str, *names: str, **more):
    return people.add_people(by=hand.caller, asset_id=view.id, role=role, names=list(names), **more)


def role_of(hand: Hand, view) -> str | None:
    try:
        return tree.get(by=hand.caller, asset_id=view.id).role
    except NotFound:
        return None


@pytest.fixture
def photos(store, me):
    return me.folder("Photos")


def test_people_are_found_by_name_or_address_in_any_case(me, photos, bob, charlie):
    found = share(me, photos, "viewer", "BOB", "Charlie@Example.COM", "nobody@example.com")

    assert sorted(person.username for person in found.people) == ["bob", "charlie"]
    assert found.unknown == ["nobody@example.com"]


@pytest.fixture
def with_mail(settings):
    """A server that sends mail to people."""
    settings.CLOUDBOX_MAILING = read("smtp://mail.example", Path("/nowhere"))


@pytest.mark.usefixtures("with_mail")
def test_an_address_that_nobody_confirmed_is_shared_nothing_where_mail_is_sent(me, colleague, photos):
    found = share(me, photos, "viewer", "Bob@example.com")

    assert (found.people, found.unknown, found.unconfirmed) == ([], ["Bob@example.com"], ["Bob@example.com"])
    assert role_of(colleague, photos) is None


@pytest.mark.usefixtures("with_mail")
def test_a_confirmed_address_is_shared_with_where_mail_is_sent(me, colleague, photos, bob):
    User.objects.filter(id=bob.id).update(email_verified_at=timezone.now())

    found = share(me, photos, "viewer", "Bob@example.com")

    assert (found.unknown, found.unconfirmed, role_of(colleague, photos)) == ([], [], "viewer")


@pytest.mark.usefixtures("with_mail")
def test_a_username_names_somebody_whatever_their_address(me, colleague, photos):
    found = share(me, photos, "viewer", "bob", "bob@example.com")

    assert (found.unknown, role_of(colleague, photos)) == (["bob@example.com"], "viewer")


@pytest.mark.usefixtures("with_mail")
def test_who_was_let_in_before_is_let_out_by_an_unconfirmed_address(me, colleague, photos):
    share(me, photos, "viewer", "bob")

    people.remove_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob@example.com"])

    assert role_of(colleague, photos) is None


def test_a_server_without_mail_shares_with_an_unconfirmed_address_and_says_so(me, colleague, photos):
    found = share(me, photos, "viewer", "bob@example.com")

    assert (found.unknown, found.unconfirmed, role_of(colleague, photos)) == ([], ["bob@example.com"], "viewer")


def test_a_role_reaches_all_below(me, colleague, photos):
    file = me.file("a", me.folder("Below", photos))
    share(me, photos, "editor", "bob")

    assert role_of(colleague, file) == "editor"


def test_a_role_does_not_reach_above(me, colleague, photos):
    file = me.file("a", photos)
    share(me, file, "viewer", "bob")

    assert (role_of(colleague, photos), tree.get(by=colleague.caller, asset_id=file.id).parent) == (None, None)


def test_the_highest_of_several_roles_wins(me, colleague, photos):
    below = me.folder("Below", photos)
    share(me, photos, "editor", "bob")
    share(me, below, "viewer", "bob")

    assert role_of(colleague, below) == "editor"
    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    assert role_of(colleague, below) == "viewer"


def test_removal_ends_access_at_once(me, colleague, photos):
    share(me, photos, "viewer", "bob")
    people.remove_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob@example.com"])

    assert role_of(colleague, photos) is None


def test_whoever_has_a_role_may_give_it_up(me, colleague, photos):
    share(me, photos, "viewer", "bob")

    people.remove_people(by=colleague.caller, asset_id=photos.id, role="viewer", names=["bob"])

    assert role_of(colleague, photos) is None


def test_a_viewer_removes_nobody_else(me, colleague, photos, charlie):
    share(me, photos, "viewer", "bob", "charlie")

    with pytest.raises(AccessDenied):
        people.remove_people(by=colleague.caller, asset_id=photos.id, role="viewer", names=["bob", "charlie"])


def test_an_expired_grant_is_none(me, colleague, photos, bob):
    share(me, photos, "viewer", "bob")
    AssetUserGrant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert role_of(colleague, photos) is None


def test_a_team_has_the_role_of_its_group(me, photos, bob):
    team = Group.objects.create(name="team:x")
    bob.groups.add(team)
    grant(Asset.objects.get(pk=photos.id), "editor", groups=[team.id], given_by=None)
    below = me.folder("Below", photos)

    member = Hand(caller_for(bob))

    assert (role_of(member, below), member.names(photos)) == ("editor", ["Below"])


def test_an_editor_shares_on(me, colleague, stranger, photos, charlie):
    share(me, photos, "editor", "bob")
    share(colleague, photos, "viewer", "charlie")

    assert role_of(stranger, photos) == "viewer"


def test_whom_anyone_access_lets_edit_does_not_share(me, stranger, photos, bob):
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="editor")
    stranger.folder("mine too", photos)

    with pytest.raises(AccessDenied):
        share(stranger, photos, "viewer", "bob")
    with pytest.raises(AccessDenied):
        people.set_any_one_access(by=stranger.caller, asset_id=photos.id, access="restricted")


def test_the_anonymous_only_read_what_anyone_may_edit(me, nobody, photos):
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="editor")

    view = tree.get(by=nobody.caller, asset_id=photos.id)

    assert (view.role, view.abilities) == ("viewer", ("read",))


def test_a_folder_that_does_not_inherit_cuts_off_what_is_above(me, colleague, nobody, photos):
    private = me.folder("Private", photos)
    file = me.file("a", private)
    share(me, photos, "editor", "bob")
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="viewer")
    Asset.objects.filter(pk=private.id).update(inherits=False)

    assert (role_of(colleague, private), role_of(colleague, file), role_of(me, file)) == (None, None, "owner")
    assert (colleague.names(photos), nobody.names(photos), me.names(photos)) == ([], [], ["Private"])
    share(me, private, "viewer", "bob")
    assert (role_of(colleague, file), colleague.names(photos)) == ("viewer", ["Private"])


def test_a_list_shows_what_each_child_gives(me, colleague, photos):
    share(me, photos, "viewer", "bob")
    share(me, me.folder("Ours", photos), "editor", "bob")
    people.set_any_one_access(by=me.caller, asset_id=me.folder("Open", photos).id, access="editor")
    me.folder("Mine", photos)

    page = tree.content_of(by=colleague.caller, folder_id=photos.id)

    assert {view.name: view.role for view in page.items} == {"Ours": "editor", "Open": "editor", "Mine": "viewer"}
    assert {view.name: "share" in view.abilities for view in page.items} == {"Ours": True, "Open": False, "Mine": False}


def test_a_root_is_not_shared(me, bob):
    root = tree.get(by=me.caller, asset_id=None)

    with pytest.raises(AccessDenied):
        share(me, root, "viewer", "bob")
    with pytest.raises(AccessDenied):
        people.set_any_one_access(by=me.caller, asset_id=root.id, access="viewer")


def test_the_owner_is_nobodys_guest(me, photos):
    assert share(me, photos, "viewer", "alice").people == []


def test_only_those_who_are_new_to_it_get_a_mail(me, photos, bob, charlie):
    share(me, photos, "viewer", "bob", notify=True)
    share(me, photos, "viewer", "bob", "charlie", notify=True)

    assert sorted(Mail.objects.filter(kind="shared_with_you").values_list("to", flat=True)) == [
        "bob@example.com",
        "charlie@example.com",
    ]


def test_nobodys_mailbox_is_filled_by_sharing_and_unsharing(me, photos, bob, monkeypatch):
    monkeypatch.setattr(limiter, "LETTERS_OF_ONE", limiter.Limit(free=2, cap=60))
    for _ in range(3):
        people.remove_people(by=me.caller, asset_id=photos.id, role=None, names=["bob"])
        share(me, photos, "viewer", "bob", notify=True)

    assert Mail.objects.filter(kind="shared_with_you").count() == 2
    assert [person.username for person in people.people_of(by=me.caller, asset_id=photos.id, role="viewer").people] == [
        "bob"
    ]


def test_the_mail_leads_here(me, photos, bob, settings):
    settings.CLOUDBOX_URL = "https://box.example.com"

    share(me, photos, "viewer", "bob", notify=True)

    mail = Mail.objects.get(kind="shared_with_you")
    assert f'href="https://box.example.com/files/{photos.id}"' in mail.html
    assert f"https://box.example.com/files/{photos.id}" in mail.text


def test_nobody_gets_a_mail_unasked(me, photos, bob):
    share(me, photos, "viewer", "bob")

    assert not Mail.objects.exists()


@pytest.mark.parametrize("names", [[], [f"user{number}" for number in range(101)]])
def test_one_to_a_hundred_people_are_named_at_a_time(me, photos, names):
    with pytest.raises(BadInput) as refusal:
        share(me, photos, "viewer", *names)

    assert refusal.value.facts["field"] == "users"


def test_moving_out_of_a_shared_folder_drops_its_roles(me, colleague, photos):
    file = me.file("a", photos)
    share(me, photos, "viewer", "bob")

    tree.move(by=me.caller, asset_id=file.id, folder_id=me.folder("Private").id)

    assert role_of(colleague, file) is None


def test_an_editor_does_not_take_a_file_into_their_own_tree(me, colleague, photos):
    file = me.file("a", photos)
    share(me, photos, "editor", "bob")

    with pytest.raises(AccessDenied):
        tree.move(by=colleague.caller, asset_id=file.id, folder_id=colleague.folder("Mine").id)


def test_giving_a_folder_away_recharges_it(me, colleague, photos, bob):
    file = me.file("a", photos, data=b"12345")
    ours = colleague.folder("Ours")
    people.add_people(by=colleague.caller, asset_id=ours.id, role="editor", names=["alice"])

    tree.move(by=me.caller, asset_id=photos.id, folder_id=ours.id)

    assert (me.space(), colleague.space()) == ((0, 0), (5, 0))
    assert tree.get(by=colleague.caller, asset_id=file.id).owner.id == bob.id


def test_nothing_is_given_to_whom_has_no_room(me, colleague, photos, bob):
    me.file("a", photos, data=b"12345")
    ours = colleague.folder("Ours")
    people.add_people(by=colleague.caller, asset_id=ours.id, role="editor", names=["alice"])
    set_base_quota(by=SYSTEM, user_id=bob.id, size=4)

    with pytest.raises(QuotaExceeded, match="5 bytes needed, 4 free"):
        tree.move(by=me.caller, asset_id=photos.id, folder_id=ours.id)

    assert (me.space(), colleague.space(), me.names()) == ((5, 0), (0, 0), ["Photos"])


def test_sharing_trashing_purging_and_opening_are_recorded(me, photos, bob):
    share(me, photos, "viewer", "bob")
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="viewer")
    people.remove_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    trash.trash(by=me.caller, asset_id=photos.id)
    trash.purge(by=me.caller, asset_id=photos.id)

    entries = AuditEntry.objects.filter(target_id=str(photos.id)).order_by("id")

    assert [entry.verb for entry in entries] == [
        "folder_shared",
        "any_one_access_set",
        "folder_unshared",
        "folder_trashed",
        "folder_purged",
    ]
    assert {(entry.actor_label, entry.address, entry.owner_id) for entry in entries} == {
        ("alice", "198.51.100.7", me.caller.user_id)
    }


def test_uploads_into_a_shared_folder_stay_with_its_owner_when_the_role_ends(me, colleague, photos):
    share(me, photos, "editor", "bob")
    file = colleague.file("a", photos)
    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    assert me.read(file) == b"data"
    with pytest.raises(NotFound):
        content.replace_content(by=colleague.caller, file_id=file.id, body=Body([b"x"]))


def test_what_a_suspended_owner_shares_stays_readable(me, colleague, staff, photos):
    share(me, photos, "viewer", "bob")
    suspend(by=caller_for(staff), user_id=me.caller.user_id)

    assert role_of(colleague, photos) == "viewer"
