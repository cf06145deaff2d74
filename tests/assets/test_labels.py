"""Tags and free metadata of assets, and favourites."""

import pytest

from activity.models import AuditEntry
from assets import labels as rules
from assets.models import Favourite
from assets.services import content, labels, people, tree
from assets.services.content import Body
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound, PreconditionFailed
from tests.people import client_for, with_key
from tests.threads import at_once

STORE = "/api/v1/store"
JSON = "application/json"

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def photo(me):
    return me.file("photo.jpg")


def tag(hand, view, *tags, **more):
    return labels.set_tags(by=hand.caller, asset_id=view.id, tags=tags, **more).tags


def describe(hand, view, **more):
    return labels.set_metadata(by=hand.caller, asset_id=view.id, pairs=more).metadata


def amend(hand, view, **more):
    return labels.change_metadata(by=hand.caller, asset_id=view.id, pairs=more).metadata


def get(hand, view):
    return tree.get(by=hand.caller, asset_id=view.id)


# Tags


def test_tags_are_kept_sorted_once_each_and_in_small_letters(me, photo):
    assert tag(me, photo, " Zoo", "e\u0301te\u0301", "\u00c9T\u00c9", "zoo") == ("zoo", "\u00e9t\u00e9")
    assert get(me, photo).tags == ("zoo", "\u00e9t\u00e9")


def test_lists_show_tags(me, photo):
    tag(me, photo, "trip")

    (listed,) = tree.content_of(by=me.caller, folder_id=None).items
    assert listed.tags == ("trip",)


def test_folders_have_tags_and_metadata_like_files(me):
    folder = me.folder("Trip")

    assert tag(me, folder, "2026") == ("2026",)
    assert describe(me, folder, where="Lisbon") == {"where": "Lisbon"}


@pytest.mark.parametrize("wrong", ["", " ", "x" * 65, "a\nb", "a\0b", "a\u2028b", "\ud800"])
def test_what_is_no_tag_is_refused_and_changes_nothing(me, photo, wrong):
    tag(me, photo, "kept")

    with pytest.raises(BadInput):
        tag(me, photo, "new", wrong)
    assert get(me, photo).tags == ("kept",)


def test_an_asset_has_at_most_fifty_tags(me, photo):
    assert len(tag(me, photo, *map(str, range(rules.TAGS)))) == rules.TAGS
    with pytest.raises(BadInput):
        tag(me, photo, *map(str, range(rules.TAGS + 1)))


# Metadata


def test_metadata_is_put_as_a_whole_and_amended_key_by_key(me, photo):
    describe(me, photo, camera="M6", lens="35")

    assert amend(me, photo, lens=None, film="HP5", nothing=None) == {"camera": "M6", "film": "HP5"}
    assert describe(me, photo, place="Lisbon") == {"place": "Lisbon"}
    assert labels.metadata_of(by=me.caller, asset_id=photo.id).metadata == {"place": "Lisbon"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"": "x"},
        {" ": "x"},
        {"a\nb": "x"},
        {"k" * (rules.KEY_BYTES + 1): "x"},
        {"a": "x" * (rules.VALUE_BYTES + 1)},
        {"a": "x\0"},
        {"a": 7},
        {"a": ["x"]},
        {"a": {"b": "c"}},
        {"\u00e9": "x", "e\u0301": "y"},
        {str(number): "x" for number in range(rules.PAIRS + 1)},
        {str(number): "x" * rules.VALUE_BYTES for number in range(9)},
    ],
)
def test_what_is_no_metadata_is_refused_and_changes_nothing(me, photo, wrong):
    describe(me, photo, kept="yes")

    for change in (labels.set_metadata, labels.change_metadata):
        with pytest.raises(BadInput):
            change(by=me.caller, asset_id=photo.id, pairs=wrong)
    assert labels.metadata_of(by=me.caller, asset_id=photo.id).metadata == {"kept": "yes"}


def test_amending_does_not_go_beyond_the_limits_step_by_step(me, photo):
    describe(me, photo, **{f"key{number}": "x" for number in range(rules.PAIRS)})

    with pytest.raises(BadInput):
        amend(me, photo, one="more")
    assert len(amend(me, photo, one="more", key0=None) or ()) == rules.PAIRS


def test_a_new_version_keeps_what_was_said_of_the_file(me, photo):
    tag(me, photo, "trip")
    describe(me, photo, camera="M6")

    me.file("photo.jpg", data=b"sharper")
    assert get(me, photo).tags == ("trip",)
    assert labels.metadata_of(by=me.caller, asset_id=photo.id).metadata == {"camera": "M6"}


@pytest.mark.django_db(transaction=True)
def test_two_who_amend_at_once_lose_nothing(me, photo):
    at_once(4, lambda number: amend(me, photo, **{f"key{number}": "x"}))

    assert len(labels.metadata_of(by=me.caller, asset_id=photo.id).metadata or ()) == 4


# Who may, and what is seen of it


def test_a_change_counts_in_the_revision_and_one_that_changes_nothing_does_not(me, photo):
    for change in (lambda: tag(me, photo, "a"), lambda: describe(me, photo, a="b")):
        before = get(me, photo).revision
        change()
        change()
        assert get(me, photo).revision == before + 1


def test_a_change_of_what_was_not_seen_is_refused(me, photo):
    with pytest.raises(PreconditionFailed):
        tag(me, photo, "a", seen=(str(photo.revision + 1),))
    assert tag(me, photo, "a", seen=(str(photo.revision),)) == ("a",)


