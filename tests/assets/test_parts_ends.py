"""Uploads in parts: who may, and how they end, be it by a finish, an abort, a crash or by time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import set_base_quota
from assets import gone, parts, uploads
from assets import tasks as asset_tasks
from assets.digests import Expected
from assets.heartbeat import heartbeat
from assets.models import BlobPart, Condemned, Upload, Version
from assets.placing import OnConflict
from assets.services import content, people, trash
from assets.services import parts as services
from assets.services.content import Body
from cloudbox.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    Refusal,
)
from tests.assets.conftest import charged, nothing_is_left
from tests.assets.sending import begun, pass_time
from tests.threads import at_once

together = pytest.mark.django_db(transaction=True)


def test_only_who_began_an_upload_or_is_charged_for_it_knows_it(store, me, colleague, stranger, nobody):
    photos = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob", "charlie"])
    film = begun(colleague, folder_id=photos.id)
    film.part(1, b"data")

    for act in (
        lambda hand: services.progress_of(by=hand.caller, upload_id=film.id),
        lambda hand: services.parts_of(by=hand.caller, upload_id=film.id),
        lambda hand: services.append(by=hand.caller, upload_id=film.id, offset=4, body=Body([b"x"])),
        lambda hand: services.put_part(by=hand.caller, upload_id=film.id, number=1, body=Body([b"x"])),
        lambda hand: services.announce(by=hand.caller, upload_id=film.id, size=9),
        lambda hand: services.finish(by=hand.caller, upload_id=film.id),
        lambda hand: services.abort(by=hand.caller, upload_id=film.id),
    ):
        with pytest.raises(NotFound):
            act(stranger)
        with pytest.raises(NotAuthenticated):
            act(nobody)

    assert services.progress_of(by=me.caller, upload_id=film.id).offset == 4  # whose room it takes
    assert me.space() == (0, 4)
    assert film.finish().file.owner.username == "alice"


def test_the_gate_is_asked_when_an_upload_begins_and_when_it_is_finished(store, me, colleague, stranger):
    photos = me.folder("Photos")
    with pytest.raises(NotFound):
        begun(stranger, folder_id=photos.id)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    film = begun(colleague, folder_id=photos.id)
    film.part(1, b"data")

    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    with pytest.raises(NotFound):
        film.finish()

    assert me.names(photos) == []
    assert me.space() == (0, 4)


def test_a_folder_in_the_trash_takes_no_file_until_it_is_back(store, me):
    photos = me.folder("Photos")
    film = begun(me, folder_id=photos.id)
    film.part(1, b"data")

    trash.trash(by=me.caller, asset_id=photos.id)
    with pytest.raises(NotFound):
        film.finish()
    trash.restore(by=me.caller, asset_id=photos.id)

    assert me.read(film.finish().file) == b"data"


def test_an_upload_that_came_in_one_piece_has_no_parts_to_be_sent(store, me):
    def intruding():
        yield b"da"
        with pytest.raises(NotFound):
            services.abort(by=me.caller, upload_id=Upload.objects.get().id)
        yield b"ta"

    content.store_file(by=me.caller, folder_id=None, name="a", body=Body(intruding(), Expected(4)))


# Ends


def test_a_repeated_finish_is_answered_as_the_first(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")
    first = film.finish(1, 2, etag="abc-2")
    me.file("film", data=b"newer")

    again = film.finish(1, 2, etag="abc-2")

    assert (again.file.id, again.size, again.etag, again.is_new) == (first.file.id, 7, "abc-2", True)
    assert Version.objects.count() == 2
    progress = services.progress_of(by=me.caller, upload_id=film.id)
    assert (progress.offset, progress.size, progress.file_id) == (7, 7, first.file.id)


def test_an_aborted_upload_leaves_nothing_and_cannot_be_finished(store, me, alice):
    film = begun(me)
    film.parts(b"one ", b"two")

    film.abort()

    for act in (film.abort, film.finish, film.offset, lambda: film.part(1, b"one ")):
        with pytest.raises(NotFound):
            act()
    Condemned.objects.update(delete_at=timezone.now())
    gone.delete_condemned()
    assert nothing_is_left(store, alice)


def test_a_part_that_is_being_received_ends_with_its_upload(store, me, alice):
    film = begun(me)

    def aborting():
        yield b"da"
        film.abort()
        yield b"ta"

    with pytest.raises(Refusal):
        services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(aborting(), Expected(4)))

    assert nothing_is_left(store, alice)


def test_a_part_that_is_being_received_while_its_upload_is_finished_is_left_out(store, me):
    film = begun(me)
    film.part(1, b"one")

    def finishing():
        yield b"t"
        film.finish()
        yield b"wo"

    with pytest.raises(Refusal):
        services.put_part(by=me.caller, upload_id=film.id, number=2, body=Body(finishing(), Expected(3)))

    assert me.space() == (3, 0)
    Condemned.objects.update(delete_at=timezone.now())
    gone.delete_condemned()
    assert len(list(store.stored())) == 1


def test_an_upload_at_rest_lives_a_week_after_its_last_byte(store, me, alice):
    film = begun(me)
    Upload.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    film.part(1, b"data")
    expires_at = services.progress_of(by=me.caller, upload_id=film.id).expires_at
    assert expires_at
    assert timedelta(days=6, hours=23) < expires_at - timezone.now() <= timedelta(days=7)

    pass_time()
    assert (uploads.sweep(), me.space()) == (0, (0, 4))
    pass_time("expires_at")
    assert (uploads.sweep(), me.space()) == (1, (0, 0))

    with pytest.raises(NotFound):
        film.finish()
    Condemned.objects.update(delete_at=timezone.now())
    gone.delete_condemned()
    assert nothing_is_left(store, alice)


def test_a_purged_folder_takes_the_uploads_into_it_along(store, me, alice):
    photos = me.folder("Photos")
    film = begun(me, 100, folder_id=photos.id)
    film.part(1, b"data")

    trash.purge(by=me.caller, asset_id=photos.id)
    asset_tasks.purge(str(photos.id))

    assert me.space() == (0, 0)
    assert not Upload.objects.exists()


# Crashes


@pytest.mark.parametrize("size", [None, 100])
def test_what_a_crashed_writer_held_is_given_back_and_the_complete_parts_stay(store, me, size):
    film = begun(me, size)
    film.part(1, b"data")
    upload = Upload.objects.get()
    attempt = parts.new_attempt(upload, 2, 50)
    store.write(attempt.incoming.key, [b"x" * 50])  # and dies before it can say so
    assert (parts.sweep(), film.unfinished().count()) == (0, 1)

    pass_time()
    assert (uploads.sweep(), parts.sweep(), parts.sweep()) == (0, 1, 0)

    assert me.space() == (0, size or 4)
    assert film.unfinished().count() == 0
    assert len(list(store.stored())) == 1
    assert Condemned.objects.filter(key=attempt.incoming.key).exists()  # its writer may only have been asleep
    film.part(2, b"x" * 96)
    assert film.finish().file.size == 100


def test_a_writer_that_only_slept_finds_its_part_given_up(store, me):
    film = begun(me)

    def sleeping():
        yield b"da"
        pass_time()
        assert parts.sweep() == 1
        yield b"ta"

    with pytest.raises(Conflict):
        services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(sleeping(), Expected(4)))

    assert (film.numbers(), me.space(), list(store.stored())) == ([], (0, 0), [])


def test_a_client_that_goes_away_in_the_middle_of_a_part_loses_only_that(store, me):
    film = begun(me)
    film.part(1, b"data")

    def breaking():
        yield b"da"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.put_part(by=me.caller, upload_id=film.id, number=2, body=Body(breaking(), Expected(4)))

    assert (film.numbers(), film.unfinished().count(), me.space()) == ([1], 0, (0, 4))
    assert len(list(store.stored())) == 1


def test_the_lease_lives_until_the_last_of_the_parts_that_come_side_by_side(store, me):
    film = begun(me)

    def watched():
        yield b"da"
        film.part(2, b"meanwhile")
        pass_time()
        assert heartbeat.renew() == 1
        assert parts.sweep() == 0
        yield b"ta"

    services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(watched(), Expected(4)))

    assert heartbeat.renew() == 0
    assert film.numbers() == [1, 2]


# Side by side


@together
def test_no_connection_is_held_while_a_part_comes(store, me):
    film = begun(me)
    held = []

    def watching():
        held.append(connection.connection)
        yield b"data"
        held.append(connection.connection)

    services.put_part(by=me.caller, upload_id=film.id, number=1, body=Body(watching(), Expected(4)))

    assert held == [None, None]


@together
def test_parts_may_come_side_by_side(store, me, alice):
    film = begun(me)

    sent = at_once(12, lambda number: film.part(number // 2 + 1, bytes([number]) * (100 + number)))

    assert [part.size for part in sent] == [100 + number for number in range(12)]  # each is told of its own
    finished = film.finish()
    sizes = list(BlobPart.objects.values_list("part__size", flat=True))
    assert len(sizes) == 6
    assert all(size in {100 + 2 * place, 101 + 2 * place} for place, size in enumerate(sizes))
    assert me.space() == (sum(sizes), 0) == (charged(alice.id), 0)
    assert len(me.read(finished.file)) == sum(sizes)


@together
def test_parts_side_by_side_never_pass_the_quota(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=1000)
    film = begun(me)

    outcomes = at_once(12, lambda number: film.part(number + 1, b"x" * 130))

    assert [type(outcome).__name__ for outcome in outcomes].count("QuotaExceeded") == 5
    assert me.space() == (0, 910)
    assert sum(row.size for row in store.stored()) == 910


@together
def test_of_those_who_finish_at_once_all_get_the_same_version(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")

    outcomes = at_once(6, lambda _: film.finish(on_conflict=OnConflict.FAIL))

    assert {outcome.file.id for outcome in outcomes} == {Version.objects.get().asset_id}
    assert me.space() == (7, 0)


@together
@pytest.mark.parametrize("time", range(5))
def test_a_finish_and_an_abort_cannot_both_win(store, me, time):
    film = begun(me)
    film.parts(b"one ", b"two")

    finished, aborted = at_once(2, lambda number: film.abort() if number else film.finish())

    if aborted is None:
        assert isinstance(finished, NotFound)
        assert (me.space(), Version.objects.count()) == ((0, 0), 0)
    else:
        assert isinstance(aborted, NotFound)
        assert (me.space(), me.read(finished.file)) == ((7, 0), b"one two")
    assert Upload.objects.count() == 0


@together
def test_a_finish_and_a_sweep_cannot_both_win(store, me):
    film = begun(me)
    film.parts(b"one ", b"two")
    pass_time("lease_until", "expires_at")

    finished, swept = at_once(2, lambda number: uploads.sweep() if number else film.finish())

    assert swept == int(isinstance(finished, Refusal))
    assert me.space() == ((0, 0) if swept else (7, 0))
