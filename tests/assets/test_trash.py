"""The trash, and what is purged for good."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from assets import gone, purging, tasks
from assets.models import Asset, Blob, BlobPart, Condemned, Upload, Version
from assets.services import people, trash, tree
from assets.uploads import _open
from cloudbox.errors import AccessDenied, BadInput, NotFound, PreconditionFailed
from tests.assets.conftest import Hand, charged
from tests.assets.test_races import check_tree


def trash_names(hand: Hand) -> list[str]:
    return [view.name for view in trash.trash_page(by=hand.caller).items]


def put_away(hand: Hand, view) -> None:
    trash.trash(by=hand.caller, asset_id=view.id)


def purge(hand: Hand, view) -> None:
    trash.purge(by=hand.caller, asset_id=view.id)
    purging.free(view.id)


def test_the_names_of_what_lies_in_the_trash_are_for_its_owner(me, stranger):
    away, here = me.file("away"), me.file("here")
    put_away(me, away)

    assert trash.names_of(by=me.caller, asset_ids=[away.id, here.id]) == {away.id: "away"}
    assert trash.names_of(by=stranger.caller, asset_ids=[away.id]) == {}


def test_trashing_a_folder_is_one_row_whatever_lies_below(store, me):
    photos = me.folder("Photos")
    me.file("a", photos)

    put_away(me, photos)

    assert Asset.objects.filter(trashed_at__isnull=False).count() == 1
    assert (me.names(), trash_names(me)) == ([], ["Photos"])


def test_what_is_in_the_trash_still_counts(store, me):
    file = me.file("a", data=b"12345")
    put_away(me, file)

    assert me.space() == (5, 0)


def test_a_name_in_the_trash_is_free_again(store, me):
    put_away(me, me.folder("Photos"))

    assert me.folder("Photos").name == "Photos"


def test_restoring_brings_it_back_to_where_it_was(store, me):
    photos = me.folder("Photos")
    file = me.file("a", photos, data=b"kept")
    put_away(me, file)

    restored = trash.restore(by=me.caller, asset_id=file.id)

    assert (restored.parent, restored.name, restored.trashed_at) == (photos.id, "a", None)
    assert me.read(file) == b"kept"


def test_a_taken_name_is_numbered_on_the_way_back(store, me):
    file = me.file("a.txt", data=b"old")
    put_away(me, file)
    me.file("a.txt", data=b"new")

    assert trash.restore(by=me.caller, asset_id=file.id).name == "a (1).txt"


def test_restoring_from_a_folder_that_is_gone_leads_to_the_root(store, me):
    photos = me.folder("Photos")
    file = me.file("a", photos)
    put_away(me, file)
    put_away(me, photos)

    assert trash.restore(by=me.caller, asset_id=file.id).parent == tree.get(by=me.caller, asset_id=None).id


def test_an_editor_may_undo_what_they_trashed(store, me, colleague):
    photos = me.folder("Photos")
    file = me.file("a", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    put_away(colleague, file)

    assert trash.restore(by=colleague.caller, asset_id=file.id).id == file.id
    assert trash_names(colleague) == []


def test_an_editor_takes_nothing_into_the_owners_root(store, me, colleague):
    photos = me.folder("Photos")
    file = me.file("a", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    put_away(me, file)
    put_away(me, photos)

    with pytest.raises(AccessDenied):
        trash.restore(by=colleague.caller, asset_id=file.id)
    assert (me.names(), sorted(trash_names(me))) == ([], ["Photos", "a"])


def test_what_is_not_in_the_trash_is_not_purged_from_it(store, me):
    file = me.file("a")

    with pytest.raises(NotFound):
        trash.purge_from_trash(by=me.caller, asset_id=file.id)
    assert me.names() == ["a"]


def test_a_stranger_does_not_see_into_the_trash(store, me, stranger):
    file = me.file("a")
    put_away(me, file)

    for call in (trash.restore, trash.purge):
        with pytest.raises(NotFound):
            call(by=stranger.caller, asset_id=file.id)


def test_an_editor_does_not_purge(store, me, colleague):
    photos = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    with pytest.raises(AccessDenied):
        trash.purge(by=colleague.caller, asset_id=photos.id)


def test_a_root_goes_nowhere(store, me):
    root = tree.get(by=me.caller, asset_id=None)

    for call in (trash.trash, trash.purge):
        with pytest.raises(AccessDenied):
            call(by=me.caller, asset_id=root.id)


def test_trashing_what_was_changed_meanwhile_is_refused(store, me):
    file = me.file("a")
    tree.rename(by=me.caller, asset_id=file.id, name="b")

    with pytest.raises(PreconditionFailed):
        trash.trash(by=me.caller, asset_id=file.id, tags=(str(file.revision),))


def test_a_purge_gives_back_every_byte_of_every_version(store, me, alice):
    photos = me.folder("Photos")
    for data in (b"1", b"22", b"333"):
        me.file("a", photos, data=data)
    me.file("b", me.folder("Below", photos), data=b"4444")
    me.file("stays", data=b"55555")

    purge(me, photos)

    assert me.space() == (5, 0)
    assert charged(alice.id) == 5
    assert Asset.objects.filter(owner=alice).count() == 2  # the root and what stays


def test_what_was_trashed_by_itself_outlives_its_folder(store, me):
    photos = me.folder("Photos")
    below = me.folder("Below", photos)
    old, kept = me.file("old", photos, data=b"old"), me.file("kept", below, data=b"kept")
    gone, deep = me.file("gone", photos, data=b"gone"), me.file("deep", below, data=b"deep")
    for view in (deep, old, below, photos):
        put_away(me, view)

    purge(me, photos)

    assert trash_names(me) == ["Below", "old", "deep"]
    assert me.space() == (11, 0)
    for view in (below, old, deep):
        trash.restore(by=me.caller, asset_id=view.id)
    check_tree()
    assert (me.names(), me.names(below)) == (["Below", "old"], ["deep", "kept"])
    assert [me.read(file) for file in (old, kept, deep)] == [b"old", b"kept", b"deep"]
    with pytest.raises(NotFound):
        me.read(gone)


def test_emptying_the_trash_takes_what_lies_in_each_other(store, me):
    photos = me.folder("Photos")
    file = me.file("a", photos)
    put_away(me, file)
    put_away(me, photos)

    assert trash.empty_trash(by=me.caller) == 2
    tasks.purge_expired()
    assert (trash_names(me), me.space(), Asset.objects.count()) == ([], (0, 0), 1)


def test_a_purge_hides_at_once(store, me):
    file = me.file("a")

    trash.purge(by=me.caller, asset_id=file.id)

    assert (me.names(), trash_names(me)) == ([], [])
    with pytest.raises(NotFound):
        trash.restore(by=me.caller, asset_id=file.id)


def test_a_purge_that_was_killed_is_taken_up(store, me, alice):
    photos = me.folder("Photos")
    me.file("a", photos)
    trash.purge(by=me.caller, asset_id=photos.id)

    assert purging.unfinished() == [photos.id]
    purging.free(photos.id)
    purging.free(photos.id)
    assert (purging.unfinished(), me.space()) == ([], (0, 0))


def test_a_purge_that_cannot_go_on_does_not_hold_up_others(store, me):
    stuck, photos = me.folder("Stuck"), me.folder("Photos")
    Asset.objects.filter(pk=me.folder("Elsewhere").id).update(bucket=stuck.id)  # a row that refers to it
    me.file("a", photos)
    for folder in (stuck, photos):
        trash.purge(by=me.caller, asset_id=folder.id)

    tasks.purge_expired()

    assert (purging.unfinished(), me.space()) == ([stuck.id], (0, 0))


def test_a_purge_gives_up_the_uploads_into_it(store, me, alice):
    photos = me.folder("Photos")
    upload = _open(by=me.caller, folder=Asset.objects.get(pk=photos.id), name="a", size=100)

    purge(me, photos)

    assert (me.space(), Upload.objects.count()) == ((0, 0), 0)
    assert Condemned.objects.filter(key=upload.key).exists()  # somebody may still be writing it


def test_bytes_go_a_day_after_nothing_names_them(store, me):
    file = me.file("a")
    purge(me, file)
    assert len(list(store.stored())) == 1
    assert gone.delete_condemned() == 0

    Condemned.objects.update(delete_at=timezone.now() - timedelta(seconds=1))

    assert gone.delete_condemned() == 1
    assert (list(store.stored()), Condemned.objects.count(), Blob.objects.count()) == ([], 0, 0)


def test_a_blob_that_another_version_names_stays(store, me):
    file, copy = me.file("a", data=b"same"), me.file("b", data=b"else")
    Version.objects.filter(asset=copy.id).update(blob=Version.objects.get(asset=file.id).blob_id)

    purge(me, file)

    assert me.read(copy) == b"same"


def test_the_parts_of_a_composite_go_with_it(store, me):
    file = me.file("a")
    whole = Blob.objects.create(kind="composite", store="local", size=4)
    BlobPart.objects.create(blob=whole, position=0, start=0, part=Blob.objects.get(versions__asset=file.id))
    Version.objects.filter(asset=file.id).update(blob=whole)

    purge(me, file)

    assert (Blob.objects.count(), BlobPart.objects.count(), Condemned.objects.count()) == (0, 0, 1)


def test_what_was_long_in_the_trash_is_purged_and_the_rest_stays(store, me):
    old, young = me.file("old"), me.file("young")
    put_away(me, old)
    put_away(me, young)
    long_ago = timezone.now() - timedelta(days=settings.CLOUDBOX_TRASH_DAYS, minutes=1)
    Asset.objects.filter(pk=old.id).update(trashed_at=long_ago)

    assert trash.purge_expired() == 1
    assert trash_names(me) == ["young"]


def test_emptying_the_trash_purges_all_of_it_and_nothing_else(store, me, colleague):
    for name in ("a", "b"):
        put_away(me, me.file(name))
    put_away(colleague, colleague.file("theirs"))
    me.file("kept")

    assert trash.empty_trash(by=me.caller) == 2
    assert (trash_names(me), me.names(), trash_names(colleague)) == ([], ["kept"], ["theirs"])


def test_pages_of_the_trash_are_the_whole_of_it_the_latest_first(store, me, django_assert_num_queries):
    for number in range(5):
        put_away(me, me.file(f"{number}"))

    first = trash.trash_page(by=me.caller, limit=3)
    with django_assert_num_queries(1):
        second = trash.trash_page(by=me.caller, limit=3, cursor=first.next)

    assert [view.name for view in [*first.items, *second.items]] == ["4", "3", "2", "1", "0"]
    assert second.next is None


def test_a_bad_cursor_of_the_trash_is_refused_by_name(store, me):
    with pytest.raises(BadInput) as refusal:
        trash.trash_page(by=me.caller, cursor="WyJhIiwiYiJd")

    assert refusal.value.facts["field"] == "cursor"
