"""Folders, lists, names and places."""

from collections.abc import Collection
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.callers import Caller
from assets import names
from assets.access import Entry, asset_for, folder_for, just_put, of_kind, root_of
from assets.lists import Child, Column, Order, children_seen, seen_of
from assets.models import Asset
from assets.placing import OnConflict, place, place_root
from assets.preconditions import Tags
from assets.record import record, record_new
from assets.shapes import AssetView, put_view, view_of
from assets.words import Ability, Kind
from cloudbox.errors import AccessDenied, BadInput, NotFound
from cloudbox.pages import Page, page_of, values_of

_Position = tuple[Kind, Any, UUID]  # the kind of the last item, its value in the order, its id
_FOLDERS_FIRST = (Kind.FOLDER, Kind.FILE)

_ORDERS: dict[str, tuple[Column, type]] = {  # by which column a list is sorted, and what that holds
    "name": ("sort_key", str),
    "modified": ("modified_at", datetime),
    "size": ("size", int),
}


def make_folder(
    *,
    by: Caller,
    parent_id: UUID | None,
    name: str,
    any_one_access: str | None = None,
    on_conflict: OnConflict = OnConflict.FAIL,
) -> AssetView:
    """Make a folder in another one, or in the caller's root when `parent_id` is None.

    Raises NameTaken; with RENAME a number is added instead. Only the owner opens it to anyone at once.
    """
    if on_conflict is OnConflict.REPLACE:
        raise BadInput("on_conflict", "Folders are not replaced; use rename or fail.")
    name = names.clean(name)
    on_conflict = OnConflict.RENAME if by.adds_only else on_conflict
    with transaction.atomic():
        parent = folder_for(by, parent_id, Ability.ADD)
        folder = Asset(kind=Kind.FOLDER, owner_id=parent.asset.owner_id, created_by_id=by.author_id)
        if any_one_access:
            if Ability.OWN not in parent.abilities:
                raise AccessDenied(need=str(Ability.OWN))
            folder.any_one_access = any_one_access
        folder = place(folder, parent_id=parent.asset.id, name=name, on_conflict=on_conflict)
        record_new("folder_made", by, folder)
        if folder.any_one_access != "restricted":
            record("any_one_access_set", by, folder, any_one_access=folder.any_one_access)
        return put_view(by, just_put(by, folder.id), name)


def check_folder(by: Caller, folder_id: UUID) -> None:
    """Refuse, with BadInput, what is no folder that the caller may see."""
    try:
        of_kind(asset_for(by, folder_id, Ability.READ), Kind.FOLDER, field="folder")
    except NotFound:
        raise BadInput("folder", "There is no such folder.") from None


def get(*, by: Caller, asset_id: UUID | None, kind: Kind | None = None) -> AssetView:
    """Return an asset as the caller sees it; None is the caller's root."""
    entry = root_of(by, Ability.READ) if asset_id is None else asset_for(by, asset_id, Ability.READ)
    return view_of(of_kind(entry, kind))


def steps_to(*, by: Caller, asset_id: UUID) -> list[AssetView]:
    """Return the way to an asset as far as the caller may see it, from the top down to the asset itself.

    It begins no higher than where a link or an access key does. Raises NotFound when they may not see the asset.
    """
    entry = asset_for(by, asset_id, Ability.READ)
    return steps_along(by, entry.asset.path or [*_above(entry.asset), asset_id], entry)


def steps_along(by: Caller, line: list[UUID], entry: Entry) -> list[AssetView]:
    """Return what the caller may see of the way to an asset, whose ids from the root down are `line`. One query."""
    if by.limits and by.limits.folder_id in line:
        line = line[line.index(by.limits.folder_id) :]
    seen = {**seen_of(by, line), entry.asset.id: entry}
    steps = takewhile(lambda step: step is not None, (seen.get(one) for one in reversed(line)))
    return [view_of(step) for step in steps if step][::-1]


def _above(file: Asset) -> list[UUID]:
    return (file.parent.path if file.parent else None) or []


