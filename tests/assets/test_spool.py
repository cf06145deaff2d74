"""Bytes that wait in the spool for a remote store."""

import resource
import shutil

import pytest

from assets import carrying, moving, purging, spool
from assets.blobs import place_of
from assets.models import Blob, Condemned, Damage, Move
from assets.services import trash
from cloudbox.errors import SpoolFull
from cloudbox.health import worker_lives
from tests.assets.conftest import put


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


@pytest.fixture
def limit(far, settings):
    """Return how the spool's limit is set; what waits is counted anew."""

    def limited(size):
        settings.CLOUDBOX_SPOOL_LIMIT = size
        spool.waiting.forget()

    yield limited
    spool.waiting.forget()


def test_a_spool_over_its_limit_refuses_before_the_first_byte_and_takes_no_room(limit, me):
    me.file("a", data=b"x" * 11)
    limit(10)
    body = iter([b"more"])

    with pytest.raises(SpoolFull) as refusal:
        put(me, "b", body, size=4)

    assert (refusal.value.status, refusal.value.facts["retry_after"]) == (503, 30)
    assert (len(list(body)), me.space()) == (1, (11, 0))


def test_up_to_its_limit_the_spool_takes_everything(limit, me):
    me.file("a", data=b"x" * 10)
    limit(10)

    assert me.read(me.file("b", data=b"more")) == b"more"


def test_once_blobs_have_been_carried_over_there_is_room_again(limit, me):
    me.file("a", data=b"x" * 11)
    limit(10)
    carrying.move(Blob.objects.get().pk)
    spool.waiting.forget()

    assert me.read(me.file("b", data=b"more")) == b"more"


def test_what_waits_is_counted_once_a_second(limit, me, django_assert_num_queries):
    limit(10)
    spool.is_full()

    with django_assert_num_queries(0):
        assert not spool.is_full()


def test_a_full_spool_refuses_nothing_that_is_written_through(limit, me, settings):
    me.file("a", data=b"x" * 11)
    limit(10)
    settings.CLOUDBOX_STORE = "local"

    assert me.read(me.file("b", data=b"more")) == b"more"


def test_a_full_disk_under_the_spool_passes_so_it_is_told_like_a_full_spool(far, me):
    def filling():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2, hard))
            yield b"more than two"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with pytest.raises(SpoolFull):
        put(me, "a", filling())

    assert me.space() == (0, 0)


def test_nginx_is_sent_only_to_the_store_that_it_serves(far, me):
    me.file("a")
    waiting = Blob.objects.get()

    assert place_of(waiting) is None
    carrying.move(waiting.pk)
    assert place_of(Blob.objects.get()) is None
    moving.enlist([waiting.pk], "local")
    carrying.move(waiting.pk)
    assert place_of(Blob.objects.get()) is not None


def test_a_server_stays_ready_while_its_spool_takes_bytes_and_tells_what_waits(far, me, client):
    worker_lives()
    me.file("a", data=b"first")
    far.root.write_bytes(b"no directory, so nothing can be carried over")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["backlog"]["blobs"], answer.json()["backlog"]["bytes"]) == (200, 1, 5)


def test_storage_is_down_when_the_spool_is_full_and_the_store_takes_nothing(limit, far, me, client):
    worker_lives()
    me.file("a", data=b"x" * 11)
    limit(10)
    assert client.get("/readyz").status_code == 200

    shutil.rmtree(far.root)
    far.root.write_bytes(b"no directory")

    assert client.get("/readyz").json()["down"] == ["storage"]
