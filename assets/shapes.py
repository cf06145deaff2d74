"""What services hand out: frozen facts about assets, never rows."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from accounts.callers import Caller
from assets.access import Entry
from assets.lists import Child
from assets.words import ABILITIES, Ability, Role
from cloudbox.pages import Page

_SHOWN_ROLES = {Role.VIEWER: "viewer", Role.GUEST: "editor", Role.EDITOR: "editor", Role.OWNER: "owner"}


@cache
def _shown_abilities(role: Role, reach: frozenset[Ability]) -> tuple[str, ...]:
    return tuple(sorted(ABILITIES[role] & reach))


class Person(NamedTuple):
    """Somebody, as others see them."""

    id: UUID
    username: str


class AssetView(NamedTuple):
    """An asset as its caller sees it. `size` in bytes, `sha256` in hex, times aware and in UTC.

    `parent` is None for a root, and for the top of what was shared with the caller. `revision` is the tag
    for `If-Match`, `etag` that of what a file contains ("" for a folder). `abilities` are what the caller may do.
    The last two are told by the list of the trash: who put it there, and when it goes for good.
    """

    id: UUID
    kind: str
    name: str
    parent: UUID | None
    owner: Person
    size: int
    content_type: str
    sha256: str | None
    version: int | None
    etag: str
    any_one_access: str
    inherits: bool
    role: str
    abilities: tuple[str, ...]
    tags: tuple[str, ...]
    revision: int
    created_at: datetime
    modified_at: datetime
    trashed_at: datetime | None
    trashed_by: Person | None = None
    purge_at: datetime | None = None


def view_of(entry: Entry | Child) -> AssetView:
    asset = entry.asset
    return AssetView(
        id=asset.id,
        kind=asset.kind,
        name=asset.name,
        parent=asset.parent_id if entry.parent_seen else None,
        owner=Person(asset.owner_id, entry.owner_name),
        size=asset.size,
        content_type=asset.content_type,
        sha256=entry.sha256,
        version=entry.version,
        etag=entry.etag,
        any_one_access=asset.any_one_access,
        inherits=asset.inherits,
        role=_SHOWN_ROLES[entry.role],
        abilities=_shown_abilities(entry.role, entry.reach),
        tags=tuple(asset.tags),
        revision=asset.revision,
        created_at=asset.created_at,
        modified_at=asset.modified_at,
        trashed_at=asset.trashed_at,
    )


def put_view(by: Caller, entry: Entry, name: str) -> AssetView:
    """Return what the caller has put somewhere; who may only add does not learn whether the name was taken."""
    view = view_of(entry)
    return view._replace(name=name) if by.adds_only else view


@dataclass(frozen=True)
class VersionView:
    """One version of a file. `size` in bytes, `sha256` in hex."""

    id: UUID
    seq: int
    size: int
    content_type: str
    sha256: str | None
    is_current: bool
    created_by: Person | None
    created_at: datetime


@dataclass(frozen=True)
class Versions(Page[VersionView]):
    """A page of the versions of a file. `bytes` is what all of them take, and so much of the quota."""

    bytes: int
