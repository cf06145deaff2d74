"""Copies name the bytes that are there: none is written, all are charged, and nobody copies what they do not see."""

import pytest

from accounts.models import Usage
from activity.services import entries_of
from assets.models import Asset, AssetUserGrant, Blob, Favourite, Version
from assets.placing import OnConflict
from assets.services import people, trash, tree
from assets.services.copying import copy
from cloudbox.errors import AccessDenied, BadInput, NameTaken, NotAuthenticated, NotFound, QuotaExceeded
from tests.assets.conftest import Hand, charged
from tests.people import with_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def copied(hand: Hand, source, folder, **more):
    return copy(by=hand.caller, asset_id=source.id, folder_id=folder.id, **more)


def share(hand: Hand, asset, name: str, role: str = "viewer") -> None:
    people.add_people(by=hand.caller, asset_id=asset.id, role=role, names=[name])


def paths(hand: Hand, folder, above: str = "") -> list[str]:
    """Return the paths of all that somebody sees in a folder."""
    found = []
    for view in tree.content_of(by=hand.caller, folder_id=folder.id, limit=200).items:
        found.append(f"{above}{view.name}")
        if view.kind == "folder":
            found += paths(hand, view, f"{above}{view.name}/")
    return found


@pytest.fixture
def there(me):
    """Where copies go."""
    return me.folder("there")


def test_a_copied_file_has_the_same_bytes_which_are_charged_again_and_stored_once(store, me, alice, there):
    file = me.file("a.txt", data=b"12345")

    twin = copied(me, file, there)

    assert me.read(twin) == b"12345"
    assert (twin.name, twin.sha256, twin.etag, twin.version) == ("a.txt", file.sha256, file.etag, 1)
    assert (Blob.objects.count(), len(list(store.stored()))) == (1, 1)
    assert me.space() == (10, 0) == (charged(alice.id), 0)


def test_original_and_copy_go_their_own_ways(store, me, there):
    file = me.file("a.txt", data=b"old")
    twin = copied(me, file, there)

    me.file("a.txt", data=b"newer")
    trash.purge(by=me.caller, asset_id=file.id)

    assert me.read(twin) == b"old"


def test_type_metadata_and_tags_come_along_and_nothing_else(me, there, bob, alice):
    file = me.file("a.bin", data=b"x")
    Asset.objects.filter(pk=file.id).update(metadata={"k": "v"}, tags=["red"], any_one_access="viewer", inherits=False)
    share(me, file, "bob")
    Favourite.objects.create(user=alice, asset_id=file.id)
    me.file("a.bin", data=b"second")

    twin = Asset.objects.get(pk=copied(me, file, there).id)

    assert (twin.metadata, twin.tags, twin.content_type) == ({"k": "v"}, ["red"], "application/octet-stream")
    assert (twin.any_one_access, twin.inherits, twin.revision) == ("restricted", True, 1)
    assert not AssetUserGrant.objects.filter(content_object=twin).exists()
    assert not twin.favourites.exists()
    assert list(twin.versions.values_list("seq", "size")) == [(1, 6)]


def test_a_folder_is_copied_with_all_below(me, alice, there):
    outer = me.folder("outer")
    inner = me.folder("inner", outer)
    me.folder("empty", inner)
    me.file("a", outer, b"1")
    me.file("b", inner, b"22")
    Asset.objects.filter(pk=inner.id).update(metadata={"k": "v"}, tags=["red"])

    twin = copied(me, outer, there, name="twin")

    assert paths(me, twin) == paths(me, outer) == ["inner", "inner/empty", "inner/b", "a"]
    assert me.space() == (6, 0) == (charged(alice.id), 0)
    for folder in Asset.objects.filter(kind="folder", path__contains=[twin.id]).exclude(pk=twin.id):
        assert folder.parent
        assert folder.path == [*(folder.parent.path or []), folder.id]
    below = Asset.objects.get(parent=twin.id, name="inner")
    assert (below.metadata, below.tags, below.fold, below.grams) == (
        {"k": "v"},
        ["red"],
        "inner",
        ["inn", "ner", "nne"],
    )
    file = Asset.objects.get(parent=below, name="b")
    assert me.read(tree.get(by=me.caller, asset_id=file.id)) == b"22"
    current = file.versions.get()
    assert (file.current_id, file.size, file.modified_at) == (current.id, current.size, current.created_at)
    assert file.id.version == current.id.version == 7


