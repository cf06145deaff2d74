"""Every kind of store is compared, collected and read back, not only the disk."""

import secrets
from datetime import timedelta

import pytest
from django.db import transaction

from assets import checking, collecting, scrubbing, storage
from assets.models import Blob, Condemned, Damage, StoredChunk
from tests.assets.checking.fsck import found, fsck, mended, stays
from tests.assets.test_collecting import gc
from tests.s3 import RcloneS3

pytestmark = pytest.mark.django_db

DATA = b"apple" * 1000


@pytest.fixture(autouse=True)
def nothing_is_young(monkeypatch):
    monkeypatch.setattr(checking, "YOUNG", timedelta(days=-1))
    monkeypatch.setattr(collecting, "FORGOTTEN", timedelta(days=-1))
    monkeypatch.setattr(scrubbing, "EARLY", -1)


@pytest.fixture(params=["database", "rclone"])
def far(request, settings, tmp_path):
    """The primary store, which doors write through to."""
    url = "database:" if request.param == "database" else request.getfixturevalue("rclone_bucket").url()
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "far": url}
    settings.CLOUDBOX_STORE, settings.CLOUDBOX_SPOOL = "far", None
    return storage.primary()


@pytest.fixture
def blob(me, far):
    me.file("a.txt", data=DATA)
    return Blob.objects.get()


def test_a_store_in_order_is_clean(blob):
    code, document = fsck("--deep")

    assert (code, document["checked"]["keys in far"]) == (0, 1)


def test_what_is_missing_is_told(blob, far):
    far.delete(blob.key)

    assert stays("bytes_missing", blob.id)


def test_what_nothing_names_is_condemned_and_collected(me, blob, far):
    key = secrets.token_hex(16)
    far.write(key, [b"orphan"])

    assert mended("bytes_unnamed", key)
    assert gc("--now", "--yes")[1]["deleted"] == {"keys": 1, "bytes": 6}
    assert [item.key for item in far.stored()] == [blob.key]
    assert fsck("--deep")[0] == 0


def test_what_was_altered_is_found_by_reading_it_back(blob, far):
    key = Blob.objects.get().key
    far.delete(key)
    far.write(key, [DATA[:-1], b"!"])

    assert fsck()[0] == 0
    scrubbing.take_turn()

    assert Damage.objects.get().kind == "altered"
    assert stays("bytes_altered", blob.id)


@pytest.mark.parametrize("far", ["database"], indirect=True)
def test_a_row_of_bytes_that_the_database_lost_is_found_by_reading(blob):
    assert StoredChunk.objects.all().delete()[0]

    assert found("--deep") == {"bytes_altered": [str(blob.id)]}
    assert found("--deep", "--repair") == {"bytes_altered": [str(blob.id)]}
    assert Damage.objects.get().kind == "altered"


def test_an_upload_in_parts_that_nobody_ends_is_collected(moto_bucket, me, settings, tmp_path):
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "far": moto_bucket.url()}
    key = secrets.token_hex(16)
    moto_bucket.server.client.create_multipart_upload(Bucket=moto_bucket.name, Key=key)

    assert found() == {"bytes_unnamed": [key]}
    assert gc("--now", "--yes")[0] == 0

    assert "Uploads" not in moto_bucket.server.client.list_multipart_uploads(Bucket=moto_bucket.name)
    assert not Condemned.objects.exists()


def test_what_others_keep_in_the_bucket_is_told_and_left_alone(rclone_bucket, me, settings, tmp_path):
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "far": rclone_bucket.url()}
    rclone_bucket.server.client.put_object(Bucket=rclone_bucket.name, Key="photo.jpg", Body=b"theirs")

    assert stays("bytes_foreign", "photo.jpg")
    gc("--now", "--yes")

    assert rclone_bucket.objects() == {"photo.jpg": 6}


def test_a_server_that_is_down_is_told_and_the_rest_is_checked(me, settings, tmp_path):
    server = RcloneS3(tmp_path / "s3")
    server.start()
    bucket = server.make_bucket()
    server.kill()
    settings.CLOUDBOX_STORES = {"far": bucket.url(), "local": f"local://{tmp_path}/blobs"}
    key = secrets.token_hex(16)
    storage.primary().write(key, [b"orphan"])
    with transaction.atomic():
        Condemned.objects.create(store="far", key=secrets.token_hex(16), delete_at="2026-01-01T00:00Z")

    assert found("--repair") == {"store_down": ["far"], "bytes_unnamed": [key]}
    code, document = gc("--now", "--yes")
    assert (code, document["down"], document["deleted"]["keys"], document["failed"]["keys"]) == (1, ["far"], 1, 1)
