"""Share links as those who make them see them."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.refusals import KeyNotEnough
from activity.models import AuditEntry
from assets.models import Link
from assets.purging import free
from assets.services import links, people, trash, tree
from cloudbox import sealing
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound
from tests.assets.conftest import Hand
from tests.people import with_key

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)


@pytest.fixture
def photos(store, me):
    folder = me.folder("photos")
    me.file("a.jpg", folder)
    return folder


def made(hand: Hand, asset, role: str = "viewer", **wish) -> Any:
    wished: Any = wish
    return links.make(by=hand.caller, asset_id=asset.id, role=role, wish=wished)


def share(me: Hand, asset, role: str, name: str) -> None:
    people.add_people(by=me.caller, asset_id=asset.id, role=role, names=[name])


# Making


def test_a_link_is_shown_with_all_that_was_wished_for(me, photos):
    end = timezone.now() + SOON

    view = made(me, photos, label=" for Ben ", password="three tame otters", expires_at=end, download_limit=3)

    assert (view.role, view.label, view.has_password, view.expires_at) == ("viewer", "for Ben", True, end)
    assert (view.download_limit, view.visits, view.downloads, view.uploads) == (3, 0, 0, 0)
    assert (view.asset_id, view.name, view.kind, view.maker.username) == (photos.id, "photos", "folder", "alice")
    assert view.state == "live"
    assert view == links.get(by=me.caller, link_id=view.id)


def test_an_asset_has_several_links_and_each_can_be_copied_again(me, photos):
    first, second = made(me, photos), made(me, photos, role="editor")

    shown = links.links_of(by=me.caller, asset_id=photos.id).items

    assert [view.url for view in shown] == [second.url, first.url]
    assert first.url != second.url
    assert first.url.startswith("http")
    assert len(first.url.rstrip("/").rsplit("/", 1)[1]) >= 22


def test_neither_token_nor_password_lies_open_in_the_database(me, photos):
    view = made(me, photos, password="three tame otters")
    token = view.url.rstrip("/").rsplit("/", 1)[1]

    row = Link.objects.values().get()

    assert all(token not in str(value) and "otters" not in str(value) for value in row.values())
    assert sealing.opened(row["token_sealed"]) == token
    assert token not in str(list(AuditEntry.objects.values()))


def test_whoever_may_share_makes_sees_changes_and_revokes_links(me, colleague, photos):
    share(me, photos, "editor", "bob")
    mine, theirs = made(me, photos), made(colleague, photos, role="add")

    for hand in (me, colleague):
        assert [view.id for view in links.links_of(by=hand.caller, asset_id=photos.id).items] == [theirs.id, mine.id]
    assert links.change(by=colleague.caller, link_id=mine.id, wish={"label": "ours"}).label == "ours"
    links.revoke(by=me.caller, link_id=theirs.id)
    assert [view.id for view in links.links_of(by=colleague.caller, asset_id=photos.id).items] == [mine.id]


@pytest.mark.parametrize("access", ["viewer", "guest", "stranger", "nobody"])
def test_nobody_else_makes_sees_changes_or_revokes_one(me, stranger, nobody, photos, access):
    link = made(me, photos)
    if access == "viewer":
        share(me, photos, "viewer", "charlie")
    if access == "guest":
        people.set_any_one_access(by=me.caller, asset_id=photos.id, access="editor")
    hand = nobody if access == "nobody" else stranger
    refused = {"stranger": NotFound, "nobody": NotAuthenticated}.get(access, AccessDenied)

    for act in (
        lambda: made(hand, photos),
        lambda: links.links_of(by=hand.caller, asset_id=photos.id),
    ):
        with pytest.raises(refused):
            act()
    for link_id in (link.id, uuid4()):  # alike
        for try_it in (
            lambda it: links.get(by=hand.caller, link_id=it),
            lambda it: links.change(by=hand.caller, link_id=it, wish={"label": "mine"}),
            lambda it: links.revoke(by=hand.caller, link_id=it),
        ):
            with pytest.raises(NotAuthenticated if access == "nobody" else NotFound):
                try_it(link_id)
    assert links.get(by=me.caller, link_id=link.id) == link


@pytest.mark.parametrize(
    ("scopes", "role"), [(("read", "share"), "editor"), (("read", "share"), "add"), (("read", "write"), "viewer")]
)
def test_a_key_makes_no_link_that_may_do_more_than_the_key(alice, me, photos, scopes, role):
    with pytest.raises(KeyNotEnough):
        made(Hand(with_key(alice, *scopes)), photos, role=role)

    assert not Link.objects.exists()


def test_a_key_is_told_no_address_that_may_do_more_than_the_key(alice, me, photos):
    made(me, photos, role="editor")
    made(me, photos, role="viewer")
    by = with_key(alice, "read", "share", folder=photos.id)

    views = links.links_of(by=by, asset_id=photos.id).items

    assert [(view.role, bool(view.url)) for view in views] == [("viewer", True), ("editor", False)]
    with pytest.raises(KeyNotEnough):
        links.change(by=by, link_id=views[1].id, wish={"password": None})
    with pytest.raises(KeyNotEnough):
        links.made_by(by=by)


def test_a_root_has_no_links(me, photos):
    with pytest.raises(AccessDenied):
        links.make(by=me.caller, asset_id=photos.parent, role="viewer", wish={})


@pytest.mark.parametrize(
    ("role", "wish", "field"),
    [
        ("owner", {}, "role"),
        ("", {}, "role"),
        ("viewer", {"expires_at": timezone.now() - SOON}, "expires_at"),
        ("viewer", {"download_limit": 0}, "download_limit"),
        ("viewer", {"download_limit": 2**31}, "download_limit"),
        ("add", {"download_limit": 1}, "download_limit"),
        ("viewer", {"label": "x" * 101}, "label"),
        ("viewer", {"label": "a\0b"}, "label"),
        ("viewer", {"password": "short"}, "password"),
        ("viewer", {"password": "x" * 1025}, "password"),
        ("viewer", {"password": "with a \0 in it"}, "password"),
    ],
)
def test_what_cannot_be_is_refused_by_name(me, photos, role, wish, field):
    with pytest.raises(BadInput) as refused:
        made(me, photos, role, **wish)

    assert refused.value.field == field
    assert not Link.objects.exists()


def test_nothing_is_put_into_a_file(me, photos):
    with pytest.raises(BadInput) as refused:
        made(me, me.file("b"), role="add")
    assert refused.value.field == "role"


def test_an_asset_has_at_most_so_many_links(me, photos, monkeypatch):
    monkeypatch.setattr(links, "MOST", 2)
    first = made(me, photos)
    made(me, photos)

    with pytest.raises(Conflict):
        made(me, photos)
    links.revoke(by=me.caller, link_id=first.id)
    assert made(me, photos)


# Changing and revoking


def test_a_change_touches_only_what_it_names(me, photos):
    link = made(me, photos, label="a", password="three tame otters", download_limit=3)

    changed = links.change(by=me.caller, link_id=link.id, wish={"download_limit": None, "password": None})

    assert (changed.label, changed.download_limit, changed.has_password) == ("a", None, False)
    assert links.change(by=me.caller, link_id=link.id, wish={"expires_at": timezone.now() + SOON}).label == "a"


def test_a_revoked_link_vanishes_and_its_token_with_it(me, photos):
    link = made(me, photos)

    links.revoke(by=me.caller, link_id=link.id)

    assert links.links_of(by=me.caller, asset_id=photos.id).items == links.made_by(by=me.caller).items == []
    for act in (links.get, links.revoke):
        with pytest.raises(NotFound):
            act(by=me.caller, link_id=link.id)
    assert Link.objects.get().token_sealed == ""


def test_an_expired_link_and_one_without_downloads_left_are_marked(me, photos):
    expired, used = made(me, photos), made(me, photos, download_limit=2)
    Link.objects.filter(id=expired.id).update(expires_at=timezone.now() - SOON)
    Link.objects.filter(id=used.id).update(downloads=2)

    states = [view.state for view in links.links_of(by=me.caller, asset_id=photos.id).items]

    assert states == ["used_up", "expired"]


def test_whoever_made_a_link_lists_it_and_may_revoke_it_after_they_are_let_out(me, colleague, photos):
    share(me, photos, "editor", "bob")
    link = made(colleague, photos)
    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    [view] = links.made_by(by=colleague.caller).items

    assert (view.id, view.name, view.url) == (link.id, None, None)
    with pytest.raises(AccessDenied):
        links.change(by=colleague.caller, link_id=link.id, wish={"label": "x"})
    links.revoke(by=colleague.caller, link_id=link.id)


def test_what_is_done_with_a_link_is_written_down(me, photos):
    link = made(me, photos, label="for Ben")
    links.change(by=me.caller, link_id=link.id, wish={"password": "three tame otters"})
    links.revoke(by=me.caller, link_id=link.id)

    rows = list(AuditEntry.objects.filter(verb__startswith="link_").order_by("id"))

    assert [row.verb for row in rows] == ["link_made", "link_changed", "link_revoked"]
    assert {(row.actor_label, row.target_label, row.facts["link_id"]) for row in rows} == {
        ("alice", "photos", str(link.id))
    }
    assert rows[1].facts["changed"] == ["password"]


def test_the_seal_of_a_link_is_renewed_with_those_of_keys(me, photos, settings):
    link = made(me, photos)
    settings.CLOUDBOX_KEYS_SECRETS = ["the newer one"]

    call_command("rotate_keys", stdout=StringIO())

    settings.SECRET_KEY = "another key of the server"
    assert links.get(by=me.caller, link_id=link.id).url == link.url
    settings.CLOUDBOX_KEYS_SECRETS = []
    assert links.get(by=me.caller, link_id=link.id).url is None  # it goes on working, but nobody copies it


# Lists


@pytest.mark.parametrize("count", [1, 12])
def test_a_list_of_links_costs_the_same_however_long_it_is(me, photos, count, django_assert_num_queries):
    for number in range(count):
        made(me, me.folder(f"{number}", photos))
        made(me, photos)

    with django_assert_num_queries(2):
        links.links_of(by=me.caller, asset_id=photos.id)
    with django_assert_num_queries(2):
        links.made_by(by=me.caller)


def test_lists_come_in_pages_and_of_ones_own_links_only(me, colleague, photos):
    share(me, photos, "editor", "bob")
    made(colleague, photos)
    mine = [made(me, photos).id for _ in range(3)]

    first = links.made_by(by=me.caller, limit=2)
    second = links.made_by(by=me.caller, limit=2, cursor=first.next)

    assert [view.id for view in [*first.items, *second.items]] == mine[::-1]
    assert second.next is None
    page = links.links_of(by=me.caller, asset_id=photos.id, limit=3)
    assert len(links.links_of(by=me.caller, asset_id=photos.id, cursor=page.next).items) == 1
    with pytest.raises(BadInput):
        links.made_by(by=me.caller, cursor="nonsense")


def test_links_of_what_is_in_the_trash_are_listed_without_its_name(me, photos):
    link = made(me, photos)
    trash.trash(by=me.caller, asset_id=photos.id)

    assert [(view.id, view.name) for view in links.made_by(by=me.caller).items] == [(link.id, None)]
    trash.restore(by=me.caller, asset_id=photos.id)
    assert links.made_by(by=me.caller).items[0].name == "photos"


def test_links_go_with_what_they_were_for(me, photos):
    made(me, photos)
    trash.purge(by=me.caller, asset_id=photos.id)
    free(photos.id)

    assert not Link.objects.exists()


def test_the_list_of_ones_own_links_follows_the_gate(me, colleague, stranger, photos):
    below = me.folder("below", photos)
    share(me, below, "editor", "bob")
    mine = made(colleague, below)
    tree.move(by=me.caller, asset_id=below.id, folder_id=photos.parent)

    assert [view.name for view in links.made_by(by=colleague.caller).items] == ["below"]
    assert links.made_by(by=stranger.caller).items == []
    assert mine.maker.username == "bob"