def test_what_lies_in_the_trash_is_not_copied(me, there):
    outer = me.folder("outer")
    inner = me.folder("inner", outer)
    me.file("in it", me.folder("in the inner", inner))
    gone = me.file("gone", outer)
    trash.trash(by=me.caller, asset_id=inner.id)
    trash.trash(by=me.caller, asset_id=gone.id)

    assert paths(me, copied(me, outer, there)) == []
    assert me.space() == (8, 0)


def test_a_viewer_copies_what_they_see_into_their_own_tree_and_pays(me, colleague, alice, bob):
    shared = me.folder("shared")
    me.file("a", shared, b"123")
    secret = me.folder("secret", shared)
    me.file("deep", me.folder("below", secret), b"x" * 100)
    open_again = me.folder("open again", secret)
    me.file("b", open_again, b"55555")
    hidden = me.file("hidden", shared, b"x" * 10)
    Asset.objects.filter(pk__in=[secret.id, hidden.id]).update(inherits=False)
    share(me, shared, "bob")
    share(me, open_again, "bob")
    mine = colleague.folder("mine")

    twin = copied(colleague, shared, mine)

    assert paths(colleague, twin) == ["a"]
    assert twin.owner.username == "bob"
    assert colleague.space() == (3, 0)
    assert me.space() == (charged(alice.id), 0)
    assert paths(colleague, copied(colleague, open_again, mine)) == ["b"]
    assert "secret/open again/b" in paths(me, copied(me, shared, me.folder("all")))


def test_a_copy_into_somebodys_folder_is_theirs_and_charged_to_them(me, colleague, alice, bob):
    ours = colleague.folder("ours")
    share(colleague, ours, "alice", "editor")
    file = me.file("a", data=b"123")

    twin = copied(me, file, ours)

    assert (twin.owner.username, twin.role) == ("bob", "editor")
    assert Asset.objects.get(pk=twin.id).created_by_id == alice.id
    assert (me.space(), colleague.space()) == ((3, 0), (3, 0))


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_who_may_copy(kind, me, colleague, stranger, nobody):
    file = me.folder("a") if kind == "folder" else me.file("a")
    view_only, theirs = colleague.folder("view only"), stranger.folder("theirs")
    share(me, file, "bob")
    share(colleague, view_only, "alice")

    with pytest.raises(AccessDenied):
        copied(me, file, view_only)
    with pytest.raises(NotFound):
        copied(me, file, theirs)
    with pytest.raises(NotFound):
        copied(stranger, file, theirs)
    with pytest.raises(NotAuthenticated):
        copied(nobody, file, theirs)
    assert copied(colleague, file, view_only).owner.username == "bob"


def test_an_access_key_copies_within_its_folder_and_scopes(me, alice, there):
    file, outside = me.file("a", there), me.file("outside")
    elsewhere = me.folder("elsewhere")

    def hand(*scopes):
        return Hand(with_key(alice, *scopes, folder=there.id))

    assert copied(hand("read", "write"), file, there, name="b").name == "b"
    for source, folder, scopes in (
        (file, elsewhere, ("read", "write")),
        (outside, there, ("read", "write")),
    ):
        with pytest.raises(NotFound):
            copied(hand(*scopes), source, folder)
    with pytest.raises(AccessDenied):
        copied(hand("read"), file, there, name="c")
    with pytest.raises(NotFound):
        copied(hand("write"), file, there, name="c")


