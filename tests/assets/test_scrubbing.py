"""Every blob is read back in time, the longest unread first, and what is wrong is noted and never guessed at."""

import os
import threading
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import AuditEntry
from assets import damage, examining, resting, scrubbing, storage
from assets.examining import Pace
from assets.models import Blob, Damage
from assets.schedule import SCRUB
from assets.scrubbing import examine_one, look_again, state, take_turn
from assets.words import Harm
from cloudbox.ids import first_id_of

pytestmark = pytest.mark.django_db

DATA = b"what was stored"


@pytest.fixture(autouse=True)
def no_turn_yet(monkeypatch, request):
    """Let no test suffer from the lease of another."""
    for name in ("_LEASE", "_LOOK", "_EXAMINE", "_TOTAL"):
        monkeypatch.setattr(scrubbing, name, f"test:{request.node.nodeid}:{name}:{os.getpid()}")


@pytest.fixture
def old(me, store):
    """Return a function that stores a file and makes it so many days old; it returns the blob's id."""

    def make(days, name="a.txt", data=DATA, **columns):
        me.file(name, data=data)
        blob = Blob.objects.latest("created_at")
        then = timezone.now() - timedelta(days=days)
        new_id = first_id_of(then)
        while Blob.objects.filter(pk=new_id).exists():
            new_id = type(new_id)(int=new_id.int + 1)
        values = {f.attname: getattr(blob, f.attname) for f in Blob._meta.concrete_fields}
        Blob.objects.filter(pk=blob.pk).update(key="gone")
        Blob.objects.create(**{**values, "id": new_id, "created_at": then, **columns})
        blob.versions.update(blob=new_id)
        blob.delete()
        return new_id

    return make


def the_blob():
    return Blob.objects.get()


def path(store, blob):
    return store.path(blob.key)


def flip(place):
    """Turn one bit of a stored file round."""
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(data)


def test_a_blob_that_is_right_is_noted_with_its_time(old):
    old(40)

    turn = take_turn()

    assert turn.blobs == 1
    assert the_blob().verified_at > timezone.now() - timedelta(minutes=1)
    assert not Damage.objects.exists()


def test_a_flipped_bit_is_found_and_noted(old, store):
    blob_id = old(40)
    flip(path(store, the_blob()))

    take_turn()

    assert Damage.objects.get().kind == Harm.ALTERED
    entry = AuditEntry.objects.get(verb="bytes_damaged")
    assert (entry.target_id, entry.facts) == (str(blob_id), {"kind": "altered", "store": "local"})
    assert the_blob().verified_at is None


def test_missing_bytes_are_noted(old, store):
    old(40)
    path(store, the_blob()).unlink()

    take_turn()

    assert Damage.objects.get().kind == Harm.MISSING


@pytest.mark.parametrize("days", [1, 15])
def test_what_was_read_lately_is_not_read_again(old, days):
    old(40, verified_at=timezone.now() - timedelta(days=days))

    assert take_turn().blobs == 0


def test_what_has_just_come_is_not_read_at_once(old):
    old(1)

    assert take_turn().blobs == 0


def test_the_longest_unread_is_read_first_whether_it_was_ever_read_or_not(old, monkeypatch):
    monkeypatch.setattr(scrubbing, "BATCH", 1)
    never = [old(days, name=f"{days}.txt") for days in (50, 70)]
    read = [old(90, name=f"{days}", verified_at=timezone.now() - timedelta(days=days)) for days in (60, 80)]
    order = []
    for _ in range(4):
        take_turn()
        seen = Blob.objects.filter(verified_at__gt=timezone.now() - timedelta(days=1)).values_list("pk", flat=True)
        order += [pk for pk in seen if pk not in order]

    assert order == [read[1], never[1], read[0], never[0]]


def test_a_turn_reads_its_share_so_that_all_are_read_within_the_period(old, settings):
    for number in range(6):
        old(40, name=f"{number}.txt", data=bytes(2**20))
    settings.CLOUDBOX_SCRUB_DAYS = 1
    turns = settings.CLOUDBOX_SCRUB_DAYS * timedelta(days=1) / SCRUB

    assert take_turn().blobs == 1
    assert turns * scrubbing._share() > 6 * 2**20


def test_a_turn_reads_whatever_is_due_if_its_share_is_large_enough(old):
    for number in range(5):
        old(40, name=f"{number}.txt")
    cache.set(scrubbing._TOTAL, 2**40)

    assert take_turn().blobs == 5
    assert take_turn().blobs == 0


def test_the_scrub_can_be_turned_off(old, settings):
    old(400)
    settings.CLOUDBOX_SCRUB_DAYS = 0

    assert take_turn().blobs == 0
    assert not state().is_late


def test_one_worker_at_a_time_has_its_turn(old):
    old(40)
    with scrubbing._lease(scrubbing._LEASE) as renew:
        assert renew is not None
        assert take_turn().blobs == 0

    assert take_turn().blobs == 1


