"""From when to when each pack counts that somebody has paid for: pure, with what is paid or refunded as the only input.

The packs of one owner make a line. One that gives more room than whatever still runs or waits begins at once and takes
their remaining value over: remaining time x old price / new price, as time at its own price. Any other begins when the
line ends. When money goes back, what it paid for ends, what had been taken over comes back, and what waits moves up.
Times are aware, lengths are whole seconds rounded down, so nobody gets time that was not paid for.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

Line = tuple["Piece", ...]


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What was bought: so many `bytes` for so many `seconds`, for an `amount` in minor units of a currency."""

    id: UUID
    bytes: int
    seconds: int
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A pack in its owner's line. It counts from `starts_at` to `ends_at`.

    One that another pack has taken over, `into`, ended then. It had `left` seconds, which became `carried` seconds of
    the other; those are used up last.
    """

    pack: Pack
    starts_at: datetime
    ends_at: datetime
    into: UUID | None = None
    left: int = 0
    carried: int = 0

    @property
    def id(self) -> UUID:
        return self.pack.id


def add(line: Line, pack: Pack, at: datetime) -> Line:
    """Return the line with a pack that is paid for at this moment."""
    running = _running(line, at)
    if not _takes_over(pack, running):
        start = max((piece.ends_at for piece in running), default=at)
        return (*line, Piece(pack=pack, starts_at=start, ends_at=start + timedelta(seconds=pack.seconds)))
    taken = [_taken_over(piece, pack, at) for piece in running]
    seconds = pack.seconds + sum(piece.carried for piece in taken)
    new = Piece(pack=pack, starts_at=at, ends_at=at + timedelta(seconds=seconds))
    return (*_with(line, taken), new)


def remove(line: Line, pack_id: UUID, at: datetime) -> Line:
    """Return the line without a pack whose money goes back at this moment."""
    gone = next(piece for piece in line if piece.id == pack_id)
    rest = tuple(piece for piece in line if piece is not gone)
    if gone.into is not None:
        return _let_out(rest, gone, at)
    cursor = max(at, gone.starts_at)
    revived = _revived(_taken_by(rest, gone), unused=_seconds(cursor, gone.ends_at), at=cursor)
    return _closed_up(_with(rest, revived), at, behind=gone.starts_at, first={piece.id for piece in revived})


def counts_until(line: Sequence[Piece], piece: Piece, grace: timedelta) -> datetime:
    """Return when the pack's room goes: some time after its end, unless another pack follows before that."""
    follows = [other.starts_at for other in line if other.into is None and other.starts_at >= piece.ends_at]
    return min([piece.ends_at + grace, *follows])


def extra_of(line: Line, pack_id: UUID) -> int:
    """Return how many seconds a pack lasts longer for what it has taken over."""
    return sum(piece.carried for piece in line if piece.into == pack_id)


def _takes_over(pack: Pack, running: Sequence[Piece]) -> bool:
    """Whether the pack is larger than all that run, and their value can be told in its currency."""
    return bool(running) and all(
        pack.bytes > piece.pack.bytes and pack.currency == piece.pack.currency for piece in running
    )


def _running(line: Iterable[Piece], at: datetime) -> list[Piece]:
    """Return what runs or waits, in its order."""
    return sorted(
        (piece for piece in line if piece.into is None and piece.ends_at > at), key=lambda piece: piece.starts_at
    )


def _taken_over(piece: Piece, pack: Pack, at: datetime) -> Piece:
    old = piece.pack
    left = _seconds(max(piece.starts_at, at), piece.ends_at)
    carried = left * old.amount * pack.seconds // (old.seconds * pack.amount)
    return replace(piece, starts_at=min(piece.starts_at, at), ends_at=at, into=pack.id, left=left, carried=carried)


def _taken_by(line: Iterable[Piece], taker: Piece) -> list[Piece]:
    """Return what a piece has taken over, in its order: one had begun at most, the others waited."""
    taken = [piece for piece in line if piece.into == taker.id]
    return sorted(taken, key=lambda piece: (piece.starts_at, piece.id))


def _revived(taken: Iterable[Piece], *, unused: int, at: datetime) -> list[Piece]:
    """Return what had been taken over as it goes on from `at`, with what of it the taker has not used."""
    found = []
    for piece in taken:
        part = min(piece.carried, unused)
        unused -= part
        left = piece.left * part // piece.carried if piece.carried else 0
        had_begun = piece.starts_at < piece.ends_at
        end = at + timedelta(seconds=left)
        start = piece.starts_at if had_begun else at
        found.append(replace(piece, starts_at=start, ends_at=end, into=None, left=0, carried=0))
        at = end
    return found


def _closed_up(line: Line, at: datetime, *, behind: datetime, first: Container[UUID] = ()) -> Line:
    """Return the line with what waits behind a moment one after the other, `first` before the others."""
    moved = []
    cursor = at
    waits = {piece.id: piece.starts_at >= behind and piece.id not in first for piece in line}
    for piece in sorted(_running(line, at), key=lambda piece: waits[piece.id]):
        if waits[piece.id]:
            moved.append(replace(piece, starts_at=cursor, ends_at=cursor + (piece.ends_at - piece.starts_at)))
        cursor = max(cursor, moved[-1].ends_at if waits[piece.id] else piece.ends_at)
    return _with(line, moved)


def _let_out(line: Line, gone: Piece, at: datetime) -> Line:
    """Return the line after a piece that another has taken over: its own part is taken out of there.

    What it had taken over itself was paid for by others, so that stays, as if taken over by the other one.
    """
    kept, unused = [], gone.left
    for piece in _taken_by(line, gone):
        part = min(piece.carried, unused)
        unused -= part
        left = piece.left * part // piece.carried if piece.carried else 0
        carried = part * gone.carried // gone.left if gone.left else 0
        kept.append(replace(piece, into=gone.into, left=left, carried=carried))
    line = _with(line, kept)
    return _shortened(line, gone.into, gone.carried - sum(piece.carried for piece in kept), at)


def _shortened(line: Line, pack_id: UUID | None, seconds: int, at: datetime) -> Line:
    """Return the line with so many seconds less of a pack, or of what has taken that over."""
    piece = next(piece for piece in line if piece.id == pack_id)
    if piece.into is None:
        least = max(piece.starts_at, min(piece.ends_at, at))
        end = max(least, piece.ends_at - timedelta(seconds=seconds))
        shorter = replace(piece, ends_at=end)
        return _closed_up(_with(line, [shorter]), at, behind=end)
    left = max(0, piece.left - seconds)
    carried = piece.carried * left // piece.left if piece.left else 0
    line = _with(line, [replace(piece, left=left, carried=carried)])
    return _shortened(line, piece.into, piece.carried - carried, at)


def _with(line: Line, changed: Iterable[Piece]) -> Line:
    """Return the line with these pieces in place of their former selves."""
    news = {piece.id: piece for piece in changed}
    return tuple(news.get(piece.id, piece) for piece in line)


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))