def test_changes_are_recorded_without_the_values_of_metadata(me, photo):
    tag(me, photo, "trip")
    describe(me, photo, camera="a secret")

    entries = {entry.verb: entry.facts for entry in AuditEntry.objects.filter(target_id=str(photo.id))}
    assert entries["file_tagged"] == {"tags": ["trip"]}
    assert entries["file_described"] == {"keys": ["camera"]}


def test_viewers_read_tags_and_metadata_and_editors_change_them(me, colleague, photo):
    people.add_people(by=me.caller, asset_id=photo.id, role="viewer", names=["bob"])
    tag(me, photo, "a")

    assert labels.tags_of(by=colleague.caller, asset_id=photo.id).tags == ("a",)
    for change in (lambda: tag(colleague, photo, "b"), lambda: describe(colleague, photo, a="b")):
        with pytest.raises(AccessDenied):
            change()
    people.add_people(by=me.caller, asset_id=photo.id, role="editor", names=["bob"])
    assert tag(colleague, photo, "b") == ("b",)
    assert amend(colleague, photo, a="b") == {"a": "b"}


def test_strangers_and_the_anonymous_learn_nothing(stranger, nobody, photo):
    for hand, refusal in ((stranger, NotFound), (nobody, NotAuthenticated)):
        for read in (labels.tags_of, labels.metadata_of):
            with pytest.raises(refusal):
                read(by=hand.caller, asset_id=photo.id)
        for change in (tag, describe, amend):
            with pytest.raises(refusal):
                change(hand, photo)


def test_an_access_key_needs_the_scope_write_and_its_folder(me, alice):
    folder, other = me.folder("in"), me.file("out")
    file, _ = content.store_file(by=me.caller, folder_id=folder.id, name="a", body=Body([b""]))
    reads, writes = with_key(alice, "read", folder=folder.id), with_key(alice, "read", "write", folder=folder.id)

    assert labels.set_tags(by=writes, asset_id=file.id, tags=["a"]).tags == ("a",)
    with pytest.raises(AccessDenied):
        labels.set_tags(by=reads, asset_id=file.id, tags=["b"])
    with pytest.raises(NotFound):
        labels.set_metadata(by=writes, asset_id=other.id, pairs={})


def test_what_lies_in_the_trash_is_not_changed(me, photo, alice):
    client_for(alice).delete(f"{STORE}/files/{photo.id}/")

    with pytest.raises(NotFound):
        tag(me, photo, "a")


# Favourites


def test_a_favourite_is_ones_own_and_safe_to_repeat(me, colleague, photo):
    for _ in range(2):
        labels.like(by=me.caller, asset_id=photo.id)
    with pytest.raises(NotFound):
        labels.like(by=colleague.caller, asset_id=photo.id)
    assert Favourite.objects.count() == 1

    for _ in range(2):
        labels.like_no_more(by=me.caller, asset_id=photo.id)
    assert not Favourite.objects.exists()


def test_favourites_concern_the_account_and_no_key_for_a_folder(me, alice, photo):
    folder = me.folder("in")

    with pytest.raises(AccessDenied):
        labels.like(by=with_key(alice, "read", folder=folder.id), asset_id=folder.id)
    with pytest.raises(NotAuthenticated):
        labels.like(by=with_key(alice, "read").anonymous(), asset_id=photo.id)


# The doors


def test_tags_and_metadata_over_http(alice, photo):
    door = client_for(alice)
    at = f"{STORE}/assets/{photo.id}"

    put = door.put(f"{at}/tags/", {"tags": ["Trip"]}, JSON)
    assert (put.status_code, put.json()) == (200, {"tags": ["trip"]})
    assert door.get(f"{at}/tags").json() == {"tags": ["trip"]}
    assert door.put(f"{at}/metadata/", {"a": "b"}, JSON).json() == {"a": "b"}
    patched = door.patch(f"{at}/metadata", {"a": None, "c": "d"}, JSON)
    assert patched.json() == {"c": "d"} == door.get(f"{at}/metadata/").json()
    assert patched["ETag"] == door.get(f"{STORE}/files/{photo.id}/")["ETag"]
    assert door.put(f"{at}/favourite/").status_code == 204
    assert door.delete(f"{at}/favourite").status_code == 204


@pytest.mark.parametrize(
    ("way", "method", "body", "field"),
    [
        ("tags", "put", {"tags": "trip"}, "tags"),
        ("tags", "put", {"tags": [7]}, "tags"),
        ("tags", "put", {}, "tags"),
        ("tags", "put", {"tags": [], "more": 1}, "more"),
        ("tags", "get", {"limit": 1}, "limit"),
        ("metadata", "put", ["a"], "metadata"),
        ("metadata", "put", {"a": 1}, "metadata"),
        ("metadata", "patch", {"a": {}}, "metadata"),
    ],
)
def test_nonsense_is_refused_by_name(alice, photo, way, method, body, field):
    more = {} if method == "get" else {"content_type": JSON}
    refused = getattr(client_for(alice), method)(f"{STORE}/assets/{photo.id}/{way}/", body, **more)

    assert refused.status_code == 400
    assert field in refused.content.decode()


def test_a_stale_if_match_is_refused_over_http(alice, photo):
    door = client_for(alice)
    for way, body in (("tags", '{"tags": []}'), ("metadata", "{}")):
        refused = door.put(f"{STORE}/assets/{photo.id}/{way}/", body, JSON, headers={"If-Match": '"99"'})
        assert refused.status_code == 412
