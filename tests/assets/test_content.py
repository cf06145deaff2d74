"""Files and what they contain: the way of a byte, in and out."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import quotas
from accounts.callers import SYSTEM
from accounts.services import set_base_quota
from activity.models import AuditEntry
from assets import gone, uploads
from assets.blobs import place_of
from assets.digests import Expected
from assets.heartbeat import LEASE, SILENCE, heartbeat
from assets.models import Asset, Blob, BlobPart, Condemned, Upload, UploadPart, Version
from assets.placing import OnConflict
from assets.services import content, people, trash, tree
from assets.services.content import Body
from assets.shapes import AssetView
from cloudbox.errors import (
    AccessDenied,
    Conflict,
    DigestMismatch,
    LengthMismatch,
    NameTaken,
    NotFound,
    PreconditionFailed,
    QuotaExceeded,
)
from cloudbox.ranges import Conditions
from tests.assets.conftest import Hand, charged


def put(hand: Hand, name: str, chunks, *, size=None, digests=None, **more) -> AssetView:
    body = Body(chunks, Expected(size, digests or {}))
    return content.store_file(by=hand.caller, folder_id=None, name=name, body=body, **more)[0]


def nothing_is_left(store, alice) -> bool:
    space = quotas.usage_of(alice.id)
    return (
        list(store.stored()) == []
        and not Upload.objects.exists()
        and not UploadPart.objects.exists()
        and not Version.objects.exists()
        and (space.used, space.reserved) == (0, 0)
    )


def test_a_body_that_is_at_most_so_large_reserves_that_at_once_and_keeps_what_it_is(store, me):
    reserved = []

    def chunks():
        for _ in range(3):
            yield b"abc"
            reserved.append(me.space()[1])

    content.store_file(by=me.caller, folder_id=None, name="a", body=Body(chunks(), Expected(most=10)))

    assert reserved == [10, 10, 10]
    assert me.space() == (9, 0)


def test_what_was_stored_is_what_is_read(store, me):
    file = me.file("notes.txt", data=b"hello world")

    assert me.read(file) == b"hello world"
    assert (file.size, file.sha256) == (11, hashlib.sha256(b"hello world").hexdigest())
    assert (file.version, file.content_type) == (1, "text/plain")


def test_an_empty_file_is_a_file(store, me):
    assert me.read(me.file("empty", data=b"")) == b""


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


def test_a_name_taken_is_told_before_the_first_byte_is_read(store, me):
    me.file("a")

    with pytest.raises(NameTaken):
        put(me, "a", iter([]), size=1)


def test_only_new_means_only_new(store, me):
    me.file("a")

    with pytest.raises(PreconditionFailed):
        put(me, "a", [b"x"], conditions=Conditions(if_none_match="*"))


def test_a_file_does_not_replace_a_folder(store, me):
    me.folder("a")

    with pytest.raises(NameTaken):
        put(me, "a", [b"x"], on_conflict=OnConflict.REPLACE)


def test_replacing_makes_a_version_and_both_are_charged(store, me, alice):
    file = me.file("a", data=b"first")

    again = content.replace_content(by=me.caller, file_id=file.id, body=Body([b"second!"]))

    assert (again.id, again.version, me.read(file)) == (file.id, 2, b"second!")
    assert (me.read(file, seq=1), me.space()) == (b"first", (12, 0))
    versions = content.versions_of(by=me.caller, file_id=file.id).items
    assert [(version.seq, version.size, version.is_current) for version in versions] == [(2, 7, True), (1, 5, False)]


def test_versions_come_in_pages(store, me, django_assert_num_queries):
    for number in range(5):
        file = me.file("a", data=b"x" * number)

    first = content.versions_of(by=me.caller, file_id=file.id, limit=3)
    with django_assert_num_queries(2):  # the gate, the versions
        second = content.versions_of(by=me.caller, file_id=file.id, limit=3, cursor=first.next)

    assert [version.seq for version in [*first.items, *second.items]] == [5, 4, 3, 2, 1]
    assert second.next is None


def test_a_replacement_of_what_was_replaced_meanwhile_is_refused(store, me):
    file = me.file("a", data=b"first")
    seen = Conditions(if_match=f'"{file.etag}"')
    content.replace_content(by=me.caller, file_id=file.id, body=Body([b"second"]), conditions=seen)

    with pytest.raises(PreconditionFailed):
        content.replace_content(by=me.caller, file_id=file.id, body=Body([b"third"]), conditions=seen)

    assert me.read(file) == b"second"


def test_an_editor_stores_a_file_at_the_owners_cost(store, me, colleague, alice, bob):
    photos = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    file = colleague.file("sea.jpg", photos, data=b"1234")

    row = Asset.objects.get(pk=file.id)
    assert (row.owner_id, row.created_by_id) == (alice.id, bob.id)
    assert (me.space(), colleague.space()) == ((4, 0), (0, 0))


def test_a_file_that_keeps_to_itself_is_not_replaced_through_its_folder(store, me, colleague):
    photos = me.folder("Photos")
    file = me.file("secret", photos, data=b"mine")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    Asset.objects.filter(pk=file.id).update(inherits=False)

    with pytest.raises(NotFound):
        colleague.file("secret", photos, data=b"yours")

    assert me.read(file) == b"mine"


def test_a_list_and_a_download_tell_one_time(store, me):
    me.file("a")
    file = me.file("a", data=b"newer")

    assert content.open_file(by=me.caller, file_id=file.id).modified == file.modified_at


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


def test_a_resumable_upload_at_rest_is_not_swept_before_its_time(store, me, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    resting = uploads._open(by=me.caller, folder=folder, name="a", size=500)
    past, future = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=7)
    Upload.objects.filter(pk=resting.id).update(lease_until=past, expires_at=future)

    assert uploads.sweep() == 0
    assert me.space() == (0, 500)


def test_the_anonymous_read_what_is_open_and_are_recorded_once_an_hour(store, me, nobody):
    file = me.file("a", data=b"open")
    people.set_any_one_access(by=me.caller, asset_id=file.id, access="viewer")

    assert [nobody.read(file) for _ in range(3)] == [b"open"] * 3

    downloads = AuditEntry.objects.filter(verb="file_downloaded", target_id=str(file.id))
    assert [entry.download.count for entry in downloads] == [3]


def test_owners_downloads_are_their_own_affair(store, me):
    me.read(me.file("a"))

    assert not AuditEntry.objects.filter(verb="file_downloaded").exists()


def test_a_viewer_does_not_replace(store, me, colleague):
    file = me.file("a")
    people.add_people(by=me.caller, asset_id=file.id, role="viewer", names=["bob"])

    with pytest.raises(AccessDenied):
        content.replace_content(by=colleague.caller, file_id=file.id, body=Body([b"x"]))


def test_opening_a_file_costs_one_query(store, me, django_assert_num_queries):
    file = me.file("a")

    with django_assert_num_queries(1):
        content.open_file(by=me.caller, file_id=file.id)


def test_storing_a_file_costs_fifteen_queries(store, me, django_assert_num_queries):
    with django_assert_num_queries(15 + 4):  # the four are savepoints in this test's transaction
        put(me, "a", [b"data"], size=4, on_conflict=OnConflict.REPLACE)


@pytest.mark.parametrize(
    ("announced", "name", "expected"),
    [
        ("text/plain", "a.bin", "text/plain"),
        ("", "a.png", "image/png"),
        ("application/x-www-form-urlencoded", "a.png", "image/png"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        ("text/html; charset=utf-8", "a", "text/html; charset=utf-8"),
        ("no type at all\r\nX: y", "a", "application/octet-stream"),
        ("text/plain;\r\n x=y", "a", "application/octet-stream"),
        ("text/\u212aml", "a", "application/octet-stream"),  # a Kelvin sign, which is a k in lower case
        (f"text/{'x' * 100}; y={'z' * 150}", "a", "application/octet-stream"),  # longer than a column holds
    ],
)
def test_the_type_is_what_the_client_says_or_the_name_suggests(announced, name, expected):
    assert content.content_type_of(announced, name) == expected


def composite(*parts: bytes, store) -> Blob:
    whole = Blob.objects.create(kind="composite", store=store.name, size=sum(map(len, parts)))
    start = 0
    for position, data in enumerate(parts):
        store.write(f"part{position}", [data])
        plain = Blob.objects.create(store=store.name, key=f"part{position}", size=len(data))
        BlobPart.objects.create(blob=whole, position=position, start=start, part=plain)
        start += len(data)
    return whole


@pytest.mark.parametrize("span", [(0, 9), (0, 3), (2, 4), (3, 6), (5, 9), (4, 4), (8, 9)])
def test_a_composite_blob_reads_as_one(store, me, span):
    file = me.file("a")
    whole = composite(b"012", b"345", b"678", store=store)
    Version.objects.filter(asset=file.id).update(blob=whole, size=9)

    opened = content.open_file(by=me.caller, file_id=file.id)

    assert b"".join(opened.open(*span)) == b"012345678"[slice(*span)]


def test_a_plain_blob_has_a_place_that_nginx_may_send_and_a_composite_has_none(store, me):
    file = me.file("whole", data=b"hello")
    blob = Blob.objects.get()

    opened = content.open_file(by=me.caller, file_id=file.id)

    assert opened.path is not None
    assert (store.root / opened.path).read_bytes() == b"hello"
    assert place_of(Blob(kind="composite", store=blob.store, size=5)) is None


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
