"""A change that is overtaken by another between its look at the tree and its locks."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from assets import purging, tasks
from assets.locks import lock_assets
from assets.models import Asset, Blob, Condemned, Version
from assets.placing import OnConflict
from assets.services import content, people, trash, tree
from assets.services.content import Body
from cloudbox.errors import Conflict, NotFound, PreconditionFailed
from cloudbox.ranges import Conditions
from tests.assets.conftest import charged
from tests.assets.test_races import check_tree
from tests.threads import behind

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def put_away(store, me):
    """A file that has been in the trash for a year."""
    file = me.file("a", data=b"dear")
    trash.trash(by=me.caller, asset_id=file.id)
    Asset.objects.filter(pk=file.id).update(trashed_at=timezone.now() - timedelta(days=365))
    return file


@pytest.mark.parametrize(
    "purge",
    [
        lambda by, _: trash.empty_trash(by=by),
        lambda *_: trash.purge_expired(),
        lambda by, file: trash.purge_from_trash(by=by, asset_id=file.id),
    ],
    ids=["emptied", "expired", "purged"],
)
def test_what_is_restored_while_the_trash_is_purged_stays(me, put_away, purge):
    with transaction.atomic():
        trash.restore(by=me.caller, asset_id=put_away.id)
        purged = behind(partial(purge, me.caller, put_away))

    assert purged.exception(30) is None or isinstance(purged.exception(), NotFound)
    tasks.purge_expired()
    assert me.read(put_away) == b"dear"


def test_a_purge_of_what_was_changed_meanwhile_is_refused(store, me):
    file = me.file("a", data=b"old")

    with transaction.atomic():
        tree.rename(by=me.caller, asset_id=file.id, name="b")
        purged = behind(partial(trash.purge, by=me.caller, asset_id=file.id, tags=(str(file.revision),)))

    assert isinstance(purged.exception(30), PreconditionFailed)
    assert me.names() == ["b"]


def test_a_rename_does_not_move_back_what_was_moved_meanwhile(me):
    here, there = me.folder("here"), me.folder("there")
    photos = me.folder("Photos", here)

    with transaction.atomic():
        tree.move(by=me.caller, asset_id=photos.id, folder_id=there.id)
        renamed = behind(partial(tree.rename, by=me.caller, asset_id=photos.id, name="Pictures"))

    assert isinstance(renamed.exception(30), Conflict)
    assert (me.names(here), me.names(there)) == ([], ["Photos"])
    check_tree()


def test_what_was_moved_out_of_reach_meanwhile_is_not_trashed(store, me, colleague):
    shared = me.folder("Shared")
    file = me.file("a", shared)
    people.add_people(by=me.caller, asset_id=shared.id, role="editor", names=["bob"])
    private = me.folder("Private")

    with transaction.atomic():
        tree.move(by=me.caller, asset_id=file.id, folder_id=private.id)
        trashed = behind(partial(trash.trash, by=colleague.caller, asset_id=file.id))

    assert isinstance(trashed.exception(30), Conflict)
    assert me.names(private) == ["a"]


def test_a_rename_and_the_move_of_what_it_lies_in_do_not_wait_for_each_other(me):
    archive, photos = me.folder("Archive"), me.folder("Photos")
    summer = me.folder("Summer", photos)
    sea = me.folder("Sea", summer)
    tree.rename(by=me.caller, asset_id=summer.id, name="Summers")  # its row now lies behind that of Sea

    with transaction.atomic():
        lock_assets(updated=[summer.id])
        renamed = behind(partial(tree.rename, by=me.caller, asset_id=sea.id, name="Seas"))
        moved = behind(partial(tree.move, by=me.caller, asset_id=photos.id, folder_id=archive.id))

    assert (renamed.result(30).name, moved.result(30).parent) == ("Seas", archive.id)
    check_tree()


def test_what_is_freed_while_it_changes_hands_is_given_back_to_whom_it_then_belongs(store, me, colleague, alice, bob):
    ours = colleague.folder("Ours", any_one_access="editor")
    photos = me.folder("Photos")
    for data in (b"1", b"22", b"333"):
        file = me.file("a", photos, data=data)
    old = list(Version.objects.filter(asset=file.id).exclude(seq=3).values_list("pk", flat=True))

    with transaction.atomic():
        tree.move(by=me.caller, asset_id=photos.id, folder_id=ours.id)
        freed = behind(partial(purging.free_versions, old))

    assert freed.exception(30) is None
    assert (me.space(), colleague.space()) == ((0, 0), (3, 0))
    assert (charged(alice.id), charged(bob.id)) == (0, 3)


def test_what_changes_hands_while_it_is_freed_is_charged_as_far_as_it_is_left(store, me, colleague, alice, bob):
    ours = colleague.folder("Ours", any_one_access="editor")
    photos = me.folder("Photos")
    for data in (b"1", b"22", b"333"):
        file = me.file("a", photos, data=data)
    old = list(Version.objects.filter(asset=file.id).exclude(seq=3).values_list("pk", flat=True))

    with transaction.atomic():
        purging.free_versions(old)
        moved = behind(partial(tree.move, by=me.caller, asset_id=photos.id, folder_id=ours.id))

    assert moved.exception(30) is None
    assert (me.space(), colleague.space()) == ((0, 0), (3, 0))
    assert (charged(alice.id), charged(bob.id)) == (0, 3)


def test_a_blob_goes_when_its_last_two_versions_go_at_once(store, me):
    file, copy = me.file("a", data=b"same"), me.file("b", data=b"else")
    shared = Blob.objects.get(versions__asset=file.id)
    Version.objects.filter(asset=copy.id).update(blob=shared)
    first, second = ([version.pk] for version in Version.objects.filter(blob=shared))

    with transaction.atomic():
        purging.free_versions(first)
        freed = behind(partial(purging.free_versions, second))

    assert freed.exception(30) is None
    assert not Blob.objects.filter(pk=shared.pk).exists()
    assert Condemned.objects.count() == 1


def test_only_one_of_two_creates_what_shall_be_new(store, me, alice):
    def create() -> object:
        return content.store_file(
            by=me.caller,
            folder_id=None,
            name="a",
            body=Body([b"data"]),
            on_conflict=OnConflict.REPLACE,
            conditions=Conditions(if_none_match="*"),
        )

    with transaction.atomic():
        create()
        second = behind(create)

    assert isinstance(second.exception(30), PreconditionFailed)
    assert (me.names(), me.space(), charged(alice.id)) == (["a"], (4, 0), 4)


def test_an_upload_is_answered_with_what_it_stored(store, me):
    first = me.file("a", data=b"first")

    with transaction.atomic():
        content.replace_content(by=me.caller, file_id=first.id, body=Body([b"second"]))
        third = behind(lambda: content.replace_content(by=me.caller, file_id=first.id, body=Body([b"third!!"])))
        seen = tree.get(by=me.caller, asset_id=first.id)

    assert (seen.version, seen.size) == (2, 6)
    assert (third.result(30).version, third.result().size) == (3, 7)
