"""Bytes that wait in the spool for a remote store."""

from assets import purging
from assets.models import Blob, Condemned, Damage, Move
from assets.services import trash


def test_what_is_uploaded_lands_in_the_spool_and_is_on_its_way(far, me, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as queued:
        file = me.file("a", data=b"first")

    blob = Blob.objects.get(versions__asset=file.id)
    move = Move.objects.get(blob=blob)
    assert (blob.store, move.store, move.key, len(queued)) == ("spool", "far", None, 1)
    assert me.read(file) == b"first"


def test_without_a_spool_it_is_written_through(far, me, settings):
    settings.CLOUDBOX_SPOOL = None

    file = me.file("a", data=b"first")

    assert Blob.objects.get(versions__asset=file.id).store == "far"
    assert not Move.objects.exists()
    assert me.read(file) == b"first"


def test_what_lies_at_home_goes_nowhere(store, me):
    me.file("a")

    assert not Move.objects.exists()


def test_a_blob_that_is_deleted_takes_its_move_with_it(far, me):
    file = me.file("a", data=b"first")
    Move.objects.update(key="attempt")
    Damage.objects.create(blob=Blob.objects.get(), kind="missing")

    trash.trash(by=me.caller, asset_id=file.id)
    trash.purge_from_trash(by=me.caller, asset_id=file.id)
    purging.free(file.id)

    assert not Blob.objects.exists()
    assert not Move.objects.exists()
    assert set(Condemned.objects.values_list("store", flat=True)) == {"spool", "far"}
