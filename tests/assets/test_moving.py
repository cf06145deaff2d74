"""The road of a blob from one store to another: whatever happens on it, no byte is lost, altered or forgotten."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import Celery
from celery._state import get_current_app
from django.db import transaction
from django.utils import timezone

from assets import blobs, carrying, gone, moving, purging, resting, storage
from assets.carrying import Outcome
from assets.heartbeat import LEASE, SILENCE
from assets.models import Blob, BlobPart, Condemned, Damage, Move
from assets.services import trash
from cloudbox.errors import NotFound
from tests.assets.conftest import break_down, claimed, keys, no_orphan, place_of
from tests.threads import at_once, behind


@pytest.fixture
def empty_queue(settings):
    """Queue tasks where no other test does; return what empties that queue."""
    house = get_current_app()
    alone = Celery("alone", broker=settings.CELERY_BROKER_URL, set_as_current=False)
    alone.conf.broker_transport_options = {"global_keyprefix": f"test:{uuid4().hex}:"}
    alone.conf.task_routes = settings.CELERY_TASK_ROUTES
    alone.set_current()

    def empty():
        with alone.connection_for_write() as broker:
            broker.default_channel.queue_purge(moving.QUEUE)  # type: ignore[attr-defined]  # its types are too narrow

    yield empty
    empty()
    house.set_current()


@pytest.fixture
def waiting(far, me):
    """Return a file that waits in the spool, and its blob."""
    file = me.file("a", data=b"x" * 300_000)
    return file, Blob.objects.get(versions__asset=file.id)


def test_a_blob_is_carried_over_and_its_spool_copy_freed(far, me, waiting):
    file, blob = waiting

    assert carrying.move(blob.pk) is Outcome.MOVED

    old, _ = blob, blob.refresh_from_db()
    assert (blob.store, keys("far"), keys("spool")) == ("far", {blob.key}, set())
    assert blob.verified_at
    assert (Move.objects.count(), Condemned.objects.count()) == (0, 0)
    assert me.read(file) == b"x" * 300_000
    assert old.sha256 == hashlib.sha256(b"x" * 300_000).hexdigest()


def test_a_blob_of_another_store_keeps_its_old_bytes_for_a_day(far, me, waiting):
    file, blob = waiting
    carrying.move(blob.pk)
    (old,) = keys("far")
    moving.enlist([blob.pk], "local")

    carrying.move(blob.pk)

    assert keys("far") == {old}
    assert Condemned.objects.get().key == old
    assert me.read(file) == b"x" * 300_000


def test_a_move_that_is_done_or_unknown_is_nothing_to_do(waiting):
    _, blob = waiting
    carrying.move(blob.pk)

    assert carrying.move(blob.pk) is Outcome.LEFT


def test_the_key_is_in_the_row_before_the_first_byte(far, waiting):
    _, blob = waiting
    seen = []

    carrying.move(blob.pk, pace=lambda _: seen.append((Move.objects.get().key, keys("far"))))

    (key,) = {key for key, _ in seen}
    assert {key} == keys("far")


def test_a_composite_becomes_one_plain_blob_and_its_parts_go(far, me, waiting):
    _, blob = waiting
    parts = [Blob.objects.create(store="spool", key=f"part{n}", size=5) for n in range(3)]
    for number, part in enumerate(parts):
        storage.store_named("spool").write(f"part{number}", [b"part" + bytes([48 + number])])
        BlobPart.objects.create(blob=blob, position=number, start=5 * number, part=part)
    storage.store_named("spool").delete(blob.key)
    Blob.objects.filter(pk=blob.pk).update(kind="composite", key=None, sha256=None, crcs=None, size=15)

    assert carrying.move(blob.pk) is Outcome.MOVED

    blob.refresh_from_db()
    whole = b"part0part1part2"
    assert (blob.kind, blob.store, blob.sha256) == ("plain", "far", hashlib.sha256(whole).hexdigest())
    assert b"".join(blobs.read_blob(blob, 0, 15)) == whole
    assert (Blob.objects.count(), BlobPart.objects.count(), keys("spool")) == (1, 0, set())


@pytest.mark.parametrize(("damage", "kind"), [("flip", "altered"), ("cut", "altered"), ("lose", "missing")])
def test_bytes_that_are_not_what_they_were_are_kept_recorded_and_not_spread(damage, kind, far, waiting):
    _, blob = waiting
    place = place_of("spool", blob)
    if damage == "lose":
        place.unlink()
    else:
        place.write_bytes(b"y" + b"x" * 299_999 if damage == "flip" else b"x" * 100)

    assert carrying.move(blob.pk) is Outcome.DAMAGED

    blob.refresh_from_db()
    move = Move.objects.get()
    assert (blob.store, Damage.objects.get().kind, keys("far")) == ("spool", kind, set())
    assert (move.key, move.lease_until, move.error) == (None, None, f"The blob's bytes are {kind}.")
    assert not resting.is_failing("far")


def test_damage_that_passed_is_forgotten_once_the_blob_has_arrived(far, waiting):
    _, blob = waiting
    place = place_of("spool", blob)
    place.rename(place.with_suffix(".away"))
    carrying.move(blob.pk)
    place.with_suffix(".away").rename(place)

    assert carrying.move(blob.pk) is Outcome.MOVED

    assert not Damage.objects.exists()


def test_what_the_store_gives_back_altered_does_not_count_as_arrived(far, me):
    file = me.file("a", data=b"x" * 3 * 2**20)
    blob = Blob.objects.get()

    def spoil_later(_):
        draft = far.root / "unfinished" / Move.objects.get().key
        draft.write_bytes(b"z")  # what was written is not what will be there

    assert carrying.move(blob.pk, pace=spoil_later) is Outcome.FAILED

    blob.refresh_from_db()
    assert (blob.store, Move.objects.get().error) == ("spool", "The store gave back other bytes than were written.")
    assert not Damage.objects.exists()
    assert no_orphan("far", "spool")
    assert me.read(file) == b"x" * 3 * 2**20


def test_a_store_that_does_not_answer_is_tried_again_later_and_later(far, waiting):
    _, blob = waiting
    mend = break_down(far)
    waits = []
    for _ in range(9):
        assert carrying.move(blob.pk) is Outcome.FAILED
        waits.append((Move.objects.get().retry_at - timezone.now()).total_seconds())
        resting.wake("far")

    move = Move.objects.get()
    told = "The disk of the files takes nothing just now: Not a directory."
    assert (move.attempts, move.error, move.key) == (9, told, None)
    assert 3 < waits[0] < 7
    assert 200 < waits[-1] <= 360
    mend()
    assert carrying.move(blob.pk) is Outcome.MOVED


def test_a_store_that_keeps_failing_rests_and_others_do_not(far, me, waiting):
    _, blob = waiting
    break_down(far)
    for _ in range(resting.FAILURES):
        assert not resting.rests("far")
        carrying.move(blob.pk)

    assert resting.rests("far")
    assert carrying.move(blob.pk) is Outcome.LEFT
    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))
    assert moving.queue_due() == 0
    Move.objects.update(store="local")
    assert moving.queue_due() == 1


def test_a_store_may_be_found_well_in_the_moment_in_which_it_fails(far):
    told = at_once(8, lambda number: [(resting.answers if number % 2 else resting.failed)("far") for _ in range(50)])

    assert [outcome for outcome in told if isinstance(outcome, Exception)] == []


def test_a_failing_store_is_asked_for_one_blob_at_a_time_and_then_for_all(far, me, waiting):
    _, blob = waiting
    for name in "bcd":
        me.file(name)
    mend = break_down(far)
    for _ in range(resting.FAILURES):
        carrying.move(blob.pk)
    resting.wake("far")
    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))
    assert (moving.queue_due(), moving.queue_due()) == (1, 1)

    mend()
    carrying.move(blob.pk)

    assert (moving.queue_due(), resting.is_failing("far")) == (3, False)


def test_a_move_is_queued_again_when_its_time_has_come_and_once_until_then(far, waiting):
    assert moving.queue_due() == 0  # its task has just been queued

    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))

    assert (moving.queue_due(), moving.queue_due()) == (1, 0)


def test_the_move_of_a_dead_worker_is_taken_up_under_another_key(far, me, waiting):
    file, blob = waiting
    dead = claimed(blob)
    far.write(dead.key, [b"some of it"])
    assert (carrying.claim(blob.pk), moving.queue_due()) == (None, 0)

    Move.objects.update(lease_until=timezone.now() - timedelta(minutes=5))

    assert moving.queue_due() == 1
    assert carrying.move(blob.pk) is Outcome.MOVED
    assert no_orphan("far", "spool")
    Condemned.objects.update(delete_at=timezone.now())
    gone.delete_condemned()
    blob.refresh_from_db()
    assert keys("far") == {blob.key}
    assert me.read(file) == b"x" * 300_000


def test_a_worker_that_was_thought_dead_switches_nothing_and_cleans_up(far, me, waiting):
    file, blob = waiting

    def overtaken(_):
        if Move.objects.update(lease_until=timezone.now() - timedelta(minutes=5)):
            assert carrying.move(blob.pk) is Outcome.MOVED

    assert carrying.move(blob.pk, pace=overtaken) is Outcome.LEFT

    blob.refresh_from_db()
    assert keys("far") == {blob.key}
    assert me.read(file) == b"x" * 300_000
    assert not Damage.objects.exists()


def test_a_worker_killed_before_the_switch_leaves_no_orphan(far, waiting):
    _, blob = waiting
    killed = claimed(blob)
    carrying.carry(killed, lambda _: None)
    Move.objects.update(lease_until=timezone.now() - timedelta(minutes=5))

    carrying.move(blob.pk)

    assert no_orphan("far", "spool")
    assert Condemned.objects.filter(store="far", key=killed.key).exists()


def test_a_blob_deleted_on_its_way_ends_the_move_and_leaves_nothing(far, me, waiting):
    file, blob = waiting

    def deleting(_):
        if Blob.objects.filter(pk=blob.pk).exists():
            trash.trash(by=me.caller, asset_id=file.id)
            trash.purge_from_trash(by=me.caller, asset_id=file.id)
            purging.free(file.id)

    assert carrying.move(blob.pk, pace=deleting) is Outcome.LEFT

    assert (Blob.objects.count(), Move.objects.count(), keys("far")) == (0, 0, set())
    assert no_orphan("far", "spool")


def test_a_lease_is_kept_while_bytes_flow_and_runs_out_when_they_stop(far, waiting):
    _, blob = waiting

    def looking(_):
        Move.objects.update(lease_until=timezone.now() - timedelta(minutes=5))
        assert carrying.heartbeat.renew() == 1
        assert Move.objects.get(lease_until__gt=timezone.now() + LEASE - timedelta(seconds=10))
        (lease,) = carrying.heartbeat._last_byte
        carrying.heartbeat._last_byte[lease] -= SILENCE
        assert carrying.heartbeat.renew() == 0

    assert carrying.move(blob.pk, pace=looking) is Outcome.MOVED


def test_a_lease_is_kept_while_the_store_puts_together_what_it_has(far, waiting):
    _, blob = waiting
    attempt = claimed(blob)

    with carrying.heartbeat.watching(attempt.lease):
        list(carrying._blocks(attempt, lambda _: None))
        carrying.heartbeat._last_byte[attempt.lease] -= SILENCE

        assert carrying.heartbeat.renew() == 1


def test_an_unknown_store_is_told_by_name_and_loses_nothing(far, me, waiting):
    file, blob = waiting
    Move.objects.update(store="nowhere")

    assert carrying.move(blob.pk) is Outcome.FAILED

    assert Move.objects.get().error == "No store is called 'nowhere'."
    assert me.read(file) == b"x" * 300_000


def test_a_digest_of_the_store_may_be_enough(far, me, waiting, settings):
    settings.CLOUDBOX_MOVE_CHECK = "digest"
    _, blob = waiting

    assert carrying.move(blob.pk) is Outcome.MOVED

    blob.refresh_from_db()
    assert (blob.store, blob.verified_at) == ("far", None)


def test_the_staff_try_a_move_at_once(far, waiting, django_capture_on_commit_callbacks):
    _, blob = waiting
    for _ in range(resting.FAILURES):
        resting.failed("far")

    with django_capture_on_commit_callbacks() as queued:
        moving.try_now(blob.pk)

    assert (len(queued), resting.rests("far")) == (1, False)
    carrying.move(blob.pk)
    with pytest.raises(NotFound):
        moving.try_now(blob.pk)


def test_the_backlog_is_counted(far, me, waiting):
    assert (moving.backlog().blobs, moving.backlog().bytes, moving.backlog().failing) == (1, 300_000, 0)

    Move.objects.update(created_at=timezone.now() - timedelta(minutes=2), error="No route to host")

    assert (moving.backlog().oldest_seconds, moving.backlog().failing) == (120, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_carries_the_blob(far, me):
    file = me.file("a", data=b"x" * 300_000)
    blob = Blob.objects.get()

    outcomes = at_once(6, lambda _: carrying.move(blob.pk))

    blob.refresh_from_db()
    assert sorted(outcomes) == [Outcome.LEFT] * 5 + [Outcome.MOVED]
    assert (keys("far"), keys("spool")) == ({blob.key}, set())
    assert me.read(file) == b"x" * 300_000


@pytest.mark.django_db(transaction=True)
def test_whoever_is_enlisted_twice_in_one_moment_goes_once(far, me):
    me.file("a")
    blob = Blob.objects.get()
    Move.objects.all().delete()

    with transaction.atomic():
        moving.send(blob.pk, "local")
        enlisted = behind(lambda: moving.enlist([blob.pk], "far"))

    assert enlisted.exception(30) is None
    assert Move.objects.get().store == "local"


def test_a_worker_that_was_thought_dead_switches_nothing_once_the_blob_is_sent_elsewhere(far, me, waiting):
    file, blob = waiting
    late = claimed(blob)
    measured = carrying.carry(late, lambda _: None)
    Move.objects.update(lease_until=timezone.now() - timedelta(minutes=5))

    moving.send(blob.pk, "local")

    with pytest.raises(carrying.LeaseLost):
        carrying.switch(late, measured)
    assert carrying.move(blob.pk) is Outcome.MOVED
    assert Blob.objects.get().store == "local"
    assert me.read(file) == b"x" * 300_000


def test_what_arrived_altered_goes_at_once_and_not_a_day_later(far, me):
    me.file("a", data=b"x" * 3 * 2**20)

    def spoil(_):
        (far.root / "unfinished" / Move.objects.get().key).write_bytes(b"z")

    assert carrying.move(Blob.objects.get().pk, pace=spoil) is Outcome.FAILED

    assert (keys("far"), Condemned.objects.count()) == (set(), 0)


def test_a_store_that_has_taken_a_blob_rests_no_more(far, me, waiting):
    _, blob = waiting
    attempt = claimed(blob)
    for _ in range(resting.FAILURES):
        resting.failed("far")

    carrying.switch(attempt, carrying.carry(attempt, lambda _: None))
    carrying._go_on("far", [])

    assert not resting.rests("far")


@pytest.mark.django_db(transaction=True)
def test_no_more_tasks_wait_than_a_batch_however_long_they_wait(far, me, monkeypatch, empty_queue):
    monkeypatch.setattr(moving, "BATCH", 3)
    for name in "abcde":
        me.file(name)
    empty_queue()
    long_ago = timezone.now() - timedelta(minutes=5)

    queued = []
    for _ in range(3):  # no worker takes one
        Move.objects.update(retry_at=long_ago)
        queued.append(moving.queue_due())
    empty_queue()  # as when Redis has forgotten them
    queued.append(moving.queue_due())

    assert queued == [3, 0, 0, 3]
