"""An upload that goes on where it ended: what is kept of a stream that breaks off, and who may go on with it."""

import pytest
from django.db import OperationalError, connection

from accounts.callers import SYSTEM
from accounts.services import set_base_quota
from assets import parts, streams
from assets.digests import Expected
from assets.heartbeat import heartbeat
from assets.models import Condemned, UploadPart
from assets.parts import Kept
from assets.services import parts as services
from assets.services.content import Body
from assets.uploads import receive
from cloudbox.errors import Conflict, DigestMismatch, LengthMismatch, NotFound, OffsetMismatch, QuotaExceeded
from tests.assets.sending import Sending, begun, pass_time, sha256


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PIECE", 10)


def append(film: Sending, offset: int, chunks, size: int | None = None, **digests: bytes) -> int:
    body = Body(chunks, Expected(size, digests))
    return services.append(by=film.hand.caller, upload_id=film.id, offset=offset, body=body)


def sizes(film: Sending) -> list[int]:
    return [part.size for part in services.parts_of(by=film.hand.caller, upload_id=film.id)]


def breaking(*chunks: bytes, error: type[Exception] = ConnectionResetError):
    yield from chunks
    raise error


@pytest.mark.parametrize("size", [None, 25])
def test_a_stream_is_cut_into_pieces_and_goes_on_where_it_ended(store, me, size):
    film = begun(me, size)

    assert append(film, 0, [b"01234", b"56789012345", b"67"], 18) == 18
    assert append(film, 18, [b"8901234"]) == 25

    assert sizes(film) == [10, 8, 7]
    assert film.offset() == 25
    assert me.space() == (0, 25)
    assert me.read(film.finish().file) == b"0123456789012345678901234"
    assert me.space() == (25, 0)


def test_a_stream_that_ends_where_a_piece_ends_leaves_no_writer_behind(store, me):
    film = begun(me)

    assert append(film, 0, [b"0123456789"]) == 10
    assert append(film, 10, [b"0123456789"], 10) == 20
    assert append(film, 20, []) == 20

    assert (sizes(film), film.unfinished().count(), me.space()) == ([10, 10], 0, (0, 20))
    assert len(list(store.stored())) == 2


def test_an_offset_that_is_not_the_end_is_refused(store, me):
    film = begun(me)
    append(film, 0, [b"data"])

    for offset in (0, 3, 5):
        with pytest.raises(OffsetMismatch) as refusal:
            append(film, offset, [b"more"])
        assert refusal.value.facts == {"offset": 4}


@pytest.mark.parametrize("size", [None, 100])
def test_what_came_before_a_stream_broke_off_is_kept(store, me, size):
    film = begun(me, size)

    with pytest.raises(ConnectionResetError):
        append(film, 0, breaking(b"0123456789", b"0123"), 50)
    assert film.offset() == 14
    with pytest.raises(LengthMismatch):
        append(film, 14, [b"45"], 50)  # the client has gone, and the server was not told

    assert film.offset() == 16
    assert (film.unfinished().count(), me.space()) == (0, (0, size or 16))
    append(film, 16, [b"67"])
    assert b"".join(b"".join(store.read(key)) for key in UploadPart.objects.values_list("key", flat=True)) == (
        b"012345678901234567"
    )


def test_a_piece_counts_from_the_moment_when_it_is_complete(store, me):
    film = begun(me)
    offsets = []

    def looking():
        for _ in range(4):
            yield b"01234"
            offsets.append(film.offset())

    append(film, 0, looking())

    assert offsets == [0, 10, 10, 20]
    assert film.offset() == 20


@pytest.mark.parametrize("size", [None, 100])
def test_a_writer_that_is_not_heard_of_costs_no_more_than_the_piece_that_was_coming(store, me, size):
    film = begun(me, size)

    def hanging():
        yield b"0123456789"
        yield b"0123"
        assert (film.offset(), film.unfinished().count()) == (10, 1)
        pass_time()
        assert parts.sweep() == 1
        assert (film.unfinished().count(), me.space()) == (0, (0, size or 10))

    with pytest.raises(Conflict):
        append(film, 0, hanging())

    assert append(film, 10, [b"more"]) == 14


