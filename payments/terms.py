"""From when to when each pack counts that somebody has paid for: pure, with what is paid or refunded as the only input.

The packs of one owner make a line, one after the other without a gap. One that gives more room than whatever still
runs or waits begins at once and takes all that over: when its own time is used up it goes on for what their value buys
at its price. Any other begins when the line ends. When money goes back, what it paid for leaves the line, what that
had taken over comes back as far as it is not used up, and what waits moves up.

What is kept of each pack is how much of its own time is left, in whole microseconds. It only ever becomes less, and
every end is reckoned from it; a value in another pack's time is rounded down. So nobody gets time that was not paid
for, and nobody loses more than a rounding.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

Line = tuple["Piece", ...]
SECOND = 1_000_000  # microseconds
LAST = datetime(9000, 1, 1, tzinfo=UTC)  # nothing is reckoned beyond: calendars end soon after


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What was bought: so many `bytes` for so many `seconds`, for an `amount` in minor units of some `money`."""

    id: UUID
    bytes: int
    seconds: int
    amount: int
    money: str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A pack in its owner's line. It counts from `starts_at` to `ends_at`.

    One that another pack has taken over, `into`, ended then. `left` is what was left of its own time, in microseconds,
    when its end was last reckoned.
    """

    pack: Pack
    starts_at: datetime
    ends_at: datetime
    into: UUID | None = None
    left: int = 0

    @property
    def id(self) -> UUID:
        return self.pack.id


def add(line: Line, pack: Pack, at: datetime) -> Line:
    """Return the line with a pack that is paid for at this moment."""
    new = Piece(pack=pack, starts_at=at, ends_at=at, left=pack.seconds * SECOND)
    ahead = _ahead(line, at)
    if not _takes_over(pack, ahead):
        return _laid((*line, new), [new.id], at, behind=ahead[-1].ends_at if ahead else at)
    for head in ahead:
        line = _with(line, _used(line, head, at))
    taken = [
        replace(_piece(line, head.id), starts_at=min(head.starts_at, at), ends_at=at, into=new.id) for head in ahead
    ]
    return _laid((*_with(line, taken), new), [new.id], at, behind=at)


def remove(line: Line, pack_id: UUID, at: datetime) -> Line:
    """Return the line without a pack whose money goes back at this moment."""
    gone = _piece(line, pack_id)
    head = _head_of(line, gone)
    ahead = _ahead(line, at)
    line = _with(line, _used(line, head, at))
    freed = [piece.id for piece in _taken_by(line, gone)]
    line = tuple(
        replace(piece, into=gone.into) if piece.id in freed else piece for piece in line if piece.id != gone.id
    )
    if head not in ahead:
        return line  # all of that is used up
    waiting = [piece.id for piece in ahead[ahead.index(head) + 1 :]]
    moved = [*(freed if head is gone else [head.id]), *waiting]
    return _laid(line, moved, at, behind=max(head.starts_at, at))


def counts_until(line: Sequence[Piece], piece: Piece, grace: timedelta) -> datetime:
    """Return when the pack's room goes: some time after its end, unless another pack follows before that."""
    lasting = (other for other in line if other.into is None and other.starts_at < other.ends_at)
    return min([piece.ends_at + grace, *(other.starts_at for other in lasting if other.starts_at >= piece.ends_at)])


def extra_of(line: Line, pack_id: UUID) -> int:
    """Return how many seconds a pack lasts longer for what it has taken over."""
    head = _piece(line, pack_id)
    return sum(_worth(piece, head) for piece in _group(line, head) if piece is not head) // SECOND


def _takes_over(pack: Pack, ahead: Sequence[Piece]) -> bool:
    """Whether the pack is larger than all that run or wait, and their value can be told in its money."""
    return bool(ahead) and all(pack.bytes > piece.pack.bytes and pack.money == piece.pack.money for piece in ahead)


def _ahead(line: Iterable[Piece], at: datetime) -> list[Piece]:
    """Return what runs and then what waits, in its order: the heads of the line."""
    heads = (piece for piece in line if piece.into is None and piece.ends_at > at)
    return sorted(heads, key=lambda piece: piece.starts_at)


def _taken_by(line: Iterable[Piece], taker: Piece) -> list[Piece]:
    """Return what a piece has taken over, in the order that it was in: one had begun at most, the others waited."""
    return sorted((piece for piece in line if piece.into == taker.id), key=lambda piece: piece.starts_at)


def _group(line: Line, head: Piece) -> Iterator[Piece]:
    """Yield the piece and all that it has taken over, those that they had taken over included.

    It is used up in this order: that in which all would have run if each had ended where another took it over.
    """
    yield head
    for piece in _taken_by(line, head):
        yield from _group(line, piece)


def _worth(piece: Piece, head: Piece) -> int:
    """Return for how long the value that is left of a piece lasts in its head, in microseconds."""
    return _converted(piece.left, piece.pack, head.pack)


def _converted(time: int, old: Pack, new: Pack) -> int:
    """Return how much time of the new pack has the value of so much time of the old one."""
    return time * old.amount * new.seconds // (old.seconds * new.amount)


def _used(line: Line, head: Piece, at: datetime) -> Iterator[Piece]:
    """Yield all of a head's group with what is left of it at a moment."""
    remaining = _microseconds(max(head.starts_at, at), head.ends_at)
    for piece in reversed(list(_group(line, head))):
        worth = _worth(piece, head)
        part = min(worth, remaining)
        remaining -= part
        if part < worth:
            yield replace(piece, left=_converted(part, head.pack, piece.pack))


def _laid(line: Line, heads: Iterable[UUID], at: datetime, *, behind: datetime) -> Line:
    """Return the line with these heads one after the other, behind a moment. What has begun keeps its beginning."""
    for head_id in heads:
        head = _piece(line, head_id)
        total = sum(_worth(piece, head) for piece in _group(line, head))
        has_begun = head.starts_at < head.ends_at and head.starts_at <= at
        start = head.starts_at if has_begun else behind
        behind += timedelta(microseconds=min(total, _microseconds(behind, LAST)))
        line = _with(line, [replace(head, starts_at=start, ends_at=behind)])
    return line


def _head_of(line: Line, piece: Piece) -> Piece:
    while piece.into is not None:
        piece = _piece(line, piece.into)
    return piece


def _piece(line: Line, pack_id: UUID) -> Piece:
    return next(piece for piece in line if piece.id == pack_id)


def _with(line: Line, changed: Iterable[Piece]) -> Line:
    """Return the line with these pieces in place of their former selves."""
    news = {piece.id: piece for piece in changed}
    return tuple(news.get(piece.id, piece) for piece in line)


def _microseconds(start: datetime, end: datetime) -> int:
    return max(0, (end - start) // timedelta(microseconds=1))
