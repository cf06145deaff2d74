"""Lists across all trees: what was shared with somebody, what they shared, what they like; and the doors to them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Team
from accounts.services import teams
from assets.models import Asset, AssetUserGrant, Favourite, Link
from assets.purging import free
from assets.services import finding, labels, people, trash
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated
from tests.people import caller_for, client_for, key_of, with_key

STORE = "/api/v1/store"

pytestmark = pytest.mark.usefixtures("store")


def share(hand, view, name="bob", role="viewer"):
    people.add_people(by=hand.caller, asset_id=view.id, role=role, names=[name])


@pytest.fixture
def herons(me, bob):
    """A team of alice's that bob is in."""
    team = teams.create(by=me.caller, name="Herons")
    row = Team.objects.get(id=team.id)
    Membership.objects.create(team=row, user=bob, role="member")
    row.group.user_set.add(bob)
    return team


def with_me(hand):
    return [(item.asset.name, item.role) for item in finding.shared_with_me(by=hand.caller).items]


def by_me(hand):
    return [item.asset.name for item in finding.shared_by_me(by=hand.caller).items]


def liked(hand):
    return [view.name for view in finding.favourites(by=hand.caller).items]


def link_to(view, user, **more):
    return Link.objects.create(
        asset_id=view.id, maker=user, role="viewer", token_sha256=view.id.hex, token_sealed="x", **more
    )


# Shared with me


def test_what_was_given_is_listed_with_who_gave_it_and_until_when(me, colleague):
    photos = me.folder("Photos")
    share(me, photos, role="editor")
    until = timezone.now() + timedelta(days=1)
    AssetUserGrant.objects.update(expires_at=until)

    (item,) = finding.shared_with_me(by=colleague.caller).items
    assert (item.asset.id, item.asset.parent, item.asset.role) == (photos.id, None, "editor")
    assert item.by is not None
    assert (item.role, item.by.username, item.expires_at, item.team) == ("editor", "alice", until, None)


def test_the_latest_comes_first_and_each_asset_once_with_the_grant_that_says_most(me, bob, herons):
    folder, file = me.folder("folder"), me.file("file")
    share(me, folder)
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", team_ids=[herons.id])
    share(me, file)

    items = finding.shared_with_me(by=caller_for(bob)).items
    assert [(item.asset.name, item.role) for item in items] == [("file", "viewer"), ("folder", "editor")]
    assert items[1].team is not None
    assert items[1].team.username == "Herons"


def test_what_has_gone_expired_or_was_taken_back_is_not_listed(me, colleague):
    shared = [me.folder(name) for name in ("kept", "trashed", "expired", "taken")]
    inside = me.file("inside", shared[1])
    for view in (*shared, inside):
        share(me, view)
    trash.trash(by=me.caller, asset_id=shared[1].id)
    AssetUserGrant.objects.filter(content_object=shared[2].id).update(expires_at=timezone.now() - timedelta(hours=1))
    people.remove_people(by=me.caller, asset_id=shared[3].id, role="viewer", names=["bob"])

    assert with_me(colleague) == [("kept", "viewer")]


def test_what_is_only_open_to_anyone_is_nobodys_gift(me, stranger):
    people.set_any_one_access(by=me.caller, asset_id=me.folder("open").id, access="viewer")

    assert with_me(stranger) == []


# Shared by me


def test_what_i_shared_is_listed_with_everybody_who_has_it(me, alice, herons):
    photos = me.folder("Photos")
    me.file("inside", photos)
    share(me, photos)
    share(me, photos, name="bob", role="editor")
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", team_ids=[herons.id])
    link_to(photos, alice)

    (item,) = finding.shared_by_me(by=me.caller).items
    assert item.asset.name == "Photos"
    assert sorted((one.name, one.role) for one in item.people) == [("bob", "editor"), ("bob", "viewer")]
    assert [(one.name, one.role) for one in item.teams] == [("Herons", "viewer")]
    assert item.links == 1


def test_links_and_what_anyone_may_see_count_as_shared_while_they_work(me, alice):
    by_link, revoked, opened = me.file("by link"), me.file("revoked"), me.file("opened")
    me.file("kept to myself")
    link_to(by_link, alice)
    link_to(revoked, alice, revoked_at=timezone.now())
    people.set_any_one_access(by=me.caller, asset_id=opened.id, access="viewer")

    assert by_me(me) == ["by link", "opened"]


