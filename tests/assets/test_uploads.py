"""Bytes on their way in: the room they take, and what is left when they do not arrive."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import set_base_quota
from assets import gone, uploads
from assets.digests import Expected
from assets.heartbeat import LEASE, SILENCE, heartbeat
from assets.models import Asset, Blob, Condemned, Upload, UploadPart, Version
from assets.services import content, people, trash, tree
from assets.services.content import Body
from cloudbox.errors import (
    Conflict,
    DigestMismatch,
    LengthMismatch,
    NotFound,
    QuotaExceeded,
)
from tests.assets.conftest import charged, nothing_is_left, put


def test_a_body_that_is_at_most_so_large_reserves_that_at_once_and_keeps_what_it_is(store, me):
    reserved = []

    def chunks():
        for _ in range(3):
            yield b"abc"
            reserved.append(me.space()[1])

    content.store_file(by=me.caller, folder_id=None, name="a", body=Body(chunks(), Expected(most=10)))

    assert reserved == [10, 10, 10]
    assert me.space() == (9, 0)


def test_an_upload_is_charged_to_the_byte(store, me, alice):
    me.file("a", data=b"x" * 1000)

    assert me.space() == (1000, 0)
    assert charged(alice.id) == 1000


def test_a_full_quota_is_told_before_the_first_byte_is_read(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)

    body = iter([b"x" * 11])

    with pytest.raises(QuotaExceeded) as refusal:
        put(me, "a", body, size=11)

    assert refusal.value.facts == {"needed": 11, "free": 10}
    assert len(list(body)) == 1
    assert nothing_is_left(store, alice)


def test_a_quota_may_be_filled_exactly(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)

    put(me, "a", [b"x" * 10], size=10)

    assert me.space() == (10, 0)


def test_a_body_of_unknown_size_pays_as_it_comes_and_fills_exactly(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)

    put(me, "a", [b"x" * 6, b"y" * 4])

    assert me.space() == (10, 0)


def test_a_body_of_unknown_size_stops_where_the_room_ends(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)

    with pytest.raises(QuotaExceeded):
        put(me, "a", [b"x" * 6, b"y" * 5])

    assert nothing_is_left(store, alice)


@pytest.mark.parametrize("size", [3, 5])
def test_a_body_that_is_not_as_long_as_announced_leaves_nothing(store, me, alice, size):
    with pytest.raises(LengthMismatch):
        put(me, "a", [b"data"], size=size)

    assert nothing_is_left(store, alice)


def test_a_body_that_does_not_match_its_digest_leaves_nothing(store, me, alice):
    with pytest.raises(DigestMismatch):
        put(me, "a", [b"data"], size=4, digests={"sha256": bytes(32)})

    assert nothing_is_left(store, alice)


def test_a_client_that_goes_away_leaves_nothing(store, me, alice):
    def breaking():
        yield b"da"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put(me, "a", breaking(), size=4)

    assert nothing_is_left(store, alice)


def test_who_loses_their_role_while_the_bytes_come_stores_nothing(store, me, colleague, alice):
    photos = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    def losing():
        yield b"da"
        people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
        yield b"ta"

    with pytest.raises(NotFound):
        content.store_file(by=colleague.caller, folder_id=photos.id, name="a", body=Body(losing(), Expected(4)))

    assert nothing_is_left(store, alice)


def test_a_folder_trashed_while_the_bytes_come_takes_no_file(store, me, alice):
    photos = me.folder("Photos")

    def trashing():
        yield b"data"
        trash.trash(by=me.caller, asset_id=photos.id)

    with pytest.raises(NotFound):
        content.store_file(by=me.caller, folder_id=photos.id, name="a", body=Body(trashing(), Expected(4)))

    assert nothing_is_left(store, alice)


def test_a_file_that_changes_hands_while_its_bytes_come_is_charged_to_its_new_owner(store, me, colleague, alice, bob):
    file = me.file("a", data=b"first")
    shared = colleague.folder("Ours")
    people.add_people(by=colleague.caller, asset_id=shared.id, role="editor", names=["alice"])

    def moving():
        yield b"try"
        tree.move(by=me.caller, asset_id=file.id, folder_id=shared.id)
        yield b"two"

    content.replace_content(by=me.caller, file_id=file.id, body=Body(moving(), Expected(6)))

    assert (me.space(), colleague.space()) == ((0, 0), (11, 0))
    assert (charged(alice.id), charged(bob.id)) == (0, 11)


def test_a_crashed_upload_holds_its_room_until_the_sweep_and_not_longer(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    crashed = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    store.write(crashed.key, [b"x" * 100])
    assert (uploads.sweep(), me.space()) == (0, (0, 500))

    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert uploads.sweep() == 1
    assert nothing_is_left(store, alice)
    assert Condemned.objects.filter(key=crashed.key).exists()  # its writer may only have been asleep


def test_what_cannot_be_deleted_at_once_is_not_forgotten(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    upload = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    stubborn = store.root / "unfinished" / upload.key
    stubborn.mkdir(parents=True)  # no file, so it cannot be unlinked

    assert uploads.abandon(upload.id)

    assert me.space() == (0, 0)
    Condemned.objects.update(delete_at=timezone.now() - timedelta(seconds=1))
    assert gone.delete_condemned() == 0
    assert Condemned.objects.get(key=upload.key).delete_at > timezone.now() + timedelta(minutes=50)
    stubborn.rmdir()
    Condemned.objects.update(delete_at=timezone.now() - timedelta(seconds=1))
    assert (gone.delete_condemned(), Condemned.objects.count()) == (1, 0)


def test_nothing_is_left_of_an_upload_whose_writer_gave_up(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    upload = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    store.write(upload.key, [b"x"])

    assert (uploads.abandon(upload.id), uploads.abandon(upload.id)) == (True, False)

    assert nothing_is_left(store, alice)
    assert not Condemned.objects.exists()


def test_the_complete_parts_of_an_upload_given_up_are_condemned(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    upload = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    part = Blob.objects.create(store=store.name, key="part", size=4)
    UploadPart.objects.create(upload_id=upload.id, number=2, store=store.name, key="part", blob=part)

    uploads.abandon(upload.id)

    assert not Blob.objects.exists()
    assert Condemned.objects.filter(key="part").exists()


def test_bytes_that_a_blob_names_are_never_deleted(store, me):
    file = me.file("a", data=b"dear")
    blob = Blob.objects.get(versions__asset=file.id)
    gone.condemn([(blob.store, blob.key or "", blob.size)])
    Condemned.objects.update(delete_at=timezone.now() - timedelta(days=1))

    gone.delete_condemned()

    assert me.read(file) == b"dear"


def test_an_upload_that_was_swept_does_not_come_back(store, me, alice):
    def sweeping():
        yield b"da"
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        uploads.sweep()
        yield b"ta"

    with pytest.raises(Conflict, match="given up"):
        put(me, "a", sweeping(), size=4)

    assert me.space() == (0, 0)
    assert not Version.objects.exists()


def test_a_lease_is_renewed_while_bytes_come_and_runs_out_when_they_stop(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    upload = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    with heartbeat.watching(upload.id):
        assert heartbeat.renew() == 1
        assert uploads.sweep() == 0
        left = Upload.objects.get(pk=upload.id).lease_until - timezone.now()
        assert LEASE - timedelta(seconds=10) < left <= LEASE
        heartbeat._last_byte[upload.id] -= SILENCE
        assert heartbeat.renew() == 0
        heartbeat.beat(upload.id)
        assert heartbeat.renew() == 1
    assert heartbeat.renew() == 0


def test_a_part_that_its_store_puts_together_keeps_the_lease_and_no_silent_one_beside_it(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    upload = uploads._open(by=me.caller, folder=folder, name="a", size=500)

    with heartbeat.watching(upload.id):
        with heartbeat.watching(upload.id):
            list(uploads._paid(upload, [b"all there is"], None))
            heartbeat._last_byte[upload.id] -= SILENCE
            assert heartbeat.renew() == 1
        heartbeat._last_byte[upload.id] -= SILENCE
        assert heartbeat.renew() == 0


def test_a_resumable_upload_at_rest_is_not_swept_before_its_time(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    resting = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    past, future = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=7)
    Upload.objects.filter(pk=resting.id).update(lease_until=past, expires_at=future)

    assert uploads.sweep() == 0
    assert me.space() == (0, 500)


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_bytes_flow(store, me):
    held = []

    def watching():
        held.append(connection.connection)
        yield b"data"
        held.append(connection.connection)

    put(me, "a", watching(), size=4)

    assert held == [None, None]


@pytest.mark.django_db(transaction=True)
def test_fifty_uploads_at_once_never_pass_the_quota(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10_000)
    sizes = [100 + 37 * number for number in range(50)]  # together 50 325 bytes
    refused = []

    def upload(size: int) -> None:
        try:
            put(me, f"file {size}", [b"x" * size], size=size)
        except QuotaExceeded:
            refused.append(size)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    used, reserved = me.space()
    assert (used, reserved) == (charged(alice.id), 0)
    assert used <= 10_000
    assert min(refused) > 10_000 - used  # whoever was refused would not have fitted in the end
    assert sum(row.size for row in store.stored()) == used
