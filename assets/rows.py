"""Rows past the ORM, for what every upload and download asks: compiling a query costs ten times what asking does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, JSONField, Value
from django.db.models.base import ModelState

from assets.models import Asset, Blob, Version

LIVE = "trashed_at IS NULL AND purging_at IS NULL"  # as models.LIVE

# What is read, in the order in which the models declare it; the rest is fetched when somebody asks for it.
_NOT_READ = {"fold", "grams", "versions_kept", "versions_days"}
_OF_ASSET = [
    field.attname
    for field in Asset._meta.concrete_fields  # noqa: SLF001  Django documents _meta
    if field.attname not in _NOT_READ and not isinstance(field, JSONField)  # a bare cursor gives JSON as text
]
_OF_VERSION = ("id", "asset_id", "seq", "blob_id", "size", "content_type", "etag", "created_at")
_OF_BLOB = ("id", "kind", "store", "key", "size", "sha256", "crcs")
# Those of up to 256 MiB; a reader asks for longer ones, which lie apart and which nobody else needs.
_EXPRESSIONS = {"crcs": "CASE WHEN octet_length({0}.crcs) <= 1024 THEN {0}.crcs END"}


class Listed(NamedTuple):
    """An asset with no more than lists show of it and are sorted by: two hundred of them come at a time."""

    id: UUID
    kind: str
    name: str
    parent_id: UUID | None
    owner_id: UUID
    size: int  # bytes
    content_type: str
    any_one_access: str
    inherits: bool
    revision: int
    tags: list[str]
    created_at: datetime
    modified_at: datetime
    trashed_at: datetime | None
    sort_key: str


def ask(query: str, values: Any) -> list[tuple[Any, ...]]:
    """Return what a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def in_lists(alias: str) -> str:
    """Return the condition that lists have an asset, as far as its own row says."""
    return f"{alias}.trashed_at IS NULL AND {alias}.purging_at IS NULL AND NOT {alias}.hidden"


def as_bigint(size: int) -> Value:
    """Return a number of bytes to add to a column, or take from it.

    A bare one goes to the database as 32 bits, whatever it is, and what does not fit in them is cut off: Django takes
    it for an IntegerField, and what it wraps numbers in for psycopg's own binding does not look.
    """
    return Value(size, output_field=BigIntegerField())


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Send what the block asks together, and wait only where it fetches something. Inside a transaction."""
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():  # the end of it speaks to PostgreSQL, too
        yield


def columns_of_asset(alias: str) -> str:
    """Return the columns that `asset_in` takes."""
    return _columns(alias, _OF_ASSET)


def columns_of_listed(alias: str) -> str:
    """Return the columns that a Listed takes."""
    return _columns(alias, Listed._fields)


def columns_with_current(asset: str, version: str, blob: str) -> str:
    """Return the columns that `asset_with_current_in` takes."""
    return ", ".join((_columns(asset, _OF_ASSET), _columns(version, _OF_VERSION), _columns(blob, _OF_BLOB)))


def asset_in(values: Iterator[Any]) -> Asset:
    """Return the asset that the next values are."""
    asset: Asset = _row(values, Asset, _OF_ASSET)
    return asset


def asset_with_current_in(values: Iterator[Any]) -> Asset:
    """Return the asset that the next values are, with its current version and that with its blob."""
    asset = asset_in(values)
    version, blob = _row(values, Version, _OF_VERSION), _row(values, Blob, _OF_BLOB)
    if version:
        version.blob = blob
    asset.current = version
    return asset


def _columns(alias: str, names: Sequence[str]) -> str:
    return ", ".join(_EXPRESSIONS.get(name, f"{{0}}.{name}").format(alias) for name in names)


def _row(values: Iterator[Any], model: type[Any], names: Sequence[str]) -> Any:
    """Return the row that the next values are; None when the first is null, which it never is in a row."""
    own = list(islice(values, len(names)))
    if own[0] is None:
        return None
    row: Any = object.__new__(model)  # as from_db, but without a look at every field, or signals that nobody hears
    row._state = ModelState()  # noqa: SLF001  what Django itself gives a row
    row._state.db, row._state.adding = DEFAULT_DB_ALIAS, False  # noqa: SLF001  the same
    row.__dict__.update(zip(names, own, strict=True))
    return row
