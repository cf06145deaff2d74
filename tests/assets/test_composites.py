"""Files whose bytes lie in several blobs: read in order, in any range, wherever the parts lie, and made one again."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import carrying, gone, moving, parts, spool, storage
from assets import tasks as asset_tasks
from assets.blobs import read_blob
from assets.carrying import Outcome
from assets.checking import Finding, check
from assets.digests import BlockChecksums
from assets.models import Blob, BlobPart, Condemned, Move, Upload, UploadPart, Version
from assets.placing import OnConflict
from assets.services import content, trash
from assets.services import parts as services
from assets.services.content import Body
from assets.storage import Store
from cloudbox.errors import ContentDamaged, SpoolFull
from tests.assets.conftest import Hand
from tests.assets.sending import Sending, begun, sha256
from tests.people import client_for

MIB = 2**20
BORDERS = [0, 1, 2, 5, 1000, MIB - 1, MIB, MIB + 1]  # sizes of parts: checksums are of whole MiB
BYTES = bytes(range(251)) * (9 * MIB // 251)  # a prime, so that no two MiB are alike


@pytest.fixture(params=["local", "database", "s3"])
def anywhere(request, tmp_path: Path, settings) -> Store:
    """A primary store of each kind, empty, that bytes are written through to."""
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "database": "database://"}
    if request.param == "s3":
        settings.CLOUDBOX_STORES["s3"] = request.getfixturevalue("rclone_bucket").url()
    settings.CLOUDBOX_STORE, settings.CLOUDBOX_SPOOL = request.param, None
    return storage.primary()


def composed(sizes: list[int], *stores: Store) -> tuple[Blob, bytes]:
    """Return a composite whose parts have these sizes and lie in these stores by turns, and what it contains."""
    parts = [_part(size, stores[position % len(stores)]) for position, size in enumerate(sizes)]
    return _whole([blob for blob, _ in parts]), b"".join(data for _, data in parts)


def _part(size: int, store: Store) -> tuple[Blob, bytes]:
    """Return the blob of that size in a store, which is written once, and what it contains."""
    data = BYTES[size % 250 :][:size]
    blob = Blob.objects.filter(store=store.name, key=f"{size:032}").first()
    if blob is None:
        store.write(f"{size:032}", [data])
        checksums = BlockChecksums()
        checksums.update(data)
        blob = Blob.objects.create(store=store.name, key=f"{size:032}", size=size, crcs=checksums.value())
    return blob, data


def _whole(parts: list[Blob]) -> Blob:
    whole = Blob.objects.create(kind="composite", store="", size=sum(part.size for part in parts))
    starts = accumulate((part.size for part in parts), initial=0)
    BlobPart.objects.bulk_create(
        BlobPart(blob=whole, position=position, start=start, part=part)
        for position, (part, start) in enumerate(zip(parts, starts, strict=False))
    )
    return whole


def differences() -> list[Finding]:
    """Return what a check of all rows, bytes and counters finds."""
    return list(check(repair=False, deep=True, progress=lambda _what, _count: None))


def read(blob: Blob, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(read_blob(blob, start, blob.size if stop is None else stop))


def sent(hand: Hand, *data: bytes) -> Sending:
    film = begun(hand)
    film.parts(*data)
    return film


# Reading


def test_a_file_in_parts_tells_the_whole_story_on_every_store(anywhere, me):
    data = [BYTES[:300_000], BYTES[300_000 : MIB + 7], BYTES[MIB + 7 : 2 * MIB]]
    film = begun(me)
    film.part(3, data[2])
    film.part(1, b"something else")
    film.part(2, data[1])
    film.part(1, data[0])
    assert differences() == []

    finished = film.finish(1, 2, 3)
    opened = content.open_file(by=me.caller, file_id=finished.file.id)

    assert me.read(finished.file) == BYTES[: 2 * MIB]
    for start, stop in ((0, 1), (299_999, 300_001), (299_000, MIB + 8), (MIB + 7, 2 * MIB), (2 * MIB - 1, 2 * MIB)):
        assert b"".join(opened.open(start, stop)) == BYTES[start:stop]
    assert me.space() == (2 * MIB, 0)
    (blob,) = Blob.objects.filter(kind="composite")
    asset_tasks.digest_blob(str(blob.id))
    assert differences() == []
    me.file("other")
    assert content.open_file(by=me.caller, file_id=finished.file.id).sha256 == sha256(BYTES[: 2 * MIB])

    trash.purge(by=me.caller, asset_id=finished.file.id)
    asset_tasks.purge(str(finished.file.id))
    Condemned.objects.update(delete_at=timezone.now())
    gone.delete_condemned()
    assert [row.size for row in anywhere.stored()] == [4]
    assert differences() == []


def test_a_stream_goes_on_after_a_break_on_every_store(anywhere, me):
    film = begun(me, MIB)

    def breaking() -> Iterator[bytes]:
        yield BYTES[: MIB // 2]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.append(by=me.caller, upload_id=film.id, offset=0, body=Body(breaking()))
    assert film.offset() == MIB // 2
    assert film.append(MIB // 2, BYTES[MIB // 2 : MIB]) == MIB

    assert me.read(film.finish().file) == BYTES[:MIB]
    assert sum(row.size for row in anywhere.stored()) == MIB


@settings(max_examples=40)
@given(sizes=st.lists(st.sampled_from(BORDERS), min_size=2, max_size=6), first=st.floats(0, 1), last=st.floats(0, 1))
def test_any_range_of_any_parts_is_read_right(store, db, sizes, first, last):
    blob, data = composed(sizes, store)
    start, stop = sorted([round(first * blob.size), round(last * blob.size)])

    assert read(blob, start, stop) == data[start:stop]


@pytest.mark.parametrize("border", [1, 1000, MIB, 2 * MIB + 1])
def test_a_range_is_exact_around_every_border(store, db, border):
    blob, data = composed([border, 3, MIB], store)

    for start in (border - 1, border, border + 1, border + 3):
        for stop in (border, border + 1, border + 3, border + 4, blob.size):
            if start <= stop:
                assert read(blob, start, stop) == data[start:stop]


def test_parts_may_lie_in_different_stores(db, tmp_path, settings, rclone_bucket):
    settings.CLOUDBOX_STORES = {
        "local": f"local://{tmp_path}/one",
        "disk": f"local://{tmp_path}/two",
        "database": "database://",
        "s3": rclone_bucket.url(),
    }

    blob, data = composed([1000, 2 * MIB, 1, 1000, 1000], *storage.stores()[:4])

    assert len(set(BlobPart.objects.values_list("part__store", flat=True))) == 4
    assert read(blob) == data
    assert read(blob, 999, 2 * MIB + 1002) == data[999 : 2 * MIB + 1002]


def test_parts_are_opened_one_at_a_time_and_only_those_that_are_asked_for(store, db):
    there, data = _part(5, store)
    gone = Blob.objects.create(store=store.name, key="gone", size=5)
    blob = _whole([there if 40 <= position < 60 else gone for position in range(100)])
    open_before, most = len(list(Path("/proc/self/fd").iterdir())), 0

    with CaptureQueriesContext(connection) as queries:
        for chunk in read_blob(blob, 200, 300):
            assert chunk == data
            most = max(most, len(list(Path("/proc/self/fd").iterdir())))

    assert most <= open_before + 1
    assert len(queries) == 1  # which looks some parts ahead, not all
    with pytest.raises(ContentDamaged):
        read(blob, 200, 301)


def test_ten_thousand_parts_are_looked_up_in_turns(store, db):
    part, data = _part(1, store)
    whole = _whole([part] * 10_000)

    with CaptureQueriesContext(connection) as queries:
        assert read(whole, 9_500) == data * 500

    assert len(queries) > 1


def test_a_part_that_is_missing_breaks_the_answer_off_where_it_begins(store, db):
    blob, data = composed([1000, 2000, 1000], store)
    store.delete(BlobPart.objects.filter(position=1).values_list("part__key", flat=True)[0])
    chunks = read_blob(blob, 500, 4000)

    assert next(chunks) == data[500:1000]
    with pytest.raises(ContentDamaged):
        next(chunks)


def test_a_composite_is_downloaded_like_any_file(store, me, alice):
    finished = sent(me, BYTES[:1000], BYTES[1000:5000]).finish(1, 2, content_type="video/mp4")
    address = f"/api/v1/store/files/{finished.file.id}/content"
    client = client_for(alice)

    whole = client.get(address)
    part = client.get(address, headers={"Range": "bytes=990-1009"})

    assert whole.getvalue() == BYTES[:5000]
    assert (whole["ETag"], whole["Content-Length"], "Repr-Digest" in whole) == (f'"{finished.etag}"', "5000", False)
    assert (part.status_code, part["Content-Range"], part.getvalue()) == (206, "bytes 990-1009/5000", BYTES[990:1010])
    assert client.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304


# By way of the spool


def test_parts_that_wait_together_in_the_spool_are_carried_to_the_store_as_one_blob(far, me):
    film = sent(me, BYTES[:1000], BYTES[1000:3000])
    assert Move.objects.count() == 0
    finished = film.finish(1, 2)
    (blob,) = Blob.objects.filter(kind="composite")
    assert (Move.objects.get().blob_id, me.read(finished.file)) == (blob.id, BYTES[:3000])

    assert carrying.move(blob.id) is Outcome.MOVED

    blob.refresh_from_db()
    assert (blob.kind, blob.store, blob.sha256) == ("plain", "far", sha256(BYTES[:3000]).hex())
    assert me.read(finished.file) == BYTES[:3000]
    version = Version.objects.get()
    assert (version.part_sizes, version.etag) == ([1000, 2000], finished.etag)
    assert not BlobPart.objects.exists()
    assert list(storage.store_named("spool").stored()) == []
    asset_tasks.digest_blob(str(blob.id))  # finds nothing to do


def test_a_single_part_is_carried_on_as_the_blob_it_is(far, me):
    finished = sent(me, b"all of it").finish(1)

    assert carrying.move(Move.objects.get().blob_id) is Outcome.MOVED

    assert me.read(finished.file) == b"all of it"
    assert [row.size for row in far.stored()] == [9]


def test_parts_of_an_upload_that_takes_long_go_ahead_and_stay_parts(far, me):
    film = sent(me, BYTES[:1000], BYTES[1000:3000])
    assert parts.sweep() == 0
    Blob.objects.update(created_at=timezone.now() - parts.SPOOLED)
    film.part(3, BYTES[3000:3500])

    assert differences() == []
    assert (parts.sweep(), parts.sweep()) == (1, 0)
    assert carrying.move(Move.objects.earliest("id").blob_id) is Outcome.MOVED
    finished = film.finish(1, 2, 3)

    assert Move.objects.count() == 2  # the second on its way and the third; nothing is carried back to be made one
    for blob_id in Move.objects.values_list("blob_id", flat=True):
        assert carrying.move(blob_id) is Outcome.MOVED
    assert set(BlobPart.objects.values_list("part__store", flat=True)) == {"far"}
    assert differences() == []
    asset_tasks.digest_blob(str(Blob.objects.get(kind="composite").id))
    assert me.read(finished.file) == BYTES[:3500]
    assert Blob.objects.get(kind="composite").sha256 == sha256(BYTES[:3500]).hex()


def test_however_many_parts_wait_beside_one_that_went_ahead_finishing_takes_as_many_statements(far, me):
    def statements(count: int) -> int:
        film = sent(me, *[b"part"] * count)
        moving.enlist([UploadPart.objects.get(upload=film.id, number=1).blob_id or film.id], "far")
        with CaptureQueriesContext(connection) as queries:
            film.finish(on_conflict=OnConflict.REPLACE)
        return len(queries)

    statements(3)  # what is asked once is in memory now

    assert statements(3) == statements(12)
    assert Move.objects.count() == 18


def test_a_part_on_its_way_that_is_sent_again_or_aborted_leaves_no_move(far, me):
    film = sent(me, b"former", b"other")
    Blob.objects.update(created_at=timezone.now() - timedelta(hours=1))
    parts.sweep()

    film.part(1, b"latter")
    assert Move.objects.count() == 1
    film.abort()

    assert (Move.objects.count(), Blob.objects.count(), me.space()) == (0, 0, (0, 0))


def test_a_full_spool_lets_parts_go_ahead_at_once_and_takes_no_more_until_they_have(far, me, settings):
    film = sent(me, BYTES[:1000])
    settings.CLOUDBOX_SPOOL_LIMIT = 999
    spool.waiting.forget()

    for refused in (
        lambda: begun(me, name="another"),
        lambda: film.part(2, b"more"),
        lambda: film.append(1000, b"more"),
    ):
        with pytest.raises(SpoolFull):
            refused()
    assert (me.space(), UploadPart.objects.count(), Upload.objects.count()) == ((0, 1000), 1, 1)

    assert parts.sweep() == 1
    carrying.move(Move.objects.get().blob_id)
    spool.waiting.forget()

    assert film.append(1000, b"more") == 1004
    assert me.read(film.finish().file) == BYTES[:1000] + b"more"
