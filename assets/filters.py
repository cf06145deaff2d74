"""What a search asks of an asset, as the condition that PostgreSQL checks. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from assets import names
from assets.words import Kind
from cloudbox.errors import BadInput

FEWEST_LETTERS = 3  # of a word: fewer have no 3-gram, so no index knows them
LONGEST_WORD = names.NAME_BYTES

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
TYPES: dict[str, tuple[str, ...]] = {  # words for media types
    "image": ("image/*",),
    "video": ("video/*",),
    "audio": ("audio/*",),
    "text": ("text/*",),
    "font": ("font/*",),
    "pdf": ("application/pdf",),
    "document": (
        "application/pdf",
        "application/msword",
        "application/rtf",
        "application/epub+zip",
        f"{_OFFICE}.wordprocessingml.*",
        f"{_OPEN}.text*",
        "text/*",
    ),
    "spreadsheet": ("application/vnd.ms-excel*", f"{_OFFICE}.spreadsheetml.*", f"{_OPEN}.spreadsheet*", "text/csv"),
    "presentation": (
        "application/vnd.ms-powerpoint*",
        f"{_OFFICE}.presentationml.*",
        f"{_OPEN}.presentation*",
    ),
    "archive": (
        "application/zip",
        "application/gzip",
        "application/x-tar",
        "application/x-bzip2",
        "application/x-xz",
        "application/x-7z-compressed",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/zstd",
    ),
}


_PARTS = {
    "word": "strpos(a.fold, %(word)s::text) > 0",
    "kind": "a.kind = %(kind)s",
    "min_size": "a.kind = 'file' AND a.size >= %(min_size)s",  # a folder has no size of its own
    "max_size": "a.kind = 'file' AND a.size <= %(max_size)s",
    "modified_after": "a.modified_at >= %(modified_after)s",
    "modified_before": "a.modified_at < %(modified_before)s",
    # The second half is that of the index, without which it is not used.
    "tags": "a.tags @> %(tags)s::varchar[] AND NOT a.tags = '{}'",
    "metadata": "a.metadata @> %(metadata)s::jsonb AND NOT a.metadata = '{}'::jsonb",
}
_BOUNDS = ("min_size", "max_size", "modified_after", "modified_before")
_ANYTHING: tuple[Any, ...] = (None, (), [], {})


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for; None, and nothing, do not matter.

    `word` is a part of the name, whatever case and accents. `type` is a media type, `image/*`, or one of `TYPES`.
    Sizes in bytes, both included; `modified_after` is included, `modified_before` is not. `owner` is a username as it
    is compared, or an id; `not_owner` is whose it must not be. All of `tags` and `metadata`, which are clean, must be
    there.
    """

    word: str | None = None
    kind: Kind | None = None
    type: str | None = None
    min_size: int | None = None
    max_size: int | None = None
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    owner: str | UUID | None = None
    not_owner: UUID | None = None
    tags: Sequence[str] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


def folded_word(word: str) -> str:
    """Return what a search compares of a word. Raises BadInput that names `q`."""
    folded = names.fold(word.strip())
    if len(folded) < FEWEST_LETTERS:
        raise BadInput("q", f"At least {FEWEST_LETTERS} letters.")
    if len(folded) > LONGEST_WORD or "\0" in folded:
        raise BadInput("q", f"At most {LONGEST_WORD} letters, and no NUL.")
    return folded


def by_grams(filters: Filters) -> str:
    """Return what the condition's word implies, and an index knows: that its 3-grams are there."""
    return "TRUE" if filters.word is None else "a.grams @> %(grams)s::varchar[]"


def condition(filters: Filters) -> tuple[str, dict[str, Any]]:
    """Return the condition of the alias `a`, and the values in it and in `by_grams`. Raises BadInput."""
    parts = ["NOT a.hidden", *(part for name, part in _PARTS.items() if getattr(filters, name) not in _ANYTHING)]
    values: dict[str, Any] = {name: getattr(filters, name) for name in _BOUNDS}
    if filters.word is not None:
        values["word"] = folded_word(filters.word)
        values["grams"] = names.grams(values["word"])
    if filters.type is not None:
        types, of_type = _of_type(filters.type)
        parts.append(types)
        values |= of_type
    values["kind"] = filters.kind and str(filters.kind)
    values["tags"] = list(filters.tags)
    values["metadata"] = json.dumps(dict(filters.metadata))
    return " AND ".join(parts), values


def owner_is(column: str, filters: Filters) -> tuple[str, dict[str, Any]]:
    """Return the condition that `column` is the owner who is asked for; of an unknown one nothing is found."""
    if filters.not_owner is not None:
        return f"{column} <> %(not_owner)s", {"not_owner": filters.not_owner}
    if filters.owner is None:
        return "TRUE", {}
    if isinstance(filters.owner, UUID):
        return f"{column} = %(owner)s", {"owner": filters.owner}
    return (
        f"{column} = (SELECT id FROM accounts_user WHERE username_key = %(owner)s)",  # noqa: S608  our own column
        {"owner": filters.owner},
    )


def _of_type(asked: str) -> tuple[str, dict[str, Any]]:
    """Return the condition of the media types that are asked for, and the values in it. Raises BadInput."""
    patterns = TYPES.get(asked) or (_media_type(asked),)
    exact = [pattern for pattern in patterns if "*" not in pattern]
    beginnings = [pattern.removesuffix("*") for pattern in patterns if "*" in pattern] + [f"{one};" for one in exact]
    parts, values = ["a.content_type = ANY(%(types)s::text[])"], dict[str, Any](types=exact)
    for number, beginning in enumerate(beginnings):  # ranges, for an index knows them, compared byte for byte
        parts.append(f"(a.content_type >= %(from{number})s AND a.content_type < %(to{number})s)")
        values[f"from{number}"], values[f"to{number}"] = beginning, beginning[:-1] + chr(ord(beginning[-1]) + 1)
    return f"({' OR '.join(parts)})", values


def _media_type(asked: str) -> str:
    asked = asked.lower()
    group, slash, name = asked.partition("/")
    fits = bool(group and slash and name and asked.isascii() and asked.isprintable() and " " not in asked)
    if not fits or "*" in group or "*" in name.removesuffix("*") or len(asked) > names.NAME_BYTES:
        raise BadInput("type", f"A media type, a group of them like image/*, or one of {', '.join(TYPES)}.")
    return asked
