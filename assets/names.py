"""Names of assets: which are allowed, how they compare, and what a search finds. Pure."""

import re
import unicodedata
from typing import NamedTuple

from cloudbox.errors import BadInput

NAME_BYTES = 255  # UTF-8 bytes of a name outside buckets
FOLD_BYTES = 1000  # that a search knows of a name; one letter may fold to eighteen, and an index takes no more
DEPTH = 100  # folders from the root down to one, itself included; files may lie in the last

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBERED = re.compile(r"^(?P<stem>.*) \((?P<number>[1-9][0-9]{0,8})\)$", re.DOTALL)
_DOUBLE_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")


def clean(name: str, field: str = "name") -> str:
    """Return `name` in NFC, or raise BadInput that names `field` and says what is wrong with it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadInput(field, "A name is valid Unicode text.") from None
    name = unicodedata.normalize("NFC", name)
    if reason := _why_not(name):
        raise BadInput(field, reason)
    return name


def _why_not(name: str) -> str | None:
    if not name.strip():
        return "A name has at least one visible character."
    if name in {".", ".."}:
        return "This name means a place, not a thing."
    if "/" in name:
        return "A name has no slash."
    if any(unicodedata.category(letter) == "Cc" or letter in _BIDI_CONTROLS for letter in name):
        return "A name has no control characters."
    if len(name.encode()) > NAME_BYTES:
        return f"A name has at most {NAME_BYTES} bytes in UTF-8."
    return None


def shorten(text: str) -> str:
    """Return a legal name made of any text: what may not be in a name is left out."""
    kept = "".join(letter for letter in text if not _why_not(f"a{letter}"))
    short = unicodedata.normalize("NFC", kept).encode()[:NAME_BYTES].decode(errors="ignore").strip()
    return "Files" if _why_not(short) else short


def fold(name: str) -> str:
    """Return what a search compares: case and accents do not count."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def grams(folded: str) -> list[str]:
    """Return the distinct 3-grams of a folded name, sorted."""
    return sorted({folded[start : start + 3] for start in range(len(folded) - 2)})


def sort_key(name: str) -> str:
    """Return the key by which lists are ordered, compared byte for byte."""
    return unicodedata.normalize("NFKC", name).casefold()


class Searched(NamedTuple):
    """What a row keeps of its name beside it."""

    fold: str
    sort_key: str
    grams: list[str]


def searched(name: str) -> Searched:
    folded = fold(name).encode()[:FOLD_BYTES].decode(errors="ignore")
    return Searched(folded, sort_key(name), grams(folded))


def numbered(name: str, number: int) -> str:
    """Return `name` with ` (number)` before its ending, shortened so that it stays a legal name.

    >>> numbered("report.tar.gz", 2)
    'report (2).tar.gz'
    """
    stem, ending = split_ending(name)
    if already := _NUMBERED.match(stem):
        stem = already["stem"]
    mark = f" ({number})"
    room = NAME_BYTES - len((mark + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + mark + ending


def split_ending(name: str) -> tuple[str, str]:
    """Return (stem, ending with its dot); a name without an ending, or a dot file, has the ending ''."""
    for ending in _DOUBLE_ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)], name[-len(ending) :]
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not ending or len(ending) > 16 or " " in ending:  # noqa: PLR2004  longer is prose, not an ending
        return name, ""
    return stem, dot + ending
