"""Those who come by a link: they act as its maker does now, cut down to the link."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.signing import TimestampSigner
from django.utils import timezone

from accounts.models import User
from accounts.services import invitations, memberships, suspend, teams
from activity.models import AuditEntry
from assets.filters import Filters
from assets.models import Asset, Link
from assets.refusals import LinkExpired, LinkLocked, WrongLinkPassword
from assets.services import content, finding, labels, links, parts, people, transfers, trash, tree, versions, visiting
from assets.services.content import Body
from assets.words import Kind, Role
from cloudbox.errors import AccessDenied, NotFound, Refusal, TooManyRequests
from tests.assets.by_link import SOMEWHERE, by, child, opened, token_to, unreachable
from tests.assets.conftest import Hand
from tests.people import caller_for

pytestmark = pytest.mark.django_db
PASSWORD = "four wet otters"
NEVER = (NotFound, AccessDenied)


@pytest.fixture
def photos(store, me):
    """A folder with a file and a folder, beside which there is more."""
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    me.file("deep", me.folder("below", folder))
    me.file("outside.txt")
    return folder


# What a link gives


def test_a_link_to_view_shows_what_lies_in_its_folder_and_changes_nothing(me, photos):
    hand, file = by(token_to(me, photos)), child(photos, "a.jpg")

    assert hand.names(photos) == ["below", "a.jpg"]
    assert hand.read(file) == b"bytes of a"
    assert {view.abilities for view in tree.content_of(by=hand.caller, folder_id=photos.id).items} == {("read",)}
    for act in (
        lambda: hand.file("new", photos),
        lambda: hand.folder("new", photos),
        lambda: tree.rename(by=hand.caller, asset_id=file.id, name="b"),
        lambda: trash.trash(by=hand.caller, asset_id=file.id),
        lambda: content.replace_content(by=hand.caller, file_id=file.id, body=Body([b"x"])),
        lambda: parts.begin(by=hand.caller, folder_id=photos.id, name="x"),
    ):
        with pytest.raises(AccessDenied):
            act()


def test_a_link_to_edit_changes_what_lies_in_its_folder(me, photos):
    hand = by(token_to(me, photos, "editor"))
    below = child(photos, "below")

    new = hand.file("new", photos, b"one")
    assert (new.role, new.abilities) == ("editor", ("add", "change", "delete", "read"))
    assert hand.file("new", photos, b"two").version == 2
    made = hand.folder("made", photos)
    tree.rename(by=hand.caller, asset_id=new.id, name="renamed")
    tree.move(by=hand.caller, asset_id=new.id, folder_id=made.id)
    trash.trash(by=hand.caller, asset_id=below.id)

    assert me.names(photos) == ["made", "a.jpg"]
    assert me.names(made) == ["renamed"]
    assert [view.name for view in trash.trash_page(by=me.caller).items] == ["below"]


def test_nobody_is_named_as_the_author_of_what_came_through_a_link(me, photos):
    hand = by(token_to(me, photos, "editor", label="for Ben"))
    file = hand.file("new", photos)
    trash.trash(by=hand.caller, asset_id=hand.folder("made", photos).id)

    assert Asset.objects.get(id=file.id).created_by_id is None
    assert versions.versions_of(by=me.caller, file_id=file.id).items[0].created_by is None
    assert Asset.objects.get(name="made").trashed_by_id is None
    rows = AuditEntry.objects.filter(verb__in=["file_uploaded", "folder_trashed"])
    assert {(row.actor_id, row.actor_label, row.address) for row in rows} == {(None, "link for Ben", "203.0.113.9")}


def test_what_comes_through_a_link_counts_on_the_owners_quota(me, colleague, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    before = me.space()[0]

    by(token_to(colleague, photos, "editor")).file("new", photos, b"x" * 1000)

    assert (me.space(), colleague.space()) == ((before + 1000, 0), (0, 0))


@pytest.mark.parametrize("role", ["viewer", "editor", "add"])
def test_a_link_reaches_nothing_above_or_beside_its_folder(me, colleague, photos, role):
    hand = by(token_to(me, photos, role))
    open_to_all = me.folder("open", any_one_access="editor")
    theirs = colleague.folder("theirs")
    people.add_people(by=colleague.caller, asset_id=theirs.id, role="editor", names=["alice"])

    for asset_id in (photos.parent, child(tree.get(by=me.caller, asset_id=None), "outside.txt").id, open_to_all.id):
        assert unreachable(hand, asset_id)
    for asset_id in (theirs.id, uuid4(), None):
        assert unreachable(hand, asset_id)


def test_nothing_is_moved_out_of_the_folder_of_a_link_or_into_it(me, photos):
    hand = by(token_to(me, photos, "editor"))
    outside = Asset.objects.get(name="outside.txt")
    elsewhere = me.folder("elsewhere")

    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=child(photos, "a.jpg").id, folder_id=elsewhere.id)
    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=outside.id, folder_id=photos.id)
    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=photos.id, folder_id=elsewhere.id)


def test_nobody_takes_away_through_a_link_what_it_is_for(me, photos):
    file = me.file("b")

    for asset in (photos, file):
        with pytest.raises(AccessDenied):
            trash.trash(by=by(token_to(me, asset, "editor")).caller, asset_id=asset.id)
    hand = by(token_to(me, file, "editor"))
    assert content.replace_content(by=hand.caller, file_id=file.id, body=Body([b"new"])).version == 2


def test_a_link_to_a_file_opens_that_file(me, photos):
    file = child(photos, "a.jpg")
    hand = by(token_to(me, file))

    assert hand.read(file) == b"bytes of a"
    assert tree.get(by=hand.caller, asset_id=file.id).parent is None
    assert unreachable(hand, photos.id)


def test_a_folder_that_does_not_inherit_is_out_of_the_reach_of_a_link_above_it(me, photos):
    below = child(photos, "below")
    hand = by(token_to(me, photos, "editor"))
    Asset.objects.filter(id=below.id).update(inherits=False)

    assert hand.names(photos) == ["a.jpg"]
    for asset_id in (below.id, child(below, "deep").id):
        assert unreachable(hand, asset_id)
    assert by(token_to(me, below)).names(below) == ["deep"]  # its own link shows it


def test_the_account_of_its_maker_is_out_of_reach(me, photos):
    hand = by(token_to(me, photos, "editor"))
    trash.trash(by=me.caller, asset_id=child(photos, "a.jpg").id)
    gone = Asset.objects.get(name="a.jpg").id

    for act in (
        lambda: trash.trash_page(by=hand.caller),
        lambda: finding.search(by=hand.caller, filters=Filters(kind=Kind.FILE)),
        lambda: finding.search(by=hand.caller, filters=Filters(kind=Kind.FILE), folder_id=photos.id),
        lambda: finding.favourites(by=hand.caller),
        lambda: finding.shared_with_me(by=hand.caller),
        lambda: labels.like(by=hand.caller, asset_id=photos.id),
        lambda: transfers.offer(by=hand.caller, asset_id=photos.id, to="charlie"),
        lambda: trash.empty_trash(by=hand.caller),
        lambda: trash.restore(by=hand.caller, asset_id=gone),
        lambda: trash.purge(by=hand.caller, asset_id=gone),
        lambda: links.make(by=hand.caller, asset_id=photos.id, role="viewer", wish={}),
        lambda: links.links_of(by=hand.caller, asset_id=photos.id),
        lambda: links.made_by(by=hand.caller),
        lambda: links.revoke(by=hand.caller, link_id=Link.objects.get().id),
        lambda: people.add_people(by=hand.caller, asset_id=photos.id, role="viewer", names=["alice"]),
        lambda: people.set_any_one_access(by=hand.caller, asset_id=photos.id, access="viewer"),
        hand.caller.must_be_signed_in,
        hand.caller.must_be_in_person,
        hand.caller.must_see_account,
        hand.caller.must_be_staff,
    ):
        with pytest.raises(NEVER):
            act()


# What ends a link, or changes what it gives


def test_a_link_gives_no_more_than_its_maker_has_now(me, colleague, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    edit, add = token_to(colleague, photos, "editor"), token_to(colleague, photos, "add")
    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])

    assert tree.get(by=by(edit).caller, asset_id=photos.id).abilities == ("read",)
    with pytest.raises(AccessDenied):
        by(edit).file("new", photos)
    with pytest.raises(NotFound):
        by(add).file("new", photos)
    with pytest.raises(NotFound):
        opened(add)


@pytest.mark.parametrize("end", ["removed", "suspended", "inactive", "moved away", "handed over", "trashed", "revoked"])
def test_a_link_dies_with_the_right_of_its_maker(me, colleague, stranger, staff, photos, end):
    folder = me.folder("theirs", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    token = token_to(colleague, folder, "editor")
    assert opened(token).name == "theirs"

    if end == "removed":
        people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    elif end == "suspended":
        suspend(by=caller_for(staff), user_id=colleague.caller.user_id)
    elif end == "inactive":
        User.objects.filter(username="bob").update(is_active=False)
    elif end == "moved away":
        tree.move(by=me.caller, asset_id=folder.id, folder_id=photos.parent)
    elif end == "handed over":
        Asset.objects.filter(id__in=[photos.id, folder.id]).update(owner=stranger.caller.user_id)
        people.remove_people(by=stranger.caller, asset_id=photos.id, role="editor", names=["bob"])
    elif end == "trashed":
        trash.trash(by=me.caller, asset_id=photos.id)
    else:
        links.revoke(by=me.caller, link_id=Link.objects.get().id)

    with pytest.raises(NotFound):
        opened(token)
    with pytest.raises(NotFound):
        by(token).names(folder)


@pytest.mark.parametrize("end", ["left", "deleted"])
def test_a_link_dies_with_the_team_through_which_its_maker_had_the_right(alice, bob, me, photos, end):
    team = teams.create(by=me.caller, name="Otters")
    invited = invitations.invite(by=me.caller, team_id=team.id, username="bob")
    invitations.accept(by=caller_for(bob), invitation_id=invited.id)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", team_ids=[team.id])
    token = token_to(Hand(caller_for(bob)), photos, "editor")
    assert by(token).file("new", photos)

    if end == "left":
        memberships.leave(by=caller_for(bob), team_id=team.id)
    else:
        teams.delete(by=me.caller, team_id=team.id)

    with pytest.raises(NotFound):
        opened(token)


@pytest.mark.parametrize("keep", [True, False])
def test_the_owners_own_link_goes_no_further_than_they_once_it_is_handed_over(me, stranger, photos, keep):
    token = token_to(me, photos, "editor")
    offer = transfers.offer(by=me.caller, asset_id=photos.id, to="charlie", keep=keep)
    transfers.accept(by=stranger.caller, offer_id=offer.id)

    if keep:
        assert by(token).file("new", photos).owner.username == "charlie"
        people.remove_people(by=stranger.caller, asset_id=photos.id, role="editor", names=["alice"])
    with pytest.raises(NotFound):
        opened(token)


def test_a_link_comes_back_with_what_it_is_for(me, photos):
    token = token_to(me, photos)
    trash.trash(by=me.caller, asset_id=photos.id)
    trash.restore(by=me.caller, asset_id=photos.id)

    assert opened(token).name == "photos"


def test_an_expired_link_says_so(me, photos):
    token = token_to(me, photos)
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    for act in (lambda: opened(token), lambda: by(token), lambda: visiting.unlock(token, "x", SOMEWHERE)):
        with pytest.raises(LinkExpired):
            act()


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "x" * 5000, "\udcff", "\0", "../..", "' OR 1=1 --"])
def test_a_token_that_never_was_opens_nothing(db, token):
    for act in (lambda: opened(token), lambda: by(token), lambda: visiting.unlock(token, "x", SOMEWHERE)):
        with pytest.raises(NotFound):
            act()


# Passwords


def test_a_link_with_a_password_tells_only_that_until_it_is_unlocked(me, photos):
    token = token_to(me, photos, password=PASSWORD)

    assert opened(token) == visiting.Opened(needs_password=True)
    with pytest.raises(LinkLocked):
        by(token)
    given = visiting.unlock(token, PASSWORD, SOMEWHERE)
    assert opened(token, given).name == "photos"
    assert by(token, given).names(photos) == ["below", "a.jpg"]
    assert Link.objects.get().visits == 1


def test_a_pass_is_good_for_one_link_one_password_and_one_hour(me, photos, monkeypatch):
    token, other = token_to(me, photos, password=PASSWORD), token_to(me, photos, password=PASSWORD)
    given = visiting.unlock(token, PASSWORD, SOMEWHERE)

    for bad in ("", "x", given[:-1], given + "x", visiting.unlock(other, PASSWORD, SOMEWHERE)):
        with pytest.raises(LinkLocked):
            by(token, bad)
    monkeypatch.setattr(TimestampSigner, "timestamp", lambda _: "1cAAAA")  # long ago
    old = visiting.unlock(token, PASSWORD, SOMEWHERE)
    monkeypatch.undo()
    with pytest.raises(LinkLocked):
        by(token, old)
    link = Link.objects.earliest("id")
    links.change(by=me.caller, link_id=link.id, wish={"password": "another wet otter"})
    with pytest.raises(LinkLocked):
        by(token, given)


def test_wrong_passwords_are_slowed_down_by_link_and_network(me, photos):
    token, other = token_to(me, photos, password=PASSWORD), token_to(me, photos, password=PASSWORD)
    elsewhere = replace(SOMEWHERE, address="192.0.2.1")

    for password in ["wrong", "", "\0", "x" * 2000, PASSWORD.upper()]:
        with pytest.raises(WrongLinkPassword):
            visiting.unlock(token, password, SOMEWHERE)
    with pytest.raises(TooManyRequests):
        visiting.unlock(token, PASSWORD, SOMEWHERE)
    assert visiting.unlock(token, PASSWORD, elsewhere)
    assert visiting.unlock(other, PASSWORD, SOMEWHERE)


# What it costs


def test_a_link_costs_one_query_before_the_gate(me, photos, django_assert_num_queries):
    token = token_to(me, photos)

    with django_assert_num_queries(1):
        hand = by(token)
    with django_assert_num_queries(1):
        tree.get(by=hand.caller, asset_id=photos.id)
    assert hand.caller.limits
    assert hand.caller.limits.most == Role.VIEWER


def test_refusals_of_a_link_name_no_key(me, photos):
    hand = by(token_to(me, photos))

    with pytest.raises(Refusal) as refused:
        hand.file("x", photos)
    assert refused.value.code == "access_denied"
