"""The bars of a chart, placed for an SVG. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

WIDTH, HEIGHT = 600, 160  # units of the view box
GAP = 0.25  # of the room of a bar
LEAST = 2.0  # what is not nothing can be seen

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Bar(Generic[Thing]):
    """One thing: its place and height in the view box, up or down from where nothing is."""

    of: Thing
    x: float
    y: float
    width: float
    height: float


def bars(things: Sequence[Thing], amount: Callable[[Thing], int]) -> list[Bar[Thing]]:
    """Return a bar for each thing; the highest and the lowest fill the chart together."""
    amounts = [amount(thing) for thing in things]
    most, least = max([0, *amounts]), min([0, *amounts])
    room, nothing = WIDTH / max(len(amounts), 1), zero(amounts)
    placed = []
    for position, (thing, number) in enumerate(zip(things, amounts, strict=True)):
        height = max(LEAST, HEIGHT * abs(number) / (most - least)) if number else 0.0
        y = nothing - height if number > 0 else nothing
        x = room * (position + GAP / 2)
        placed.append(Bar(thing, round(x, 2), round(y, 2), round(room * (1 - GAP), 2), round(height, 2)))
    return placed


def zero(amounts: Sequence[int]) -> float:
    """Return the height of the line where nothing is: the bottom, unless something is less."""
    most, least = max([0, *amounts]), min([0, *amounts])
    return round(HEIGHT * most / (most - least), 2) if most > least else float(HEIGHT)
