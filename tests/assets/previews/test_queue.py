"""Who makes which preview when: what was lost is queued again, and what cannot be made is not tried forever."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from assets import pictures, previews, spool
from assets.heartbeat import LEASE
from assets.models import Blob, Condemned, Preview, Thumbnail
from assets.previews import ATTEMPTS
from assets.words import Reason
from cloudbox.errors import NotFound
from tests.assets.conftest import keys, no_orphan
from tests.assets.previews.conftest import blob_of, claimed, drawn_by, make, preview_of
from tests.assets.previews.samples import picture
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(monkeypatch):
    """The blobs whose tasks were queued."""
    found = []
    monkeypatch.setattr(previews, "later", lambda name, blob_id: found.append((name, blob_id)))
    monkeypatch.setattr(previews, "waiting_in", lambda queue: {"previews": 0}[queue])
    return found


def due(**columns):
    Preview.objects.update(retry_at=timezone.now() - timedelta(seconds=1), **columns)


def test_an_upload_queues_the_task_and_draws_nothing_itself(me, store, queued, monkeypatch):
    monkeypatch.setattr(pictures, "make", lambda _: pytest.fail("The upload has waited."))

    file = me.file("photo.png", data=picture())

    assert queued == [("assets.make_preview", str(blob_of(file).pk))]
    assert file.size == len(picture())


def test_an_upload_that_shows_nothing_asks_the_database_nothing_more(
    me, store, django_assert_max_num_queries, django_assert_num_queries
):
    with django_assert_max_num_queries(50) as plain:
        me.file("a.txt")
    with django_assert_num_queries(len(plain.captured_queries) + 1):
        me.file("a.png")


def test_a_lost_task_is_queued_again_and_only_once(photo, queued):
    assert previews.queue_due() == 0  # its own is waited for
    due()

    assert (previews.queue_due(), previews.queue_due()) == (1, 0)
    assert queued == [("assets.make_preview", str(blob_of(photo).pk))]


def test_a_full_queue_gets_no_more(photo, queued, monkeypatch):
    due()
    monkeypatch.setattr(previews, "waiting_in", lambda _: previews.BATCH)

    assert previews.queue_due() == 0


def test_what_somebody_makes_is_left_to_them(photo):
    assert previews.claim(blob_of(photo).pk)

    assert previews.claim(blob_of(photo).pk) is None
    assert previews.queue_due() == 0
    assert make(photo).reason == Reason.AT_WORK


def test_a_lease_is_kept_while_somebody_is_at_it(photo):
    attempt = claimed(photo)
    with previews.heartbeat.watching(attempt.lease):
        due()

        assert previews.heartbeat.renew() == 1

    assert preview_of(photo).retry_at > timezone.now() + LEASE / 2


def test_what_a_dead_worker_has_left_is_taken_up(photo, queued, store):
    dead = claimed(photo)
    pictures._store(pictures.Drawn(256, b"RIFF0000WEBP"))  # and then it was killed
    due()

    assert previews.queue_due() == 1
    assert preview_of(photo).reason == Reason.WORKER_DIED
    assert make(photo).state == "made"
    assert (preview_of(photo).attempts, dead.number) == (2, 1)
    assert no_orphan("local")
    assert len(Condemned.objects.all()) == 1


def test_a_file_that_kills_every_worker_is_given_up(photo):
    for _ in range(ATTEMPTS):
        assert previews.claim(blob_of(photo).pk)
        due()

    assert previews.claim(blob_of(photo).pk) is None

    assert (preview_of(photo).state, preview_of(photo).reason) == ("none", Reason.WORKER_DIED)


def test_a_worker_that_was_thought_dead_names_nothing(photo):
    slow = claimed(photo)
    seen, stored = drawn_by(slow)
    due()
    made = make(photo)

    with pytest.raises(pictures.Overtaken):
        pictures._finish(slow, seen, stored)

    assert preview_of(photo).attempts == made.attempts == 2
    assert Thumbnail.objects.count() == 2
    assert no_orphan("local")


def test_what_a_collection_is_about_to_delete_is_not_named(photo):
    attempt = claimed(photo)
    seen, stored = drawn_by(attempt)
    Condemned.objects.update(delete_at=timezone.now())  # as `gc --now` does

    with pytest.raises(pictures.Collected), transaction.atomic():
        pictures._finish(attempt, seen, stored)

    assert not Thumbnail.objects.exists()
    assert Condemned.objects.count() == 2
    due()
    assert make(photo).state == "made"


def test_a_store_that_takes_nothing_is_waited_for_however_long_that_lasts(me, far, settings):
    file = me.file("photo.png", data=picture())
    settings.CLOUDBOX_SPOOL_LIMIT = 0
    spool.waiting.forget()
    for _ in range(ATTEMPTS + 2):
        preview = make(file)

    assert (preview.state, preview.reason, preview.attempts) == ("waiting", Reason.NO_ROOM, ATTEMPTS + 2)
    assert timezone.now() + timedelta(hours=2) < preview.retry_at <= timezone.now() + timedelta(hours=7)
    settings.CLOUDBOX_SPOOL_LIMIT = 2**30
    spool.waiting.forget()
    assert make(file).state == "made"


def test_what_may_be_the_files_own_fault_is_not_tried_forever(photo, monkeypatch):
    def fail(_):
        raise RuntimeError

    monkeypatch.setattr(pictures, "_look", fail)
    waits = []
    for _ in range(ATTEMPTS):
        preview = make(photo)
        waits.append((preview.retry_at - timezone.now()).total_seconds())

    assert (preview.state, preview.reason) == ("none", Reason.FAILED)
    assert [round(wait / 60) for wait in waits[:4]] == [1, 4, 16, 64]


def test_without_ffmpeg_a_video_waits_until_it_is_there(me, store, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    file = me.file("film.mp4", data=b"video")
    assert (make(file).state, preview_of(file).reason) == ("none", Reason.NO_FFMPEG)
    assert previews.take_up() == 0

    for name in ("ffmpeg", "ffprobe"):
        (tmp_path / name).touch(mode=0o755)

    assert previews.take_up() == 1
    assert (preview_of(file).state, preview_of(file).attempts) == ("waiting", 0)


def test_files_that_came_before_there_were_previews_get_them_once(me, store, settings):
    settings.CLOUDBOX_PREVIEWS = False
    old = me.file("photo.png", data=picture())
    me.file("drawing.svg", data=b"<svg/>")
    me.file("a.txt")

    assert (previews.enlist_all(), previews.enlist_all()) == (1, 0)
    assert make(old).state == "made"


def test_only_what_is_there_is_tried_again(photo):
    with pytest.raises(NotFound):
        previews.try_again(Blob().pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_are_handed_one_task_one_makes_it(photo):
    blob_id = blob_of(photo).pk

    at_once(3, lambda _: pictures.make(blob_id))

    assert (preview_of(photo).state, preview_of(photo).attempts) == ("made", 1)
    assert (Thumbnail.objects.count(), Condemned.objects.count()) == (2, 0)
    assert len(keys("local")) == 3
