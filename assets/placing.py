"""One function places an asset: creating, renaming, moving and restoring all end in `place`."""

from contextlib import suppress
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Func, IntegerField, Max, Q, QuerySet, Sum

from accounts import quotas
from assets import names, rows
from assets.locks import lock_all, lock_as_seen, lock_assets, lock_name, lock_trees, unless_overtaken
from assets.models import LIVE, Asset, Identifier, Transfer, Version
from assets.preconditions import Tags, check_tags
from cloudbox.errors import BadInput, Conflict, NameTaken, NotFound

_GONE = f"SELECT 1 FROM assets_asset WHERE id = ANY(%s) AND NOT ({rows.LIVE})"  # noqa: S608  a constant
_TAKEN = f"SELECT 1 FROM assets_asset WHERE parent_id = %s AND name = %s AND id <> %s AND {rows.LIVE}"  # noqa: S608  the same
# A part of a greater statement: the row of a new file in the folder that the gate has `entered`, once its bytes are
# `claimed`. The caller holds the folder and the name. As `_write` would, but the framework takes ten times as long.
# `grams` come in lines, for no name has a line break in it.
NEW_FILE = """
file AS (
    INSERT INTO assets_asset (id, kind, parent_id, owner_id, created_by_id, created_at,
        name, fold, sort_key, grams, current_id, size, content_type, modified_at,
        any_one_access, inherits, revision, hidden, versioning, lock_enabled)
    SELECT %(file)s, 'file', entered.id, entered.owner_id, %(user)s, %(at)s,
        %(name)s::text, %(fold)s::text, %(sort_key)s::text, string_to_array(%(grams)s::text, E'\\n')::varchar[],
        %(version)s, %(size)s, %(content_type)s::text, %(at)s,
        'restricted', true, 1, false, '', false
      FROM claimed, entered
)"""
_ATTEMPTS = 8  # at a free number before giving up: somebody else took each of them


class _Cardinality(Func):
    function = "cardinality"
    output_field = IntegerField()


class OnConflict(StrEnum):
    """What to do when the folder already has something of that name."""

    FAIL = "fail"
    RENAME = "rename"
    REPLACE = "replace"


def place(
    asset: Asset,
    *,
    parent_id: UUID,
    name: str,
    on_conflict: OnConflict = OnConflict.FAIL,
    tags: Tags = None,
) -> Asset:
    """Put `asset`, new or old, into the folder `parent_id` as `name`, and return it as it is now stored.

    Runs in the caller's transaction and takes the locks. `name` is already clean; with RENAME a number is
    added until it is free; `tags` are those of `If-Match`. An asset in the trash is taken out of it.
    Raises NameTaken, NotFound when asset or folder are gone, PreconditionFailed, BadInput when the folder
    lies in the asset or too deep, Conflict when the asset was moved or the tree changed hands under way.
    """
    new = _is_new(asset)
    owner_id = None if new else asset.owner_id  # a new file gets whatever owner its folder has by now
    moves = not new and (asset.trashed_at is not None or asset.parent_id != parent_id)
    if moves or asset.is_folder:
        owner_id = _owner_of(parent_id)
        lock_trees({owner_id, asset.owner_id}, exclusive=moves and asset.is_folder)
    locked = lock_assets(shared=[parent_id], updated=[] if new else [asset.id])
    if not new:
        asset = unless_overtaken(asset, locked.get(asset.id))
        check_tags(tags, str(asset.revision))
        asset.trashed_at = asset.trashed_by = None
    parent = _still_there(locked.get(parent_id))
    _check_hands(parent, owner_id)
    _check_fit(asset, parent, height=_height(asset) if moves else 0)
    return _take_name(asset, parent, name, on_conflict)


def place_root(root: Asset, name: str, tags: Tags = None) -> Asset:
    """Make a root folder, or give it another name. Runs in the caller's transaction."""
    if not _is_new(root):
        root = lock_as_seen(root)
        check_tags(tags, str(root.revision))
        root.revision += 1
    root.name, root.path = name, [root.id]
    root.fold, root.sort_key, root.grams = names.searched(name)
    root.save()
    return root


def save_from(folder: Asset) -> None:
    """Take what lies in the trash by itself out of a folder that goes for ever, into the root, where it stays trashed.

    The owner's tree is locked.
    """
    below = Q(path__contains=[folder.id]) | Q(parent__path__contains=[folder.id])
    trashed = Asset.objects.filter(below, owner=folder.owner_id, trashed_at__isnull=False, purging_at=None)
    root = Asset.objects.get(owner=folder.owner_id, parent=None)
    saved = {folder.id}
    for asset in trashed.exclude(pk=folder.id).select_related("parent").order_by(_Cardinality("parent__path"), "id"):
        above = asset.parent.path if asset.parent and asset.parent.path else []
        if saved.isdisjoint(above[above.index(folder.id) + 1 :]):  # else it came along with what it lies in
            saved.add(asset.id)
            if asset.is_folder:
                _rebase(asset, root)
            Asset.objects.filter(pk=asset.id).update(parent=root)


def _is_new(asset: Asset) -> bool:
    return asset._state.adding  # noqa: SLF001  Django's documented way to ask (Model._state)


def _owner_of(folder_id: UUID) -> UUID:
    owner_id = Asset.objects.filter(pk=folder_id, kind="folder").values_list("owner_id", flat=True).first()
    if owner_id is None:
        raise NotFound
    return owner_id