def test_a_stream_with_a_digest_is_kept_as_a_whole_or_not_at_all(store, me):
    film = begun(me, 30)
    data = b"012345678901234567"

    with pytest.raises(DigestMismatch):
        append(film, 0, [data], 18, sha256=sha256(b"other"))
    with pytest.raises(ConnectionResetError):
        append(film, 0, breaking(data), 20, sha256=sha256(data))
    assert (film.offset(), film.unfinished().count(), list(store.stored())) == (0, 0, [])

    def looking():
        yield data
        assert film.offset() == 0

    assert append(film, 0, looking(), 18, sha256=sha256(data)) == 18
    assert append(film, 18, [], 0, sha256=sha256(b"")) == 18
    assert (sizes(film), film.unfinished().count()) == ([10, 8], 0)


def test_the_newer_of_two_streams_goes_on_and_the_older_is_cut_off(store, me):
    film = begun(me)

    def hanging():
        yield b"from the older"  # the first ten of which are kept
        assert append(film, 10, [b"newer"]) == 15
        yield b" stream, whose client has long gone"

    with pytest.raises(Conflict):
        append(film, 0, hanging())

    assert film.offset() == 15
    assert (film.unfinished().count(), me.space()) == (0, (0, 15))
    assert me.read(film.finish().file) == b"from the onewer"
    assert len(list(store.stored())) == 2


def test_a_stream_with_a_digest_is_cut_off_by_a_newer_one_too(store, me):
    film = begun(me)
    data = b"from an older stream that is slow"

    def hanging():
        yield data[:25]
        append(film, 0, [b"newer"])
        yield data[25:]

    with pytest.raises(Conflict):
        append(film, 0, hanging(), len(data), sha256=sha256(data))

    assert me.read(film.finish().file) == b"newer"
    assert me.space() == (5, 0)


def test_more_than_was_announced_is_refused_and_never_kept(store, me):
    film = begun(me, 15)
    unread = iter([b"x" * 16])

    with pytest.raises(LengthMismatch):
        append(film, 0, unread, 16)
    assert len(list(unread)) == 1
    with pytest.raises(LengthMismatch):
        append(film, 0, [b"0123456789", b"012345"])

    assert film.offset() == 10
    assert append(film, 10, [b"01234"]) == 15
    assert film.finish().file.size == 15


def test_a_stream_of_unknown_size_stops_where_the_room_ends_and_keeps_its_pieces(store, me, alice):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=15)
    film = begun(me)

    with pytest.raises(QuotaExceeded):
        append(film, 0, [b"0123456789", b"01234", b"5"])

    assert (film.offset(), me.space()) == (10, (0, 10))
    assert append(film, 10, [b"01234"]) == 15
    assert me.space() == (0, 15)


def test_a_size_that_is_announced_cuts_off_whoever_is_sending(store, me):
    film = begun(me)

    def announcing():
        yield b"0123456789"
        yield b"0123"
        services.announce(by=me.caller, upload_id=film.id, size=40)
        yield b"45"

    with pytest.raises(Conflict):
        append(film, 0, announcing())

    assert (film.offset(), me.space()) == (10, (0, 40))


def test_an_upload_that_is_given_up_keeps_nothing_of_its_stream(store, me, alice):
    film = begun(me)

    def aborting():
        yield b"0123456789"
        film.abort()
        yield b"01234"

    with pytest.raises((NotFound, Conflict)):
        append(film, 0, aborting())

    assert me.space() == (0, 0)
    assert UploadPart.objects.count() == 0


def test_a_stream_keeps_its_lease_between_its_pieces(store, me):
    film = begun(me)

    def slow():
        yield b"0123456789"
        pass_time()
        assert heartbeat.renew() == 1
        assert parts.sweep() == 0
        yield b"01234"

    assert append(film, 0, slow()) == 15


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_a_stream_flows(store, me):
    film = begun(me)
    held = []

    def watching():
        for _ in range(4):
            held.append(connection.connection)
            yield b"01234567"

    append(film, 0, watching())

    assert held == [None] * 4


def test_a_piece_that_was_kept_stays_though_the_answer_to_that_was_lost(store, me):
    film = begun(me)
    attempt, _ = streams._begin(film.id, 0, 0)

    def keeping():
        with parts.dropping([attempt]):
            parts.keep([Kept(attempt, receive(attempt.incoming, [b"data"], Expected()))])
            raise OperationalError  # it was committed, and then the connection broke

    with pytest.raises(OperationalError):
        keeping()

    assert (film.offset(), Condemned.objects.count()) == (4, 0)
    assert me.read(film.finish().file) == b"data"
    assert me.space() == (4, 0)
