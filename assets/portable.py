"""Names that every system takes: Windows, macOS and Unix, in every program that unpacks archives. Pure."""

import re
import unicodedata

from assets import names

# What Windows does not take, what separates folders anywhere, and what makes a name look like another one.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]'
)
_TRAILING = re.compile(r"[. ]+$")  # Windows drops them; so "." and ".." are no names, either
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)


def portable(name: str) -> str:
    """Return a name that is alike, not empty, and safe on every system; in NFC, at most 255 bytes in UTF-8.

    >>> portable("a/b: what?"), portable("aux.txt"), portable("..")
    ('a_b_ what_', '_aux.txt', '__')
    """
    safe = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)) or "_"
    if _DEVICE.match(safe):
        safe = f"_{safe}"
    if len(safe.encode()) > names.NAME_BYTES:
        stem, ending = names.split_ending(safe)
        safe = stem.encode()[: names.NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending
    return _TRAILING.sub(lambda match: "_" * len(match[0]), safe)


def same(name: str) -> str:
    """Return what names have in common that some system takes for one: case and Unicode forms do not count."""
    return names.sort_key(name)