def names_of(*, by: Caller, asset_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what assets are called, of those that the caller sees. One query, none for no asset."""
    return {seen: entry.asset.name for seen, entry in seen_of(by, asset_ids).items()} if asset_ids else {}


def content_of(
    *,
    by: Caller,
    folder_id: UUID | None,
    sort: str = "name",
    kind: Kind | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AssetView]:
    """Return a page of what a folder contains: folders first, each half in the order of `sort`.

    `sort` is name, modified or size; with `-` before it the order is reversed. With `name`, only what is called so.
    """
    column, holds, descending = order_in(sort)
    folder = folder_for(by, folder_id, Ability.READ)
    after = _position(cursor, holds)
    called = None if name is None else names.clean(name)
    found: list[Child] = []
    for half in _halves(kind, after):
        beyond = after[1:] if after and after[0] == half else None
        found += children_seen(
            by, folder, half, Order(column, descending, beyond), name=called, limit=limit + 1 - len(found)
        )
        if len(found) > limit:
            break
    return page_of(
        found,
        limit,
        shown=view_of,
        after=lambda entry: (str(entry.asset.kind), getattr(entry.asset, column), entry.asset.id),
    )


def neighbours_of(*, by: Caller, file_id: UUID) -> tuple[AssetView | None, AssetView | None]:
    """Return the files before and after a file in its folder, by name; None where the caller sees none."""
    file = of_kind(asset_for(by, file_id, Ability.READ), Kind.FILE)
    if not file.parent_seen or file.asset.parent_id is None:
        return None, None
    folder, place = asset_for(by, file.asset.parent_id, Ability.READ), (file.asset.sort_key, file_id)
    before = children_seen(by, folder, Kind.FILE, Order(descending=True, after=place), limit=1)
    after = children_seen(by, folder, Kind.FILE, Order(after=place), limit=1)
    return view_of(before[0]) if before else None, view_of(after[0]) if after else None


def order_in(sort: str) -> tuple[Column, type, bool]:
    """Return the column that `sort` names, what that holds, and whether the order is reversed. Raises BadInput."""
    name = sort.removeprefix("-")
    if name not in _ORDERS:
        raise BadInput("sort", f"Sort by one of {', '.join(_ORDERS)}, with - before it for the reverse.")
    return *_ORDERS[name], sort.startswith("-")


def _halves(kind: Kind | None, after: _Position | None) -> list[Kind]:
    """Return the kinds that the rest of a list has: the folders along their index, then the files along theirs."""
    begun_with_files = after is not None and after[0] == Kind.FILE
    return [half for half in _FOLDERS_FIRST if kind in {None, half} and not (begun_with_files and half == Kind.FOLDER)]


def _position(cursor: str | None, holds: type) -> _Position | None:
    values = values_of(cursor, str, holds, UUID)
    if values is None:
        return None
    if values[0] not in _FOLDERS_FIRST:
        raise BadInput("cursor", "Not a cursor of this list.")
    return Kind(values[0]), values[1], values[2]


def rename(*, by: Caller, asset_id: UUID | None, name: str, kind: Kind | None = None, tags: Tags = None) -> AssetView:
    """Give an asset another name in its folder; a root may be renamed by its owner, too."""
    name = names.clean(name)
    with transaction.atomic():
        entry = root_of(by, Ability.OWN) if asset_id is None else asset_for(by, asset_id, Ability.CHANGE)
        of_kind(entry, kind)
        old_name, parent_id = entry.asset.name, entry.asset.parent_id
        if parent_id is None:
            place_root(entry.asset, name, tags)
        else:
            place(entry.asset, parent_id=parent_id, name=name, tags=tags)
        record(f"{entry.asset.kind}_renamed", by, entry.asset, old_name=old_name, name=name)
        return get(by=by, asset_id=entry.asset.id)


def move(
    *,
    by: Caller,
    asset_id: UUID,
    folder_id: UUID,
    name: str | None = None,
    on_conflict: OnConflict = OnConflict.FAIL,
    tags: Tags = None,
) -> AssetView:
    """Move an asset into another folder, under its name or a new one.

    Into somebody else's tree only its owner may move it: the asset then belongs to them and counts on
    their quota.
    """
    if on_conflict is OnConflict.REPLACE:
        raise BadInput("on_conflict", "A move replaces nothing; use rename or fail.")
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.CHANGE)
        target = of_kind(asset_for(by, folder_id, Ability.ADD), Kind.FOLDER, field="folder")
        _check_not_root(entry)
        if target.asset.owner_id != entry.asset.owner_id and Ability.OWN not in entry.abilities:
            raise AccessDenied("Only its owner moves this into somebody else's folder.", need=str(Ability.OWN))
        name = entry.asset.name if name is None else names.clean(name)
        moved = place(entry.asset, parent_id=target.asset.id, name=name, on_conflict=on_conflict, tags=tags)
        record(f"{moved.kind}_moved", by, moved, folder_id=str(folder_id))
        return get(by=by, asset_id=asset_id)


def _check_not_root(entry: Entry) -> None:
    if entry.asset.parent_id is None:
        raise AccessDenied("A root folder stays where it is.")
