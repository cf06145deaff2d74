"""Pages of long lists: keyset, never an offset. A cursor holds the sort values of the last item shown.

Cursors are opaque but not secret: whoever makes one up sees only what the list shows them anyway.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from cloudbox.errors import BadInput

MOST = 200  # items on one page

SortValue = str | int | UUID | datetime
T = TypeVar("T")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor with which the list goes on (None at its end)."""

    items: list[T]
    next: str | None


def limit_of(text: str | None, *, default: int = 50) -> int:
    """Return how many items `?limit=` asks for: 1 to 200. Raises BadInput."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST and len(text) < len("1000")):
        raise BadInput("limit", f"A whole number from 1 to {MOST}.")
    return int(text)


def cursor_of(*values: SortValue) -> str:
    """Return the cursor that says: go on after the item with these sort values."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def values_of(cursor: str | None, *kinds: type) -> list[Any] | None:
    """Return the sort values in `?cursor=`, one for each of `kinds` (str, int, UUID, datetime); None without one.

    Raises BadInput.
    """
    if not cursor:
        return None
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (binascii.Error, TypeError, ValueError, RecursionError) as error:
        raise BadInput("cursor", "Not a cursor of this list.") from error


def page_of(
    rows: Sequence[Row], limit: int, *, shown: Callable[[Row], T], after: Callable[[Row], tuple[SortValue, ...]]
) -> Page[T]:
    """Return the first `limit` of `rows`, of which the caller fetched one more to see whether the list goes on."""
    items = [shown(row) for row in rows[:limit]]
    return Page(items, cursor_of(*after(rows[limit - 1])) if len(rows) > limit else None)


def _value(value: object, kind: type) -> object:
    """Return a value of a cursor as `kind`. Raises TypeError or ValueError for what the database could not compare."""
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if type(value) is not kind:
        raise TypeError(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(value)
    if isinstance(value, str):
        value.encode()  # raises a ValueError for half a surrogate pair
        if "\0" in value:
            raise ValueError(value)
    return value
