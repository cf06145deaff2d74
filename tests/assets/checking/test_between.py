"""What happens between the listing of a store and the look at the rows is never taken for a difference."""

import secrets
from datetime import timedelta

import pytest
from django.utils import timezone

from assets import checking, gone, storage, uploads
from assets.checking import check
from assets.models import Asset, Blob, Condemned, Upload
from assets.purging import free_versions
from tests.assets.conftest import put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_young(monkeypatch):
    monkeypatch.setattr(checking, "YOUNG", timedelta(days=-1))


def checked(meanwhile, after="keys in local"):
    """Check, doing something when the store has just been listed, and return what is found."""
    left = [meanwhile]

    def progress(what, _count):
        if what == after and left:
            left.pop()()

    found = [(finding.kind, finding.id) for finding in check(repair=False, deep=False, progress=progress)]
    assert not left
    return found


def purge(file):
    """Delete the file with its bytes."""
    versions = list(file.versions.values_list("pk", flat=True))
    free_versions(versions)
    file.delete()
    Condemned.objects.update(delete_at=timezone.now())
    assert gone.delete_condemned() == len(versions)


def test_bytes_that_came_after_the_listing_are_not_missing(me, store):
    assert checked(lambda: me.file("a.txt")) == []


def test_bytes_that_were_deleted_after_the_listing_are_no_orphans(me, file):
    assert checked(lambda: purge(Asset.objects.get(name="a.txt"))) == []


def test_bytes_that_were_condemned_after_the_listing_are_no_orphans(me, file):
    def forget():
        free_versions(list(Asset.objects.get(name="a.txt").versions.values_list("pk", flat=True)))
        Asset.objects.filter(name="a.txt").delete()

    assert checked(forget) == []


def test_an_upload_that_was_given_up_after_the_listing_left_no_orphan(me, store):
    found = []

    def body():
        yield b"half"
        found.extend(checked(lambda: [uploads.abandon(upload.pk) for upload in Upload.objects.all()]))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(me, "a.txt", body())
    assert found == []


def test_bytes_that_moved_after_the_listing_are_neither_missing_nor_orphans(me, blob, settings, tmp_path):
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "attic": f"local://{tmp_path}/attic"}
    key = secrets.token_hex(16)

    def move():
        storage.store_named("attic").write(key, storage.primary().read(blob.key))
        Blob.objects.filter(pk=blob.pk).update(store="attic", key=key)
        gone.condemn([("local", blob.key, blob.size)])

    assert checked(move) == []
    Blob.objects.filter(pk=blob.pk).update(store="local", key=blob.key)
    Condemned.objects.all().delete()
    storage.store_named("attic").delete(key)
    assert checked(move, after="keys in attic") == []
