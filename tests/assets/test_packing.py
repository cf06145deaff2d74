"""Many assets packed into an archive by a job: what is in it, what it costs, and that there is one."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Usage
from accounts.quotas import reserve
from activity.services import entries_of
from assets import tasks
from assets.models import Asset, Upload
from assets.placing import OnConflict
from assets.services import packing, people, tree
from cloudbox.errors import BadInput, NotFound
from jobs import services as jobs
from jobs.models import Job
from tests.assets.conftest import Hand, charged
from tests.assets.test_bulk import done, ordered, outcome
from tests.people import with_key
from tests.threads import behind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def there(me):
    return me.folder("there")


@pytest.fixture
def photos(me):
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    me.folder("empty", folder)
    return folder


def packed(hand: Hand, job: Job) -> dict[str, bytes]:
    """Return what the archive has that a job has made."""
    made = {item.made for item in job.items.filter(state="done")}
    assert len(made) == 1
    file = Asset.objects.get(pk=made.pop())
    assert file.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(hand.read(tree.get(by=hand.caller, asset_id=file.id)))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_archive_of_many_is_a_new_file(me, alice, there, photos):
    job = done(ordered(me, "zip", photos, me.file("b.txt", data=b"bb"), folder=there.id, name="all.zip"))

    assert packed(me, job) == {"photos/": b"", "photos/a.jpg": b"bytes of a", "photos/empty/": b"", "b.txt": b"bb"}
    size = Asset.objects.get(name="all.zip").size
    assert (job.state, job.done, job.total, job.unit) == ("done", size, size, "bytes")
    assert me.names(there) == ["all.zip"]
    assert me.space() == (charged(alice.id), 0) == (12 + size, 0)


def test_an_archive_without_a_name_is_called_after_what_is_in_it(me, there, photos):
    done(ordered(me, "zip", photos, folder=there.id))
    done(ordered(me, "zip", photos, folder=there.id, on_conflict=OnConflict.RENAME))

    assert me.names(there) == ["photos (1).zip", "photos.zip"]


def test_what_may_not_be_read_is_left_out_and_says_so(me, colleague, there, photos):
    job = done(ordered(me, "zip", colleague.file("secret"), photos, folder=there.id))

    assert outcome(job) == ["not_found", "done"]
    assert set(packed(me, job)) == {"photos/", "photos/a.jpg", "photos/empty/"}


def test_when_nothing_may_be_read_there_is_no_archive(me, colleague, there):
    job = done(ordered(me, "zip", colleague.file("secret"), folder=there.id))

    assert (job.state, outcome(job), me.names(there)) == ("done", ["not_found"], [])


def test_the_owner_of_what_was_packed_is_told(me, colleague, alice, bob, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])

    done(ordered(colleague, "zip", photos, folder=colleague.folder("mine").id))

    told = entries_of(alice.id).items[0]
    assert (told.verb, told.actor_id) == ("folder_downloaded", bob.id)


def test_an_archive_without_room_leaves_nothing(store, me, alice, there, photos):
    Usage.objects.filter(owner=alice).update(base_bytes=100, limit_bytes=100)

    job = done(ordered(me, "zip", photos, folder=there.id))

    assert (job.state, job.error, outcome(job)) == ("failed", "quota_exceeded", ["waiting"])
    assert (me.space(), len(list(store.stored())), Upload.objects.count()) == ((10, 0), 1, 0)


def test_a_taken_name_fails_the_job(me, there, photos):
    me.file("photos.zip", there)

    job = done(ordered(me, "zip", photos, folder=there.id))

    assert (job.state, job.error) == ("failed", "name_taken")


def test_an_archive_goes_where_its_maker_may_add_and_has_a_good_name(me, colleague, there, photos):
    with pytest.raises(NotFound):
        ordered(me, "zip", photos, folder=colleague.folder("theirs").id)
    for name in ("", "a/b", "x" * 256):
        with pytest.raises(BadInput):
            ordered(me, "zip", photos, folder=there.id, name=name)
    with pytest.raises(BadInput, match="needs a folder"):
        ordered(me, "zip", photos)
    with pytest.raises(BadInput, match="takes no name"):
        ordered(me, "trash", photos, name="x")


def test_a_key_packs_what_lies_in_its_folder(me, alice, there, photos):
    key = Hand(with_key(alice, "read", "write", folder=there.id))
    inside = me.file("inside", there)

    assert outcome(done(ordered(key, "zip", photos, inside, folder=there.id))) == ["not_found", "done"]


def test_an_archive_that_was_stored_before_its_worker_died_is_not_made_again(me, there, photos):
    job = ordered(me, "zip", photos, folder=there.id, on_conflict=OnConflict.RENAME)
    done(job)
    Job.objects.filter(pk=job.id).update(state="running", lease_until=timezone.now() - timedelta(seconds=1))

    assert done(job).state == "done"
    assert me.names(there) == ["photos.zip"]


def test_the_room_that_a_killed_worker_held_is_free_for_the_archive(me, alice, there, photos, monkeypatch):
    monkeypatch.setattr(packing, "OUTLIVES", 0.0)
    job = ordered(me, "zip", photos, folder=there.id)
    over = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.id).update(state="running", attempts=1, lease_until=over)
    reserve(alice.id, 1_000)
    Upload.objects.create(owner=alice, folder_id=there.id, name="photos.zip", reserved=1_000, lease_until=over)
    Usage.objects.filter(owner=alice).update(base_bytes=1_010, limit_bytes=1_010)

    assert outcome(done(job)) == ["done"]
    assert me.space() == (charged(alice.id), 0)


@pytest.mark.django_db(transaction=True)
def test_an_archive_is_cancelled_while_its_bytes_come_and_leaves_nothing(store, me, alice, there, photos, monkeypatch):
    monkeypatch.setattr(packing, "TELL_EVERY", 0.0)
    job = ordered(me, "zip", photos, folder=there.id)

    with transaction.atomic():
        Usage.objects.select_for_update().get(owner=alice)  # where the first byte waits for room
        working = behind(lambda: tasks.do_with_many(str(job.id)))
        jobs.cancel(alice.id, job.id)
    working.result(30)

    assert jobs.get(alice.id, job.id).state == "cancelled"
    assert (me.names(there), me.space(), Upload.objects.count()) == ([], (10, 0), 0)
    assert len(list(store.stored())) == 1