def _check_hands(locked: Asset, owner_id: UUID | None) -> None:
    """Refuse when the tree's owner is not the one whose lock is held."""
    if owner_id not in {None, locked.owner_id}:
        raise Conflict("The folder has just changed hands; try again.")


def _still_there(folder: Asset | None) -> Asset:
    """Return the folder unless it, or one above it, has gone since the gate looked."""
    if folder is None or folder.path is None or rows.ask(_GONE, [folder.path]):
        raise NotFound
    return folder


def _check_fit(asset: Asset, parent: Asset, *, height: int) -> None:
    path = parent.path or []
    if asset.id in path:
        raise BadInput("folder", "A folder cannot be moved into itself.")
    if asset.is_folder and len(path) + 1 + height > names.DEPTH:
        raise BadInput("folder", f"Folders go at most {names.DEPTH} deep.")


def _height(asset: Asset) -> int:
    """Return how many levels of folders lie below a folder."""
    if not asset.is_folder:
        return 0
    deepest = folders_of(asset).aggregate(d=Max(_Cardinality("path")))["d"]
    return (deepest or 0) - len(asset.path or [])


def _take_name(asset: Asset, parent: Asset, name: str, on_conflict: OnConflict) -> Asset:
    """Write the asset under the name, or with RENAME under a free one, holding the lock of whichever it gets."""
    wanted = name
    for attempt in range(_ATTEMPTS):
        lock_name(parent.id, wanted)
        if not _taken(asset, parent, wanted):
            return _write(asset, parent, wanted)
        if on_conflict is not OnConflict.RENAME:
            break
        wanted = _free_name(asset, parent, name, skip=attempt)
    raise NameTaken(name=name)


def _taken(asset: Asset, parent: Asset, name: str) -> bool:
    return bool(rows.ask(_TAKEN, [parent.id, name, asset.id]))


def _free_name(asset: Asset, parent: Asset, name: str, *, skip: int) -> str:
    """Return `name` with the smallest free number, leaving out as many as attempts have failed."""
    stem, ending = names.split_ending(names.numbered(name, 999_999_999))  # the longer the number, the shorter the stem
    beginning = stem[: stem.rindex(" (")]
    taken = set(
        Asset.objects.filter(LIVE, parent=parent, name__startswith=beginning, name__endswith=ending)
        .exclude(pk=asset.id)
        .values_list("name", flat=True)
    )
    number = 1
    while (candidate := names.numbered(name, number)) in taken or skip:
        skip -= candidate not in taken
        number += 1
    return candidate


def _write(asset: Asset, parent: Asset, name: str) -> Asset:
    asset.parent, asset.name = parent, name
    asset.fold, asset.sort_key, asset.grams = names.searched(name)
    if _is_new(asset):
        asset.owner_id = parent.owner_id
        asset.path = [*(parent.path or []), asset.id] if asset.is_folder else None
        asset.save(force_insert=True)
        return asset
    asset.revision += 1
    if asset.owner_id != parent.owner_id:
        _hand_over(asset, parent.owner_id)
    if asset.is_folder:
        _rebase(asset, parent)
    asset.save()  # the row is locked and was read under the lock, so nothing is overwritten
    return asset


def _rebase(folder: Asset, parent: Asset) -> None:
    """Give the folder, and the folders below it, the path that its new parent asks for."""
    old, new = folder.path or [], [*(parent.path or []), folder.id]
    if old == new:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assets_asset SET path = %s::uuid[] || path[%s:] WHERE kind = 'folder' AND path @> %s::uuid[]",
            [new, len(old) + 1, [folder.id]],
        )
    folder.path = new


def _hand_over(asset: Asset, owner_id: UUID) -> None:
    """Make `owner_id` the owner of the asset and all below it, and let both be charged for what is theirs."""
    for below in (folders_of(asset), files_of(asset)):  # the folders first: it waits for those who put files into them
        lock_all(below)
        below.update(owner=owner_id)
    below_it = Q(asset__in=folders_of(asset)) | Q(asset__in=files_of(asset))
    Transfer.objects.filter(below_it).exclude(asset=asset).delete()  # what somebody offers who owns it no longer
    _hand_over_identifiers(asset, owner_id)
    charged = Version.objects.filter(asset__in=files_of(asset)).aggregate(size=Sum("size"))["size"] or 0
    quotas.move(asset.owner_id, owner_id, charged)
    asset.owner_id = owner_id


def _hand_over_identifiers(asset: Asset, owner_id: UUID) -> None:
    """Let the identifiers of what lies there follow it; one that the new owner uses for a blob already is dropped."""
    going = Identifier.objects.filter(asset__in=files_of(asset))
    blobs = Identifier.objects.filter(door=Identifier.Door.BLOBS)
    for _ in range(_ATTEMPTS):
        going.filter(pk__in=blobs, value__in=blobs.filter(owner=owner_id).values("value")).delete()
        with suppress(IntegrityError), transaction.atomic():  # the new owner has just used one of them
            going.update(owner=owner_id)
            return
    raise Conflict("The new owner uses the same identifiers; try again.")


def folders_of(asset: Asset) -> QuerySet[Asset]:
    """Return the folders at and below the asset, in the trash or not; none of a file."""
    return Asset.objects.filter(kind="folder", path__contains=[asset.id])


def files_of(asset: Asset) -> QuerySet[Asset]:
    """Return the file itself, or all files below the folder, in the trash or not."""
    if not asset.is_folder:
        return Asset.objects.filter(pk=asset.id)
    return Asset.objects.filter(kind="file", parent__in=folders_of(asset))
