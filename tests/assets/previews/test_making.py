"""From an upload to its thumbnails: nobody waits for them, and bytes that mean harm do none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assets import previews, storage
from assets.models import Blob, Condemned, Move, Preview, Thumbnail, Version
from assets.services import parts
from assets.services.content import Body
from assets.words import Reason
from tests.assets.conftest import keys, no_orphan, place_of
from tests.assets.previews.conftest import blob_of, make, preview_of
from tests.assets.previews.samples import announcing, opened, picture

pytestmark = pytest.mark.django_db


def test_a_picture_waits_for_its_preview_from_the_moment_it_is_there(photo):
    preview = preview_of(photo)

    assert (preview.state, preview.content_type, preview.attempts) == ("waiting", "image/png", 0)


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.txt", b"text"), ("a.pdf", b"%PDF"), ("a.svg", b"<svg/>"), ("a.html", b"<p>"), ("empty.png", b"")],
)
def test_what_shows_nothing_does_not_wait(me, store, name, data):
    me.file(name, data=data)

    assert not Preview.objects.exists()


def test_where_previews_are_off_nothing_waits(me, store, settings):
    settings.CLOUDBOX_PREVIEWS = False

    me.file("photo.png", data=picture())

    assert not Preview.objects.exists()
    assert previews.queue_due() == 0


def test_a_new_version_and_a_file_that_came_in_parts_wait_too(me, store, photo):
    me.file("photo.png", data=picture(colour=(1, 2, 3)))
    upload = parts.begin(by=me.caller, folder_id=None, name="large.jpg")
    data = picture(kind="JPEG")
    parts.append(by=me.caller, upload_id=upload.id, offset=0, body=Body([data[:100]]))
    parts.append(by=me.caller, upload_id=upload.id, offset=100, body=Body([data[100:]]))
    large = parts.finish(by=me.caller, upload_id=upload.id).file

    assert Preview.objects.count() == 3
    assert make(large).state == "made"


def test_the_thumbnails_are_made_stored_and_charged_to_nobody(me, store, photo):
    before = me.space()

    preview = make(photo)

    assert (preview.state, preview.reason, preview.width, preview.height) == ("made", "", 1600, 800)
    images = {thumbnail.edge: thumbnail.image for thumbnail in preview.thumbnails.all()}
    shown = {edge: opened(b"".join(storage.primary().read(image.key or ""))) for edge, image in images.items()}
    assert {edge: image.size for edge, image in shown.items()} == {256: (256, 128), 1024: (1024, 512)}
    assert all(image.crcs and image.sha256 for image in images.values())
    assert me.space() == before
    assert not Condemned.objects.exists()


def test_a_preview_that_is_made_is_not_made_again(seen):
    made = set(Thumbnail.objects.values_list("image", flat=True))

    make(seen)

    assert set(Thumbnail.objects.values_list("image", flat=True)) == made


def test_a_preview_is_made_anew_when_the_staff_say_so(seen, store):
    old = set(Thumbnail.objects.values_list("image__key", flat=True))

    previews.try_again(blob_of(seen).pk)
    make(seen)

    new = set(Thumbnail.objects.values_list("image__key", flat=True))
    assert (len(new), new & old) == (2, set())
    assert set(Condemned.objects.values_list("key", flat=True)) == old
    assert no_orphan("local")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no picture at all", Reason.UNREADABLE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.UNREADABLE),
        (picture(900, 900, kind="JPEG")[:2000], Reason.UNREADABLE),
        (announcing(1_000_000, 200), Reason.TOO_MANY_PIXELS),
    ],
)
def test_bytes_that_are_no_picture_have_no_preview_whatever_they_are_called(me, store, data, reason):
    file = me.file("photo.png", data=data)

    preview = make(file)

    assert (preview.state, preview.reason, preview.attempts) == ("none", reason, 1)
    assert (Thumbnail.objects.count(), len(keys("local"))) == (0, 1)


def test_a_picture_with_something_behind_it_shows_the_picture(me, store):
    file = me.file("photo.png", data=picture() + b"<script>alert(1)</script>" + b"PK\x03\x04")

    make(file)

    image = Thumbnail.objects.get().image
    assert b"script" not in b"".join(storage.primary().read(image.key or ""))


def test_a_file_over_the_limit_is_not_looked_at(me, photo, settings):
    settings.CLOUDBOX_PREVIEW_LIMIT = 1024

    assert make(photo).reason == Reason.TOO_LARGE


def test_a_picture_that_needs_more_memory_than_there_is_has_none(me, store, settings):
    settings.CLOUDBOX_PREVIEW_MEMORY = 256 * 2**20
    file = me.file("bomb.png", data=announcing(10_000, 10_000))

    assert make(file).reason == Reason.TOO_MUCH_MEMORY


def test_a_copy_of_a_file_has_its_preview_at_once(me, seen):
    version = Version.objects.get()
    Version.objects.create(asset=version.asset, seq=2, blob=version.blob, size=version.size)

    assert Preview.objects.count() == 1


def test_thumbnails_land_in_the_spool_and_go_on_to_the_store(far, me):
    file = me.file("photo.png", data=picture(1600, 800))

    make(file)

    images = Blob.objects.filter(pk__in=Thumbnail.objects.values("image"))
    assert [image.store for image in images] == ["spool", "spool"]
    assert set(Move.objects.values_list("blob", "store")) >= {(image.pk, "far") for image in images}
    assert no_orphan("spool", "far")


def test_a_damaged_original_is_tried_again_later(photo):
    place_of("local", blob_of(photo)).write_bytes(b"something else")

    preview = make(photo)

    assert (preview.state, preview.reason, preview.attempts) == ("waiting", Reason.DAMAGED, 1)
    assert preview.retry_at > timezone.now() + timedelta(seconds=50)
