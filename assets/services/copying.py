"""Copies of files and folders: they cost no bytes in the store, and count on the quota of whoever gets them."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import quotas
from accounts.callers import Caller
from assets import names
from assets.access import Entry, asset_for, of_kind
from assets.copying import Extent, copy_below, count_seen, describe_alike, extent_of, name_again
from assets.models import Asset
from assets.placing import OnConflict, place
from assets.record import record
from assets.services.content import ANYHOW, Newest, file_for
from assets.services.tree import get
from assets.shapes import AssetView
from assets.words import Ability, Kind
from cloudbox.errors import BadInput, Conflict

_ATTEMPTS = 3  # at a file whose content is replaced and freed at this moment


def copy(
    *, by: Caller, asset_id: UUID, folder_id: UUID, name: str | None = None, on_conflict: OnConflict = OnConflict.FAIL
) -> AssetView:
    """Copy an asset that the caller may read into a folder where they may add, and return the copy.

    Of a file that is its present content; of a folder all below that the caller may see. Type, metadata and tags come
    along; who may use it, links, older versions, favourites and identifiers do not. The folder's owner is charged. All
    or nothing. With REPLACE a file of that name gets a new version. Raises NameTaken, QuotaExceeded, and BadInput for
    a folder that would come to lie in itself, or too deep.
    """
    with transaction.atomic():
        entry, target = check(by=by, asset_id=asset_id, folder_id=folder_id, name=name, on_conflict=on_conflict)
        name = entry.asset.name if name is None else names.clean(name)
        make = _copy_folder if entry.asset.is_folder else _copy_file
        new = make(by, entry, target, name, on_conflict)
        record(f"{new.kind}_copied", by, new, source_id=str(asset_id), folder_id=str(folder_id))
        if entry.asset.owner_id not in {new.owner_id, by.user_id}:
            record(f"{new.kind}_copied_away", by, entry.asset, copy_id=str(new.id))
        return get(by=by, asset_id=new.id)


def check(
    *, by: Caller, asset_id: UUID, folder_id: UUID, name: str | None, on_conflict: OnConflict
) -> tuple[Entry, Entry]:
    """Refuse what will be refused anyway; return the asset and the folder where its copy goes."""
    entry = asset_for(by, asset_id, Ability.READ)
    target = of_kind(asset_for(by, folder_id, Ability.ADD), Kind.FOLDER, field="folder")
    if name is not None:
        names.clean(name)
    if entry.asset.is_folder and on_conflict is OnConflict.REPLACE:
        raise BadInput("on_conflict", "A copy of a folder replaces nothing; use rename or fail.")
    _check_apart(entry.asset, target.asset)
    return entry, target


def is_larger(*, by: Caller, entry: Entry, than: int) -> bool:
    """Say whether the copy would be of more assets `than` so many."""
    return entry.asset.is_folder and count_seen(by, entry, most=than + 1) > than


def _check_apart(source: Asset, folder: Asset) -> None:
    if source.is_folder and source.id in (folder.path or []):
        raise BadInput("folder", "A folder cannot be copied into itself.")


def _copy_file(by: Caller, entry: Entry, target: Entry, name: str, on_conflict: OnConflict) -> Asset:
    for _ in range(_ATTEMPTS):
        source = entry.asset.current
        if source is None or source.blob is None:
            break
        newest = Newest(size=source.size, content_type=source.content_type)
        with transaction.atomic():
            file, is_new = file_for(newest, by=by, folder=target, name=name, on_conflict=on_conflict, conditions=ANYHOW)
            there = name_again(source.id, file=file, new_version_id=newest.version_id, by=by, at=newest.at)
            if not there:
                transaction.set_rollback(True)
        if there:
            if is_new:
                describe_alike(file.id, entry.asset.id)
            else:
                Asset.objects.filter(pk=file.id).update(**newest.copied, revision=F("revision") + 1, hidden=False)
            quotas.charge(file.owner_id, newest.size)
            return file
        entry = asset_for(by, entry.asset.id, Ability.READ)  # it has another content by now, or none
    raise Conflict("The file is being replaced; try again.")


def _copy_folder(by: Caller, entry: Entry, target: Entry, name: str, on_conflict: OnConflict) -> Asset:
    owner_id = target.asset.owner_id
    _check_room(extent_of(by, entry), target)
    new = Asset(kind=Kind.FOLDER, owner_id=owner_id, created_by_id=by.author_id)
    new = place(new, parent_id=target.asset.id, name=name, on_conflict=on_conflict)
    _check_apart(entry.asset, new)  # again: now nobody moves it
    describe_alike(new.id, entry.asset.id)
    copied = copy_below(by, entry, new, timezone.now())
    _check_depth(copied.depth)
    quotas.charge(new.owner_id, copied.bytes)
    return new


def _check_room(extent: Extent, target: Entry) -> None:
    """Refuse before anything is written what is too large or too deep; it is decided again later, under the locks."""
    _check_depth(len(target.asset.path or []) + extent.depth)
    quotas.check_room(target.asset.owner_id, extent.bytes)


def _check_depth(depth: int) -> None:
    if depth > names.DEPTH:
        raise BadInput("folder", f"Folders go at most {names.DEPTH} deep.")
