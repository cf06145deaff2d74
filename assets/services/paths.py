"""The caller's own tree by paths: names from their root down, with slashes between them.

A path is read as text and compared with names, one by one: it never reaches a disk, and nothing in it leads upwards.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts import quotas
from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from assets import names
from assets.access import Entry, asset_for, folder_for, of_kind
from assets.locks import lock_trees
from assets.placing import OnConflict
from assets.rows import ask, in_lists
from assets.services import bulk, content, trash, tree
from assets.services.content import Body, Destination
from assets.shapes import AssetView, view_of
from assets.words import Ability, Kind
from cloudbox.errors import AccessDenied, BadInput, Busy, NameTaken, NotFound
from cloudbox.http import Content
from cloudbox.pages import Page
from jobs.services import JobInfo

MOST_LISTED = 10_000
_ATTEMPTS = 3  # at making folders that others make, and delete, meanwhile
_DIGESTED_AFTER = 10  # seconds until it is worth asking again
_WALK = f"""
WITH RECURSIVE walk(depth, id, kind) AS (
    SELECT 0, id, kind FROM assets_asset WHERE owner_id = %(owner)s AND parent_id IS NULL
    UNION ALL
    SELECT walk.depth + 1, a.id, a.kind
      FROM walk JOIN assets_asset a ON a.parent_id = walk.id AND {in_lists("a")}
       AND a.name = (%(names)s::text[])[walk.depth + 1]
     WHERE walk.kind = 'folder' AND walk.depth < %(depth)s
)
SELECT depth, id, kind FROM walk ORDER BY depth, kind DESC
"""  # noqa: S608  made of constants


class Space(NamedTuple):
    """What an account stores and may store, in bytes."""

    used: int
    reserved: int
    limit: int
    free: int


class _Walked(NamedTuple):
    """How far a path leads: to `asset_id` at its end, or no further than to `missing`, the names from there on."""

    asset_id: UUID
    kind: str
    missing: tuple[str, ...]


# Reading


def get(*, by: Caller, path: str, field: str = "path") -> AssetView:
    """Return what lies at a path; "" is the root. Raises NotFound, and BadInput that names `field`."""
    return view_of(_at(by, names_in(path, field), Ability.READ))


def open_file(*, by: Caller | Bearer, path: str) -> Content:
    """Return what the file at a path contains. Raises NotFound, BadInput, and AccessDenied for a folder."""
    by = proven(by)
    entry = _a_file(_at(by, names_in(path), Ability.READ))
    return content.open_file(by=by, file_id=entry.asset.id)


def sha256_of(*, by: Caller, path: str) -> str:
    """Return the SHA-256 of a file, in hex. Raises Busy while a task is computing that of a large one."""
    view = view_of(_a_file(_at(by, names_in(path), Ability.READ)))
    if view.sha256 is None:
        raise Busy("Its SHA-256 is being computed.", retry_after=_DIGESTED_AFTER)
    return view.sha256


def content_of(*, by: Caller, path: str, cursor: str | None = None, limit: int = MOST_LISTED) -> Page[AssetView]:
    """Return a page of what the folder at a path contains, folders first."""
    folder = of_kind(_at(by, names_in(path), Ability.READ), Kind.FOLDER, field="path")
    return tree.content_of(by=by, folder_id=folder.asset.id, cursor=cursor, limit=limit)


def space_of(*, by: Caller) -> Space:
    space = quotas.usage_of(by.must_see_account())
    return Space(space.used, space.reserved, space.limit, space.free)


# Changing


def upload(*, by: Caller, path: str, body: Body) -> AssetView:
    """Store `body` at a path, as a new version if a file is there; folders that are missing are made with it."""
    wanted = _not_the_root(path, "path")
    walked = _walk(by, wanted)
    if walked.missing:
        folder = _folder_reached(by, walked)
    else:
        _a_file(_gated(by, walked.asset_id, Ability.CHANGE))
        folder = _folder_reached(by, _walk(by, wanted[:-1]))
    name = wanted[-1]
    if len(walked.missing) <= 1:
        replace = OnConflict.REPLACE
        return content.store_file(by=by, folder_id=folder.asset.id, name=name, body=body, on_conflict=replace)[0]

    def decide() -> Destination:
        return Destination(folder_id=_made(by, wanted[:-1]), name=name, on_conflict=OnConflict.REPLACE)

    return content.store_undecided(by=by, folder=folder, name=name, body=body, decide=decide)[0]


def make_folder(*, by: Caller, path: str) -> bool:
    """Make the folder at a path, and those above; return whether it is new. Raises NameTaken where a file is."""
    wanted = names_in(path)
    with transaction.atomic():
        walked = _walk(by, wanted)
        if not walked.missing and walked.kind == Kind.FILE:
            _gated(by, walked.asset_id, Ability.READ)
            raise NameTaken(name=wanted[-1])
        _made(by, wanted)
    return bool(walked.missing)


def delete(*, by: Caller, path: str, field: str = "path") -> None:
    """Put what lies at a path into the trash."""
    entry = _at(by, _not_the_root(path, field), Ability.DELETE)
    trash.trash(by=by, asset_id=entry.asset.id)


def move(*, by: Caller, source: str, destination: str) -> AssetView:
    """Move what lies at a path to another, where nothing is yet; folders that are missing are made.

    Raises NotFound for the source and NameTaken for the destination.
    """
    old, new = _not_the_root(source, "src_path"), _not_the_root(destination, "dst_path")
    with transaction.atomic():
        lock_trees([by.must_be_signed_in()], exclusive=True)  # at once, for making a folder would take it shared first
        entry = _at(by, old, Ability.CHANGE)
        folder_id = _free(by, new)
        return tree.move(by=by, asset_id=entry.asset.id, folder_id=folder_id, name=new[-1])


def copy(*, by: Caller, source: str, destination: str) -> AssetView | JobInfo:
    """Copy what lies at a path to another, as `move` does; a large folder by a job."""
    old, new = _not_the_root(source, "src_path"), _not_the_root(destination, "dst_path")
    with transaction.atomic():
        entry = _at(by, old, Ability.READ)
        folder_id = _free(by, new)
        return bulk.copy(by=by, asset_id=entry.asset.id, folder_id=folder_id, name=new[-1])


# Paths


def names_in(path: str, field: str = "path") -> tuple[str, ...]:
    """Return the names in a path, clean; "" has none. Raises BadInput that names `field`."""
    if not path:
        return ()
    if path.startswith("/"):
        raise BadInput(field, "A path begins in your root folder, without a slash.")
    parts = path.split("/")
    if len(parts) > names.DEPTH:
        raise BadInput(field, f"A path has at most {names.DEPTH} names.")
    return tuple(names.clean(part, field) for part in parts)


def _not_the_root(path: str, field: str) -> tuple[str, ...]:
    if not path:
        raise BadInput(field, "file name is null")
    return names_in(path, field)


def _walk(by: Caller, wanted: Sequence[str]) -> _Walked:
    rows = ask(_WALK, {"owner": by.must_be_signed_in(), "names": list(wanted), "depth": len(wanted)})
    if not rows:
        raise NotFound
    deepest = rows[-1][0]
    _, asset_id, kind = next(row for row in rows if row[0] == deepest)  # a folder, if a file is there, too
    return _Walked(asset_id, kind, tuple(wanted[deepest:]))


def _at(by: Caller, wanted: Sequence[str], need: Ability) -> Entry:
    walked = _walk(by, wanted)
    if walked.missing:
        by.must_be_signed_in()
        raise NotFound("File not found")
    return _gated(by, walked.asset_id, need)


def _gated(by: Caller, asset_id: UUID, need: Ability) -> Entry:
    """Return what the gate returns, which hides what an access key does not reach."""
    try:
        return asset_for(by, asset_id, need)
    except NotFound:
        raise NotFound("File not found") from None


def _a_file(entry: Entry) -> Entry:
    if entry.asset.is_folder:
        raise AccessDenied("This is a folder, not a file.")
    return entry


def _folder_reached(by: Caller, walked: _Walked) -> Entry:
    """Return the folder where a path ends, or the deepest one on it, where the caller may add the rest."""
    entry = _gated(by, walked.asset_id, Ability.READ)
    if not entry.asset.is_folder:
        raise BadInput("path", f'"{entry.asset.name}" is a file, not a folder.')
    return folder_for(by, entry.asset.id, Ability.ADD)


def _free(by: Caller, wanted: Sequence[str]) -> UUID:
    """Return the folder of a path at which nothing is yet, made if need be. Raises NameTaken."""
    walked = _walk(by, wanted)
    if not walked.missing:
        _gated(by, walked.asset_id, Ability.READ)
        raise NameTaken(name=wanted[-1])
    return _made(by, wanted[:-1])


def _made(by: Caller, wanted: Sequence[str]) -> UUID:
    """Return the folder at a path, made with those above it if need be, in the caller's transaction."""
    for _ in range(_ATTEMPTS):
        walked = _walk(by, wanted)
        folder_id = _folder_reached(by, walked).asset.id
        try:
            for name in walked.missing:
                folder_id = tree.make_folder(by=by, parent_id=folder_id, name=name).id
        except NameTaken:
            continue
        return folder_id
    raise NameTaken(name=wanted[-1])
