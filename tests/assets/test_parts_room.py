"""The room that parts take, and the digests that are checked: of a part, and of the whole."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import set_base_quota
from assets import composites
from assets import tasks as asset_tasks
from assets.digests import Expected
from assets.models import Blob, Upload
from assets.services import content, people, tree, versions
from assets.services import parts as services
from assets.services.content import Body
from cloudbox.errors import (
    Conflict,
    DigestMismatch,
    LengthMismatch,
    QuotaExceeded,
)
from tests.assets.conftest import nothing_is_left
from tests.assets.sending import begun, sha256


def test_the_room_of_an_upload_is_exact_at_every_step(store, me):
    film = begun(me)
    seen = []

    def watched():
        seen.append(me.space())
        yield b"12345"

    for body in (Body(watched(), Expected(5)), Body(watched()), Body(watched(), Expected(most=7))):
        services.put_part(by=me.caller, upload_id=film.id, number=len(seen) + 1, body=body)
        seen.append(me.space())

    assert seen == [(0, 5), (0, 5), (0, 5), (0, 10), (0, 10), (0, 15)]
    film.finish(1, 3, 5)
    assert me.space() == (15, 0)


@pytest.mark.parametrize("size", [2**31, 3 * 2**30, 2**32])
def test_the_room_of_parts_beyond_32_bits_is_exact_too(store, me, alice, size):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=2**42)
    film = begun(me)
    held = []

    def watched():
        yield b"x"
        held.append((me.space()[1], Upload.objects.get().reserved))

    with pytest.raises(LengthMismatch):
        services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(watched(), Expected(size)))
    services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(watched(), Expected(most=size)))

    assert held == [(size, size)] * 2
    assert (me.space()[1], Upload.objects.get().reserved) == (1, 1)


def test_a_part_of_unknown_size_pays_as_it_comes_and_gives_back_what_it_did_not_need(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=100)
    film = begun(me)
    reserved = []

    def coming():
        yield b"x" * 60
        reserved.append(me.space()[1])
        yield b"y" * 40

    services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(coming()))

    assert reserved == [60]  # there was no room for a whole step
    assert me.space() == (0, 100)


def test_a_size_that_is_known_is_reserved_at_once_and_parts_take_nothing_more(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)
    film = begun(me, 10)
    assert me.space() == (0, 10)

    film.parts(b"12345", b"6789")
    film.part(2, b"67890")

    assert me.space() == (0, 10)
    film.finish()
    assert me.space() == (10, 0)


def test_an_upload_that_does_not_fit_is_told_before_it_begins(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)

    with pytest.raises(QuotaExceeded):
        begun(me, 11)

    assert nothing_is_left(store, alice)


def test_a_quota_that_is_full_in_the_middle_is_told_before_the_part_is_read(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)
    film = begun(me)
    film.part(1, b"12345")
    unread = iter([b"678901"])

    with pytest.raises(QuotaExceeded) as refusal:
        services.put_part(by=me.caller, upload_id=film.id, number=2, body=Body(unread, Expected(6)))

    assert refusal.value.facts == {"needed": 6, "free": 5}
    assert len(list(unread)) == 1
    assert me.space() == (0, 5)
    film.part(2, b"67890")
    assert me.read(film.finish().file) == b"1234567890"


def test_more_than_was_announced_is_refused_and_less_is_not_finished(store, me):
    film = begun(me, 10)
    film.parts(b"12345", b"67")

    with pytest.raises(LengthMismatch):
        film.part(3, b"8901")
    with pytest.raises(LengthMismatch):
        services.put_part(by=me.caller, upload_id=film.id, number=3, body=Body([b"8901"]))  # of unknown size
    with pytest.raises(LengthMismatch):
        film.finish()
    with pytest.raises(LengthMismatch):
        film.finish(1, 2)

    film.part(3, b"890")
    assert film.unfinished().count() == 0
    assert len(list(store.stored())) == 3
    assert me.read(film.finish().file) == b"1234567890"


def test_a_size_that_is_announced_late_is_reserved_then(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=10)
    film = begun(me)
    film.part(1, b"12345")

    def announce(size):
        services.announce(by=me.caller, upload_id=film.id, size=size)

    with pytest.raises(QuotaExceeded):
        announce(11)
    with pytest.raises(LengthMismatch):
        announce(4)
    announce(10)
    with pytest.raises(Conflict):
        announce(9)

    assert me.space() == (0, 10)
    assert services.progress_of(by=me.caller, upload_id=film.id).size == 10


def test_a_file_in_a_folder_that_changes_hands_is_charged_to_its_new_owner(store, me, colleague):
    mine, theirs = me.folder("Mine"), colleague.folder("Theirs")
    people.add_people(by=colleague.caller, asset_id=theirs.id, role="editor", names=["alice"])
    film = begun(me, folder_id=mine.id)
    film.parts(b"one", b"two")

    tree.move(by=me.caller, asset_id=mine.id, folder_id=theirs.id)
    film.finish()

    assert (me.space(), colleague.space()) == ((0, 0), (6, 0))


# Digests


def test_a_part_that_is_not_what_was_announced_leaves_nothing(store, me, alice):
    film = begun(me)

    with pytest.raises(DigestMismatch):
        film.part(1, b"data", md5=bytes(16))
    with pytest.raises(LengthMismatch):
        services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body([b"dat"], Expected(4)))

    film.abort()
    assert nothing_is_left(store, alice)


def test_a_digest_of_the_whole_is_checked_before_the_answer_and_kept(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")

    with pytest.raises(DigestMismatch):
        film.finish(expected=Expected(digests={"sha256": sha256(b"one to")}))
    with pytest.raises(LengthMismatch):
        film.finish(expected=Expected(size=8))
    assert film.numbers() == [1, 2]

    md5 = hashlib.md5(b"one two").digest()
    finished = film.finish(expected=Expected(7, {"sha256": sha256(b"one two"), "md5": md5}))

    blob = Blob.objects.get(kind="composite")
    assert finished.file.sha256 == blob.sha256 == sha256(b"one two").hex()
    assert blob.md5 == md5.hex()


def test_a_part_that_changes_while_the_whole_is_read_is_not_finished_with(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")
    whole = composites.choose(film.id, None)
    film.part(2, b"2")

    with pytest.raises(Conflict):
        composites.check(whole, Expected(digests={"sha256": sha256(b"one two")}))
    with pytest.raises(Conflict):
        composites.compose(whole)


def test_a_part_that_comes_while_it_is_being_finished_is_not_left_out(store, me):
    film = begun(me)
    film.parts(b"one ", b"two ")
    whole = composites.choose(film.id, None)
    film.part(3, b"three")

    with pytest.raises(Conflict):
        composites.compose(whole)


def test_the_digest_of_a_composite_is_filled_in_once_and_its_tag_stays(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")
    finished = film.finish()
    assert finished.file.sha256 is None
    blob = Blob.objects.get(kind="composite")

    for _ in range(2):
        asset_tasks.digest_blob(str(blob.id))

    view = versions.versions_of(by=me.caller, file_id=finished.file.id).items[0]
    assert view.sha256 == sha256(b"one two").hex()
    assert content.open_file(by=me.caller, file_id=finished.file.id).etag == finished.etag


def test_a_digest_that_no_task_has_computed_is_queued_again(store, me, monkeypatch):
    queued = []
    monkeypatch.setattr(composites, "later", lambda *task: queued.append(task))
    for name in ("early", "late"):
        film = begun(me, name=name)
        film.parts(b"one ", b"two")
        film.finish()
    blob = Blob.objects.filter(kind="composite").earliest("created_at")
    Blob.objects.filter(pk=blob.id).update(created_at=timezone.now() - timedelta(hours=2))
    queued.clear()

    asset_tasks.queue_lost_digests()
    asset_tasks.digest_blob(str(blob.id))
    asset_tasks.queue_lost_digests()

    assert queued == [("assets.digest_blob", str(blob.id))]