def test_an_editor_lists_what_they_shared_of_others_and_with_whom_they_did(me, colleague, stranger):
    photos = me.folder("Photos")
    share(me, photos, role="editor")
    share(colleague, photos, name="charlie")

    (item,) = finding.shared_by_me(by=colleague.caller).items
    assert [one.name for one in item.people] == ["charlie"]
    (item,) = finding.shared_by_me(by=me.caller).items
    assert sorted(one.name for one in item.people) == ["bob", "charlie"]

    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    assert by_me(colleague) == []


def test_what_i_shared_comes_in_the_order_that_is_asked_for(me, bob):
    for name in ("b", "a", "c"):
        share(me, me.file(name))

    assert by_me(me) == ["a", "b", "c"]
    assert [item.asset.name for item in finding.shared_by_me(by=me.caller, sort="-name").items] == ["c", "b", "a"]
    with pytest.raises(BadInput):
        finding.shared_by_me(by=me.caller, sort="when")


# Favourites


def test_favourites_come_latest_first_and_only_as_far_as_they_may_be_seen(me, colleague):
    folder, kept, lost = me.folder("folder"), me.file("kept"), me.file("lost")
    inside = me.file("inside", folder)
    for view in (kept, lost, folder, inside):
        share(me, view)
        labels.like(by=colleague.caller, asset_id=view.id)
    assert liked(colleague) == ["inside", "folder", "lost", "kept"]
    assert liked(me) == []

    people.remove_people(by=me.caller, asset_id=lost.id, role="viewer", names=["bob"])
    trash.trash(by=me.caller, asset_id=folder.id)
    assert liked(colleague) == ["kept"]
    trash.restore(by=me.caller, asset_id=folder.id)
    assert liked(colleague) == ["inside", "folder", "kept"]


# All of them


LISTS = (finding.shared_with_me, finding.shared_by_me, finding.favourites, finding.recent)


@pytest.fixture
def shared_files(me, colleague):
    """Three files of alice's that bob has, and likes."""
    files = [me.file(f"file {number}") for number in range(3)]
    for file in files:
        share(me, file)
        labels.like(by=colleague.caller, asset_id=file.id)
    return files


def names(page):
    return [getattr(item, "asset", item).name for item in page.items]


@pytest.mark.parametrize("listed", LISTS)
def test_pages_follow_each_other(me, colleague, shared_files, listed):
    by = me.caller if listed is finding.shared_by_me else colleague.caller
    whole = names(listed(by=by))
    assert sorted(whole) == ["file 0", "file 1", "file 2"]

    found, page = [], listed(by=by, limit=1)
    while page.next:
        found += names(page)
        page = listed(by=by, limit=1, cursor=page.next)
    assert found + names(page) == whole
    with pytest.raises(BadInput):
        listed(by=by, cursor="forged")


@pytest.mark.parametrize("listed", LISTS)
def test_a_page_costs_the_same_queries_however_long_it_is(
    me, colleague, shared_files, listed, django_assert_num_queries
):
    by = me.caller if listed is finding.shared_by_me else colleague.caller
    for limit in (1, 50):
        with django_assert_num_queries(2 if listed is finding.shared_by_me else 1):
            listed(by=by, limit=limit)


@pytest.mark.parametrize("listed", LISTS)
def test_the_anonymous_have_no_lists_and_keys_for_a_folder_none_of_the_account(me, alice, nobody, listed):
    with pytest.raises(NotAuthenticated):
        listed(by=nobody.caller)
    with pytest.raises(AccessDenied):
        listed(by=with_key(alice, "write"))
    key = with_key(alice, "read", folder=me.folder("in").id)
    if listed is finding.recent:
        assert listed(by=key).items == []
    else:
        with pytest.raises(AccessDenied):
            listed(by=key)


# The doors


