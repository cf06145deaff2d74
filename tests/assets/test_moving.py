"""The road of a blob from one store to another: whatever happens on it, no byte is lost, altered or forgotten."""

import hashlib
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from assets import blobs, carrying, gone, moving, purging, resting, storage
from assets.carrying import Outcome
from assets.heartbeat import LEASE, SILENCE
from assets.models import Blob, BlobPart, Condemned, Damage, Move
from assets.services import trash
from tests.assets.conftest import claimed, keys, no_orphan, place_of
from tests.threads import at_once, behind


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
