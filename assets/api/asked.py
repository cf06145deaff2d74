"""What a request asks for, read from its query and headers."""

import re
from collections.abc import Mapping
from typing import TypeVar

from django.http import QueryDict

from assets.placing import OnConflict
from assets.preconditions import Tags
from cloudbox.asked import only
from cloudbox.errors import BadInput

__all__ = ["choice_in", "on_conflict_in", "only", "tags_in"]
_TAG = re.compile(r'\s*(?P<weak>W/)?"(?P<tag>[^"]*)"\s*(?:,|$)')
Choice = TypeVar("Choice", bound=str)


def tags_in(headers: Mapping[str, str]) -> Tags:
    """Return the entity tags of `If-Match` (RFC 9110 section 13.1.1), None when there is none.

    An ancestor sent its token in this header, unquoted: that is not a tag.
    """
    header = headers.get("If-Match", "").strip()
    if not header or header.lower().startswith("token "):
        return None
    if header == "*":
        return ("*",)
    tags, end = [], 0
    while end < len(header):
        match = _TAG.match(header, end)
        if match is None:
            raise BadInput("If-Match", 'Entity tags stand in quotes, like "7".')
        if not match["weak"]:  # a weak tag never matches here: the comparison is the strong one
            tags.append(match["tag"])
        end = match.end()
    return tuple(tags)


def on_conflict_in(query: QueryDict, default: OnConflict = OnConflict.FAIL) -> OnConflict:
    """Return what `?on_conflict=` asks for."""
    return choice_in(query, "on_conflict", list(OnConflict)) or default


def choice_in(query: QueryDict, field: str, choices: list[Choice]) -> Choice | None:
    """Return the one of `choices` that the query names in `field`, None when it names none."""
    text = query.get(field)
    if text is None:
        return None
    for choice in choices:
        if choice == text:
            return choice
    raise BadInput(field, f"One of {', '.join(choices)}.")