def test_a_search_over_http(alice, bob, me):
    folder = me.folder("Trip")
    file = me.file("Été à Lisbon.jpg", folder, b"x" * 10)
    labels.set_tags(by=me.caller, asset_id=file.id, tags=["trip"])
    labels.set_metadata(by=me.caller, asset_id=file.id, pairs={"a.b": "c d"})
    door = client_for(alice)

    asked = {
        "q": "ete",
        "kind": "file",
        "type": "image/*",
        "min_size": "1",
        "max_size": "10",
        "modified_after": "2020-01-01",
        "modified_before": "2999-01-01T00:00:00+01:00",
        "owner": "Alice",
        "tag": "TRIP",
        "meta.a.b": "c d",
        "folder": str(folder.id),
        "sort": "-modified",
        "limit": "1",
    }
    for address in (f"{STORE}/search", f"{STORE}/search/"):
        found = door.get(address, asked).json()
        assert [item["name"] for item in found["items"]] == ["Été à Lisbon.jpg"]
    assert found["next"] is None
    assert found["items"][0]["tags"] == ["trip"]
    assert client_for(bob).get(f"{STORE}/search", {"q": "ete"}).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("q", "ab"),
        ("q", "abc\0"),
        ("q", "x" * 5000),
        ("kind", "link"),
        ("type", "nonsense"),
        ("min_size", "-1"),
        ("min_size", "1e3"),
        ("max_size", "9" * 30),
        ("modified_after", "yesterday"),
        ("modified_after", "0001-01-01T00:00:00+14:00"),
        ("modified_before", "2026-13-01"),
        ("owner", ""),
        ("owner", "a\0b"),
        ("tag", ""),
        ("tag", "a\nb"),
        ("meta.", "x"),
        ("meta.a", "x\0"),
        ("folder", "root"),
        ("sort", "owner"),
        ("limit", "0"),
        ("limit", "201"),
        ("cursor", "nonsense"),
        ("offset", "10"),
        ("metadata", "x"),
    ],
)
def test_a_search_for_nonsense_is_refused_by_name(alice, field, value):
    refused = client_for(alice).get(f"{STORE}/search", {field: value})

    assert refused.status_code == 400
    assert field in refused.content.decode()


def test_a_search_for_too_many_things_at_once_is_refused(alice):
    door = client_for(alice)

    assert door.get(f"{STORE}/search", {"tag": [str(number) for number in range(11)]}).status_code == 400
    assert door.get(f"{STORE}/search", {f"meta.{number}": "x" for number in range(11)}).status_code == 400


def test_who_may_not_search_is_told_in_the_words_of_the_gate(client, alice, bob, me):
    folder = me.folder("secret").id

    assert client.get(f"{STORE}/search").status_code == 401
    assert client.get(f"{STORE}/search", {"folder": folder}).status_code == 401
    assert client_for(bob).get(f"{STORE}/search", {"folder": folder}).status_code == 404
    key = key_of(alice, "write").token
    assert client.get(f"{STORE}/search", headers={"Authorization": f"Bearer {key}"}).status_code == 403


def test_the_lists_over_http(alice, bob, shared_files):
    door, theirs = client_for(alice), client_for(bob)

    with_bob = theirs.get(f"{STORE}/shared-with-me/", {"limit": 1}).json()
    (item,) = with_bob["items"]
    assert (item["asset"]["name"], item["role"], item["by"]["username"], item["team"]) == (
        "file 2",
        "viewer",
        "alice",
        None,
    )
    assert theirs.get(f"{STORE}/shared-with-me", {"cursor": with_bob["next"]}).json()["next"] is None
    item = door.get(f"{STORE}/shared-by-me/").json()["items"][0]
    assert (item["asset"]["name"], item["links"], item["teams"]) == ("file 0", 0, [])
    assert [(one["name"], one["role"], one["expires_at"]) for one in item["people"]] == [("bob", "viewer", None)]
    assert len(theirs.get(f"{STORE}/favourites/").json()["items"]) == 3
    assert len(theirs.get(f"{STORE}/recent/").json()["items"]) == 3


@pytest.mark.parametrize("way", ["shared-with-me", "shared-by-me", "favourites", "recent"])
def test_lists_refuse_the_anonymous_and_what_they_do_not_know(client, alice, way):
    assert client.get(f"{STORE}/{way}/").status_code == 401
    refused = client_for(alice).get(f"{STORE}/{way}/", {"offset": 1})
    assert (refused.status_code, "offset" in refused.content.decode()) == (400, True)


def test_what_is_gone_for_good_is_no_favourite_any_more(me):
    folder = me.folder("folder")
    for view in (folder, me.file("file", folder)):
        labels.like(by=me.caller, asset_id=view.id)
    trash.purge(by=me.caller, asset_id=folder.id)
    assert liked(me) == []

    free(folder.id)
    assert not Favourite.objects.exists()
    assert not Asset.objects.filter(id=folder.id).exists()
