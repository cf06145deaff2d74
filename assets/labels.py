"""Tags and metadata that people give to assets: which are allowed, and how they compare. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from cloudbox.errors import BadInput

TAGS = 50  # of one asset
TAG_LETTERS = 64
PAIRS = 50  # of one asset's metadata
KEY_BYTES = 128
VALUE_BYTES = 2048
ALL_BYTES = 16_384  # keys and values together, in UTF-8


def clean_tag(text: str, field: str = "tags") -> str:
    """Return a tag as it is kept and looked for: NFC, in small letters, without spaces around it. Raises BadInput."""
    tag = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower().strip())
    if not tag:
        raise BadInput(field, "A tag has at least one visible character.")
    if len(tag) > TAG_LETTERS:
        raise BadInput(field, f"A tag has at most {TAG_LETTERS} letters.")
    if not _is_line(tag):
        raise BadInput(field, "A tag is a line of Unicode text without control characters.")
    return tag


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return distinct clean tags, sorted. Raises BadInput."""
    clean = sorted({clean_tag(tag) for tag in tags})
    if len(clean) > TAGS:
        raise BadInput("tags", f"At most {TAGS} tags.")
    return clean


def clean_pair(key: str, value: str, field: str = "metadata") -> tuple[str, str]:
    """Return a key in NFC with its value as it is. Raises BadInput."""
    key = unicodedata.normalize("NFC", key)
    if not key.strip() or not _is_line(key) or len(key.encode()) > KEY_BYTES:
        raise BadInput(field, f"A key is a line of 1 to {KEY_BYTES} bytes in UTF-8, without control characters.")
    if not _is_text(value) or len(value.encode()) > VALUE_BYTES:
        raise BadInput(field, f"{key}: a value is Unicode text of at most {VALUE_BYTES} bytes in UTF-8, without NUL.")
    return key, value


def clean_metadata(pairs: Mapping[Any, Any]) -> dict[str, str]:
    """Return clean pairs, as few and small as they must be. Raises BadInput."""
    clean = {}
    for key, value in pairs.items():
        if not isinstance(value, str):
            raise BadInput("metadata", f"{key}: a value is a text.")
        key_kept, value_kept = clean_pair(key, value)
        if key_kept in clean:
            raise BadInput("metadata", f"{key_kept}: this key is there twice.")
        clean[key_kept] = value_kept
    if len(clean) > PAIRS:
        raise BadInput("metadata", f"At most {PAIRS} pairs.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in clean.items()) > ALL_BYTES:
        raise BadInput("metadata", f"Keys and values have at most {ALL_BYTES} bytes together.")
    return clean


def _is_line(text: str) -> bool:
    return _is_text(text) and not any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text)


def _is_text(text: str) -> bool:
    return "\0" not in text and not any(unicodedata.category(letter) == "Cs" for letter in text)
