"""The bars of a chart, placed for an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.figures import Day

WIDTH, HEIGHT = 600, 160  # units of the view box
GAP = 0.25  # of the room of a bar


@dataclass(frozen=True)
class Bar:
    """One day: its place and height in the view box, and what a pointer on it is told."""

    day: Day
    x: float
    y: float
    width: float
    height: float


def bars(days: Sequence[Day]) -> list[Bar]:
    """Return a bar for each day, the highest as high as the chart. A day with anything in it can be seen."""
    most = max((day.uploads for day in days), default=0)
    room = WIDTH / max(len(days), 1)
    placed = []
    for position, day in enumerate(days):
        height = max(2.0, HEIGHT * day.uploads / most) if day.uploads else 0.0
        x = room * (position + GAP / 2)
        placed.append(Bar(day, round(x, 2), round(HEIGHT - height, 2), round(room * (1 - GAP), 2), round(height, 2)))
    return placed
