"""Copies side by side with each other, and with whoever purges or replaces what they copy."""

from functools import partial

import pytest
from django.db import transaction

from accounts.models import Usage
from assets import gone, purging
from assets.models import Asset, Blob, Condemned, Version
from assets.placing import OnConflict
from assets.services import trash, tree
from assets.services.copying import copy
from cloudbox.errors import Conflict, NotFound, QuotaExceeded, Refusal
from tests.assets.conftest import charged
from tests.assets.test_races import check_tree, together
from tests.threads import behind

pytestmark = pytest.mark.django_db(transaction=True)


def numbered(hand, source, folder):
    return partial(copy, by=hand.caller, asset_id=source.id, folder_id=folder.id, on_conflict=OnConflict.RENAME)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_of_many_parallel_copies_as_many_succeed_as_there_is_room(store, me, alice, kind):
    folder, there = me.folder("folder"), me.folder("there")
    file = me.file("a", folder, b"12345")
    Usage.objects.filter(owner=alice).update(base_bytes=55, limit_bytes=55)

    results = together(*[numbered(me, file if kind == "file" else folder, there)] * 20)

    refused = [result for result in results if isinstance(result, Refusal)]
    assert {type(result) for result in refused} == {QuotaExceeded}
    assert (len(refused), len(me.names(there)), me.space()) == (10, 10, (55, 0))
    assert charged(alice.id) == 55
    check_tree()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_copy_while_its_source_is_purged_has_the_bytes_or_is_refused(store, me, alice, kind):
    there, kept = me.folder("there"), 0
    for number in range(6):
        folder = me.folder(f"folder {number}")
        file = me.file("a", folder, b"12345")
        source = file if kind == "file" else folder

        def purged(source=source):
            trash.purge(by=me.caller, asset_id=source.id)
            purging.free(source.id)

        result, _ = together(numbered(me, source, there), purged)
        kept += not isinstance(result, Refusal)

    blobs = set(Blob.objects.values_list("key", flat=True))
    assert blobs <= {found.key for found in store.stored()}
    assert blobs.isdisjoint(Condemned.objects.values_list("key", flat=True))
    assert len(me.names(there)) == kept
    assert me.space() == (charged(alice.id), 0)
    check_tree()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_bytes_that_are_being_condemned_are_waited_for_and_not_named_again(store, me, there, kind):
    folder = me.folder("folder")
    file = me.file("a", folder, b"12345")
    version = Version.objects.get(asset=file.id)

    with transaction.atomic():
        Asset.objects.filter(pk=file.id).update(purging_at="2026-01-01T00:00Z")
        Version.objects.filter(pk=version.pk).delete()
        gone.condemn_unnamed(Blob.objects.values_list("pk", flat=True))
        copying = behind(numbered(me, file if kind == "file" else folder, there))

    if kind == "file":
        assert isinstance(copying.exception(30), NotFound)
    else:
        assert me.names(tree.get(by=me.caller, asset_id=copying.result(30).id)) == []
    assert not Blob.objects.exists()
    assert not Version.objects.exists()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_bytes_that_are_being_copied_are_not_condemned(store, me, there, kind):
    folder = me.folder("folder")
    file = me.file("a", folder, b"12345")

    def purge():
        trash.purge(by=me.caller, asset_id=folder.id)
        purging.free(folder.id)

    with transaction.atomic():
        twin = numbered(me, file if kind == "file" else folder, there)()
        purging_it = behind(purge)
    purging_it.result(30)

    if kind == "folder":
        twin = tree.content_of(by=me.caller, folder_id=twin.id).items[0]
    assert me.read(twin) == b"12345"
    assert not Condemned.objects.exists()
    assert me.space() == (5, 0)


def test_a_file_whose_content_is_replaced_meanwhile_is_copied_as_it_was_or_as_it_is(store, me, alice):
    file, there = me.file("a", data=b"old"), me.folder("there")

    results = together(*[numbered(me, file, there)] * 4, *[partial(me.file, "a", data=b"newer")] * 4)

    assert not any(isinstance(result, Refusal) for result in results)
    for view in tree.content_of(by=me.caller, folder_id=there.id).items:
        assert me.read(view) in {b"old", b"newer"}
    assert me.space() == (charged(alice.id), 0)


def test_copies_in_opposite_directions_both_come_about(store, me, alice):
    one, two = me.folder("one"), me.folder("two")
    for number in range(5):
        me.file(str(number), one)
        me.file(str(number), two)

    results = together(*[numbered(me, one, two), numbered(me, two, one)] * 3)

    assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Conflict)]
    check_tree()
    assert me.space() == (charged(alice.id), 0)


def test_a_folder_that_is_moved_below_the_source_meanwhile_gets_no_copy_of_itself(store, me):
    source, target = me.folder("source"), me.folder("target")

    with transaction.atomic():
        tree.move(by=me.caller, asset_id=target.id, folder_id=source.id)
        copying = behind(numbered(me, source, target))

    assert isinstance(copying.exception(30), Refusal)
    check_tree()


@pytest.fixture
def there(me):
    return me.folder("there")
