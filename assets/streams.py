"""A stream that goes on with an upload where it ended, cut into pieces: parts that are kept as they are complete."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction

from assets import spool
from assets.digests import Expected, Measuring
from assets.gone import delete_stopped
from assets.heartbeat import heartbeat
from assets.parts import (
    Attempt,
    Kept,
    bytes_of,
    check_fits,
    check_writes,
    complete,
    drop,
    dropping,
    keep,
    locked,
    new_attempt,
    stop_writers,
)
from assets.uploads import receive
from cloudbox.errors import LengthMismatch, OffsetMismatch, Refusal
from cloudbox.http import release_connection

PIECE = 64 * 2**20  # bytes that are kept together, and lost together when a process dies
MOST_PIECES = 100_000  # of one upload; each is a blob for itself


class TooManyPieces(Refusal):
    """The upload has come in too many small pieces. Begin anew, and send more bytes in each. `limit` is a number."""

    code = "too_many_pieces"
    status = 413
    title = "The upload has come in too many pieces."


def append(upload_id: UUID, start: int, chunks: Iterable[bytes], expected: Expected) -> int:
    """Go on with the upload at the offset `start`, and return the new offset.

    Each piece is kept once it is complete, and when the body breaks off, what came before; with digests in
    `expected` all of the body is kept or nothing. Whoever was sending before is cut off. Raises OffsetMismatch,
    TooManyPieces, QuotaExceeded, LengthMismatch, DigestMismatch, SpoolFull, StorageFull, whatever `chunks` raises,
    NotFound when the upload is over and Conflict when somebody else goes on with it.
    """
    attempt, room = _begin(upload_id, start, expected.size or 0)
    pieces = _Pieces(Measuring(chunks, expected, algorithms=()), room)
    with heartbeat.watching(upload_id):
        return start + (_all_or_nothing if expected.digests else _piece_by_piece)(attempt, pieces)


def _begin(upload_id: UUID, start: int, size: int) -> tuple[Attempt, int | None]:
    """Return the writer of the first piece, and how many bytes there is room for if that is known."""
    with transaction.atomic():
        upload = locked(upload_id)
        parts = complete(upload_id)
        offset = bytes_of(parts)
        if start != offset:
            raise OffsetMismatch(offset=offset)
        check_fits(upload, start + size)
        stopped = stop_writers(upload)
        last = parts.values_list("number", flat=True).last() or 0
        if last >= MOST_PIECES:
            raise TooManyPieces(limit=MOST_PIECES)
        attempt = new_attempt(upload, last + 1, None)
    delete_stopped(stopped)
    release_connection()
    return attempt, None if upload.size is None else upload.size - start


class _Pieces:
    """Chunks, cut into pieces of at most `PIECE` bytes. What the source raises ends them; `check` raises it."""

    def __init__(self, chunks: Iterable[bytes], room: int | None) -> None:
        self._chunks = iter(chunks)
        self._room = room
        self._chunk = b""  # the rest of what has come
        self._error: Exception | None = None
        self.is_over = False

    def piece(self) -> Iterator[bytes]:
        left = PIECE
        while left and self.wait():
            part, self._chunk = self._chunk[:left], self._chunk[left:]
            left -= len(part)
            yield part

    def wait(self) -> bool:
        """Wait until there is a byte more and say True, or False when there will be none."""
        while not self._chunk and not self.is_over:
            try:
                self._chunk = next(self._chunks)
                self._count(len(self._chunk))
            except StopIteration:
                self.is_over = True
            except Exception as error:  # noqa: BLE001  whatever ends a body, what came before is kept
                self._chunk, self._error, self.is_over = b"", error, True
        return bool(self._chunk)

    def check(self) -> None:
        if self._error:
            raise self._error

    def _count(self, size: int) -> None:
        if self._room is not None:
            self._room -= size
            if self._room < 0:
                raise LengthMismatch("The body is longer than announced.")


def _piece_by_piece(attempt: Attempt, pieces: _Pieces) -> int:
    """Keep each piece as it is complete, and return how many bytes those were."""
    received = 0
    while pieces.wait():
        with dropping([attempt]):
            spool.check_room(attempt.incoming.store)
            measured = receive(attempt.incoming, pieces.piece(), Expected())
            following = keep([Kept(attempt, measured)], more=not pieces.is_over)
        received += measured.size
        if following is None:
            break
        attempt = following
        release_connection()  # the rest of the body may take its time
    else:
        drop([attempt])
    pieces.check()
    return received


def _all_or_nothing(attempt: Attempt, pieces: _Pieces) -> int:
    """Keep all pieces at once, after the last, and return how many bytes those were."""
    attempts, kept = [attempt], []
    with dropping(attempts):
        while pieces.wait():
            spool.check_room(attempts[-1].incoming.store)
            measured = receive(attempts[-1].incoming, pieces.piece(), Expected())
            kept.append(Kept(attempts[-1], measured))
            if pieces.wait():
                attempts.append(_next(attempts[-1]))
        pieces.check()
        if kept:
            keep(kept)
    if not kept:
        drop(attempts)
    return sum(each.size for each in kept)


def _next(attempt: Attempt) -> Attempt:
    """Return the writer of the piece after the one that `attempt` has written."""
    with transaction.atomic():
        upload = locked(attempt.incoming.id)
        check_writes(attempt)
        following = new_attempt(upload, attempt.number + 1, None)
    release_connection()
    return following
