"""Ids of rows: time-ordered UUIDs, made in Python so that a row can be named before it is written."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new version 7 UUID (RFC 9562 section 5.7); later ones sort after earlier ones."""
    return uuid7()


def first_id_of(moment: datetime) -> UUID:
    """Return the smallest id that can have been made at that moment: ids begin with their time."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
