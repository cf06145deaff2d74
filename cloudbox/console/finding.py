"""How the first page tells of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is well or is not, in a sentence; where to look, and what to do if it is not."""

    what: str
    well: bool
    sentence: str
    link: str = ""
    todo: str = ""


def some(number: int, what: str) -> str:
    """Return so many of something: `1 job`, `2 jobs`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
