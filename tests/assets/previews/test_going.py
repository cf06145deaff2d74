"""Thumbnails are bytes like any other: checked, moved, and gone with what they show."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from assets import carrying, collecting, damage, gone, moving, pictures, purging
from assets.carrying import Outcome
from assets.models import Blob, BlobPart, Condemned, Damage, Move, Preview, Thumbnail
from assets.services import trash
from assets.words import Harm
from tests.assets.checking.fsck import found, fsck
from tests.assets.conftest import keys, no_orphan, place_of
from tests.assets.previews.conftest import blob_of, claimed, drawn_by, make, preview_of
from tests.assets.previews.samples import picture
from tests.threads import behind

pytestmark = pytest.mark.django_db


def purge(me, file):
    trash.trash(by=me.caller, asset_id=file.id)
    trash.purge_from_trash(by=me.caller, asset_id=file.id)
    purging.free(file.id)


def test_a_purged_picture_takes_its_thumbnails_with_it_after_the_reprieve(me, seen, store):
    written = keys("local")
    assert len(written) == 3

    purge(me, seen)

    assert not Preview.objects.exists()
    assert not Thumbnail.objects.exists()
    assert not Blob.objects.exists()
    assert set(Condemned.objects.values_list("key", flat=True)) == written
    assert keys("local") == written
    Condemned.objects.update(delete_at=timezone.now() - timedelta(seconds=1))
    gone.delete_condemned()
    assert keys("local") == set()


def test_a_picture_that_is_still_named_keeps_its_thumbnails(me, seen):
    blob_id = blob_of(seen).pk
    images = list(Thumbnail.objects.values_list("image", flat=True))

    assert gone.condemn_unnamed([blob_id, *images]) == []

    assert Blob.objects.count() == 3


def test_the_thumbnails_of_a_composite_go_with_it(me, seen):
    whole = blob_of(seen)
    part = Blob.objects.create(store="local", key="part", size=whole.size)
    BlobPart.objects.create(blob=whole, position=0, start=0, part=part)
    Blob.objects.filter(pk=whole.pk).update(kind="composite", key=None, store="")

    purge(me, seen)

    assert not Blob.objects.exists()
    assert Condemned.objects.filter(key="part").exists()


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_is_purged_while_it_is_drawn_leaves_nothing(me, photo):
    attempt = claimed(photo)
    drawn, stored = drawn_by(attempt)
    purge(me, photo)

    with pytest.raises(pictures.Overtaken):
        pictures._finish(attempt, drawn, stored)

    assert not Blob.objects.exists()
    assert no_orphan("local")


@pytest.mark.django_db(transaction=True)
def test_a_purge_waits_for_a_preview_that_is_being_named_and_takes_it_along(me, photo):
    attempt = claimed(photo)
    drawn, stored = drawn_by(attempt)
    trash.trash(by=me.caller, asset_id=photo.id)
    trash.purge_from_trash(by=me.caller, asset_id=photo.id)

    with transaction.atomic():
        pictures._finish(attempt, drawn, stored)
        purged = behind(lambda: purging.free(photo.id))

    purged.result(30)
    assert not Blob.objects.exists()
    assert no_orphan("local")


def test_a_check_and_a_collection_find_nothing_wrong(me, seen):
    assert fsck()[0] == 0
    collected = collecting.collect(now=True, progress=lambda *_: None)

    assert (collected.forgotten.keys, collected.deleted.keys) == (0, 0)
    assert len(keys("local")) == 3


def test_a_thumbnail_that_nothing_names_is_found_and_mended(me, seen):
    image_id = Thumbnail.objects.get(edge=256).image_id
    Thumbnail.objects.filter(edge=256).delete()

    assert found() == {"blob_unnamed": [str(image_id)]}
    assert fsck("--repair")[0] == 0
    assert fsck()[0] == 0


def test_a_thumbnail_moves_to_another_store_as_everything_does(far, me):
    file = me.file("photo.png", data=picture(1600, 800))
    make(file)
    for blob in Blob.objects.all():
        assert carrying.move(blob.pk) is Outcome.MOVED
    moving.enlist(Blob.objects.values_list("pk", flat=True), "local")
    for blob in Blob.objects.all():
        assert carrying.move(blob.pk) is Outcome.MOVED

    assert set(Blob.objects.values_list("store", flat=True)) == {"local"}
    assert not Move.objects.exists()
    assert len(keys("local")) == 3
    assert found() == {}


def test_a_damaged_thumbnail_names_the_file_that_it_shows_and_is_made_anew_by_itself(me, seen):
    image = Thumbnail.objects.get(edge=256).image
    place_of("local", image).unlink()
    assert damage.report(image.pk, Harm.MISSING)
    assert [file["id"] for file in damage.files_of([image.pk])[image.pk]] == [str(seen.id)]
    assert preview_of(seen).state == "waiting"

    make(seen)

    assert not Damage.objects.exists()
    assert preview_of(seen).state == "made"
    assert fsck()[0] == 0
