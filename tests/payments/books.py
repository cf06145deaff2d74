"""The value of time that was paid for, reckoned in fractions beside the line that is to be proved."""

from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from payments.terms import SECOND, Line, Pack, Piece


def price(pack: Pack) -> Fraction:
    """Return what a second of the pack costs."""
    return Fraction(pack.amount, pack.seconds)


def heads(line: Line) -> list[Piece]:
    """Return what is not taken over, in the order of its beginning."""
    return sorted((piece for piece in line if piece.into is None), key=lambda piece: (piece.starts_at, piece.ends_at))


class Exact:
    """What is left of everybody's money while time passes as a line says.

    All packs stand in one queue: one that takes others over comes before them, any other behind all. What runs uses
    up the value of its own time and then that of the next ones it has taken over, second by second at its own price.
    """

    def __init__(self) -> None:
        self.queue: list[Pack] = []
        self.left: dict[UUID, Fraction] = {}  # of the value
        self.operations = 0

    def add(self, line: Line, pack: Pack) -> None:
        self.operations += 1
        takes_over = any(piece.into == pack.id for piece in line)
        self.queue.insert(0 if takes_over else len(self.queue), pack)
        self.left[pack.id] = Fraction(pack.amount)

    def remove(self, pack_id: UUID) -> None:
        self.operations += 1
        self.queue = [pack for pack in self.queue if pack.id != pack_id]
        del self.left[pack_id]

    def advance(self, line: Line, start: datetime, end: datetime) -> None:
        """Let time pass. It fails where the line gives time that nobody has paid for."""
        for head in heads(line):
            passed = min(head.ends_at, end) - max(head.starts_at, start)
            if passed > timedelta():
                self._use(line, head, Fraction(passed // timedelta(microseconds=1), SECOND) * price(head.pack))

    def _use(self, line: Line, head: Piece, value: Fraction) -> None:
        for pack in self.queue:
            if _head_id(line, pack.id) == head.id:
                part = min(value, self.left[pack.id])
                self.left[pack.id] -= part
                value -= part
        assert value == 0, f"time worth {value} that nobody has paid for"

    @property
    def lost(self) -> Fraction:
        """What is left in the end: money that no time came for."""
        return sum(self.left.values(), Fraction())

    @property
    def roundings(self) -> Fraction:
        """A microsecond at the dearest price for each value that may have been told in another's time."""
        dearest = max((price(pack) for pack in self.queue), default=Fraction())
        return 2 * self.operations * len(self.queue) * dearest / SECOND


def _head_id(line: Line, pack_id: UUID) -> UUID:
    piece = next(piece for piece in line if piece.id == pack_id)
    return pack_id if piece.into is None else _head_id(line, piece.into)