def test_a_taken_name_is_refused_numbered_or_replaced(me, there):
    file, taken = me.file("a.txt", data=b"new"), me.file("a.txt", there, b"old")

    with pytest.raises(NameTaken):
        copied(me, file, there)
    assert copied(me, file, there, on_conflict=OnConflict.RENAME).name == "a (1).txt"
    replaced = copied(me, file, there, on_conflict=OnConflict.REPLACE)

    assert (replaced.id, replaced.version, me.read(replaced)) == (taken.id, 2, b"new")
    assert me.read(replaced, seq=1) == b"old"
    assert me.space() == (12, 0)


def test_a_folder_replaces_nothing(me, there):
    with pytest.raises(BadInput, match="replaces nothing"):
        copied(me, me.folder("a"), there, on_conflict=OnConflict.REPLACE)


def test_a_folder_is_not_copied_into_itself(me):
    outer = me.folder("outer")
    inner = me.folder("inner", outer)

    for folder in (outer, inner):
        with pytest.raises(BadInput, match="into itself"):
            copied(me, outer, folder)
    assert copied(me, outer, tree.get(by=me.caller, asset_id=None), name="twin").name == "twin"


def test_a_copy_that_would_lie_too_deep_is_refused_before_anything_is_made(me):
    top = bottom = me.folder("0")
    for number in range(1, 60):
        bottom = me.folder(str(number), bottom)
    other = deep = me.folder("other")
    for number in range(1, 40):
        deep = me.folder(str(number), deep)
    count = Asset.objects.count()

    with pytest.raises(BadInput, match="at most 100 deep"):
        copied(me, top, deep)

    assert Asset.objects.count() == count
    assert copied(me, bottom, deep).name == "59"
    assert copied(me, top, other).name == "0"


def test_a_folder_without_room_leaves_nothing(me, alice, there):
    folder = me.folder("folder")
    for number in range(3):
        me.file(str(number), folder, b"12345")
    Usage.objects.filter(owner=alice).update(base_bytes=29, limit_bytes=29)

    with pytest.raises(QuotaExceeded) as refused:
        copied(me, folder, there)

    assert refused.value.facts == {"needed": 15, "free": 14}
    assert (me.names(there), me.space(), Version.objects.count()) == ([], (15, 0), 3)
    Usage.objects.filter(owner=alice).update(base_bytes=30, limit_bytes=30)
    copied(me, folder, there)
    assert me.space() == (30, 0)


def test_a_copy_into_a_file_is_refused(me):
    with pytest.raises(BadInput, match="not a folder"):
        copied(me, me.file("a"), me.file("b"))


def test_what_is_in_the_trash_is_neither_copied_nor_copied_into(me, there):
    file = me.file("a")
    trash.trash(by=me.caller, asset_id=there.id)
    with pytest.raises(NotFound):
        copied(me, file, there)
    trash.trash(by=me.caller, asset_id=file.id)
    with pytest.raises(NotFound):
        copied(me, file, me.folder("x"))


@pytest.mark.parametrize("name", ["", "a/b", "..", "a\0b", "x" * 256, "\ud800"])
def test_a_copy_has_a_name_like_any_other(me, there, name):
    with pytest.raises(BadInput):
        copied(me, me.file("a"), there, name=name)


def test_a_copied_folder_takes_as_many_statements_as_one_with_less(me, there, django_assert_max_num_queries):
    folder = me.folder("folder")
    for number in range(20):
        me.file("a", me.folder(str(number), folder))

    with django_assert_max_num_queries(32):
        copied(me, folder, there)


def test_the_owner_is_told_who_copied_away_what(me, colleague, alice, bob):
    file = me.file("a")
    share(me, file, "bob")
    mine = colleague.folder("mine")

    twin = copied(colleague, file, mine)

    told = entries_of(alice.id).items[0]
    assert (told.verb, told.actor_id, told.facts) == ("file_copied_away", bob.id, {"copy_id": str(twin.id)})