def test_a_lease_that_another_worker_took_over_is_left_to_it(old):
    with scrubbing._lease(scrubbing._LEASE):
        cache.set(scrubbing._LEASE, "another's", 60)

    assert cache.get(scrubbing._LEASE) == "another's"


def test_no_connection_is_held_while_a_blob_is_read(transactional_db, old, monkeypatch):
    old(40)
    held = []
    monkeypatch.setattr(scrubbing, "RENEWED", -1)
    monkeypatch.setattr(cache, "touch", lambda *_: held.append(connection.connection is not None))

    take_turn()

    assert held == [False]


def test_a_store_that_is_away_is_no_damage_and_holds_up_no_other(old, settings, tmp_path, monkeypatch):
    (tmp_path / "wall").touch()
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "attic": f"local://{tmp_path}/wall"}
    monkeypatch.setattr(scrubbing, "BATCH", 1)
    for number in range(5):
        old(90, name=f"away {number}", store="attic")
    old(80, name="forgotten", store="forgotten")
    here = old(40)

    turn = take_turn()

    assert (turn.blobs, turn.away) == (1, ["attic"])
    assert Blob.objects.get(verified_at__isnull=False).pk == here
    assert not Damage.objects.exists()


def test_a_checksum_that_was_not_known_is_filled_in(old):
    old(40, data=bytes(2**20) + b"and more")
    known = the_blob()
    Blob.objects.update(sha256=None, crcs=None)

    take_turn()

    assert (the_blob().sha256, bytes(the_blob().crcs)) == (known.sha256, bytes(known.crcs))


def test_a_part_without_a_digest_is_compared_with_its_checksums(old, store):
    old(40)
    Blob.objects.update(sha256=None)
    flip(path(store, the_blob()))

    take_turn()

    assert Damage.objects.get().kind == Harm.ALTERED
    assert the_blob().sha256 is None


def test_a_mismatch_is_read_a_second_time_before_it_is_believed(old, store):
    old(40)
    blob, place = the_blob(), path(store, the_blob())
    flip(place)
    passed = []

    def put_right_after_the_first_reading():
        passed.append(True)
        if len(passed) == 1:
            threading.Timer(0, place.write_bytes, [DATA]).run()

    examined = examining.examine(blob, Pace(None, passing=put_right_after_the_first_reading))

    assert (examined.verdict, len(passed)) == ("right", 2)


def test_a_blob_that_moved_while_it_was_read_is_not_judged(old, store):
    old(40)
    blob = the_blob()
    path(store, blob).unlink()
    Blob.objects.update(key="elsewhere")

    assert examining.examine(blob).verdict == "moved"


def test_bytes_that_were_put_back_are_found_right(old, store):
    blob_id = old(40)
    place = path(store, the_blob())
    flip(place)
    take_turn()
    place.write_bytes(DATA)

    assert take_turn().blobs == 0  # what is damaged holds up nothing else
    look_again()

    assert not Damage.objects.exists()
    verbs = AuditEntry.objects.filter(target_id=str(blob_id)).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["bytes_damaged", "bytes_found_right"]


def test_one_worker_at_a_time_looks_again_and_reads_a_blob_that_is_asked_for(old, store):
    blob_id = old(40)
    damage.report(blob_id, Harm.ALTERED)  # which it is not
    cache.add(scrubbing._LOOK, "another", 60)  # whose task has been handed out again, for it takes more than an hour
    cache.add(f"{scrubbing._EXAMINE}:{blob_id}", "another", 60)

    look_again()
    examine_one(blob_id)
    assert Damage.objects.exists()

    cache.delete(f"{scrubbing._EXAMINE}:{blob_id}")
    examine_one(blob_id)
    assert not Damage.objects.exists()


def test_a_store_that_is_known_to_fail_is_left_alone(old, store, settings):
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "sunken": f"local://{store.root}"}
    old(40, store="sunken")
    for _ in range(resting.FAILURES):
        resting.failed("sunken")

    assert take_turn().blobs == 0
    resting.answers("sunken")

    assert take_turn().blobs == 1


def test_damage_that_lasts_is_noted_once(old, store):
    old(40)
    flip(path(store, the_blob()))
    take_turn()

    look_again()

    assert AuditEntry.objects.filter(verb="bytes_damaged").count() == Damage.objects.count() == 1


def test_a_turn_asks_little_for_each_blob(old):
    for number in range(8):
        old(40, name=f"{number}.txt")
    cache.set(scrubbing._TOTAL, 2**40)

    with CaptureQueriesContext(connection) as asked:
        assert take_turn().blobs == 8

    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) <= 2 * 8 + 5


def test_reading_is_not_faster_than_its_rate(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))

    assert len(list(Pace(1000).keep(iter([bytes(500)] * 9)))) == 9
    assert sum(slept) == pytest.approx(4.0)


def test_it_is_late_when_nothing_was_read_though_something_should_have_been(old):
    old(40)
    assert state().is_late

    take_turn()
    assert not state().is_late


def test_what_is_damaged_makes_no_scrub_late(old):
    damage.report(old(40), Harm.ALTERED)

    assert storage.primary().size(the_blob().key)
    assert not state().is_late
