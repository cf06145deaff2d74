"""The trash: put into it, take out of it, and purge for good."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.callers import SYSTEM, Caller
from assets.access import Entry, asset_for, of_kind
from assets.lists import entries, trash_of
from assets.locks import lock_as_seen, lock_trees
from assets.models import LIVE, Asset
from assets.placing import OnConflict, place, save_from
from assets.preconditions import Tags, check_tags
from assets.purging import BATCH
from assets.record import record
from assets.services.tree import get
from assets.shapes import AssetView, Person, view_of
from assets.words import Ability, Kind
from cloudbox.errors import AccessDenied, NotFound
from cloudbox.later import later
from cloudbox.pages import Page, page_of, values_of

PURGE = "assets.purge"  # the task that frees what purging_at marks


def trash(*, by: Caller, asset_id: UUID, kind: Kind | None = None, tags: Tags = None) -> None:
    """Put an asset into the trash of its owner: one row changes, however much lies below."""
    with transaction.atomic():
        entry = of_kind(asset_for(by, asset_id, Ability.DELETE), kind)
        asset = _locked(entry.asset, tags)
        Asset.objects.filter(pk=asset_id).update(
            trashed_at=timezone.now(), trashed_by=by.author_id, key=None, revision=F("revision") + 1
        )
        record(f"{asset.kind}_trashed", by, asset)


def restore(*, by: Caller, asset_id: UUID, folder_id: UUID | None = None) -> AssetView:
    """Take an asset out of the trash: into that folder, else to where it was, or to its owner's root if that has gone.

    If the name has been taken meanwhile, a number is added. Only its owner takes it into the root because its folder
    has gone, and only they into somebody else's tree, whose owner it has then and is charged.
    """
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.DELETE, trashed=True)
        if folder_id is None:
            folder_id = _where_it_was(entry.asset)
            if folder_id != entry.asset.parent_id and Ability.OWN not in entry.abilities:
                raise AccessDenied("The folder it was in has gone; only its owner takes it out.", need=str(Ability.OWN))
        if folder_id != entry.asset.parent_id:
            folder = of_kind(asset_for(by, folder_id, Ability.ADD), Kind.FOLDER, field="folder").asset
            if folder.owner_id != entry.asset.owner_id and Ability.OWN not in entry.abilities:
                raise AccessDenied("Only its owner takes this into somebody else's folder.", need=str(Ability.OWN))
        restored = place(entry.asset, parent_id=folder_id, name=entry.asset.name, on_conflict=OnConflict.RENAME)
        record(f"{restored.kind}_restored", by, restored, folder_id=str(folder_id))
        return get(by=by, asset_id=asset_id)


def names_of(*, by: Caller, asset_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what assets are called, of those that lie in the caller's trash. One query, none for no asset."""
    return dict(trash_of(by).filter(id__in=asset_ids).values_list("id", "name")) if asset_ids else {}


def trash_page(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[AssetView]:
    """Return a page of the caller's trash, the latest first."""
    rows = trash_of(by).order_by("-trashed_at", "-id")
    if values := values_of(cursor, datetime, UUID):
        trashed_at, asset_id = values
        # The first condition says nothing more than the others, but it finds its place along the index.
        rows = rows.filter(Q(trashed_at__lt=trashed_at) | Q(id__lt=asset_id), trashed_at__lte=trashed_at)
    found = entries(rows[: limit + 1], by)
    return page_of(found, limit, shown=_shown, after=lambda entry: (str(entry.asset.trashed_at), entry.asset.id))


def count_trash(*, by: Caller) -> int:
    """Return how many things the caller has in the trash; a folder with all that is in it is one."""
    return trash_of(by).count()


def _shown(entry: Entry) -> AssetView:
    top: Any = entry.asset  # with what `trash_of` has annotated
    return view_of(entry)._replace(
        trashed_by=Person(top.trashed_by_id, top.trasher_name) if top.trashed_by_id else None,
        purge_at=top.trashed_at + timedelta(days=settings.CLOUDBOX_TRASH_DAYS),
    )


def purge(*, by: Caller, asset_id: UUID, kind: Kind | None = None, tags: Tags = None) -> None:
    """Delete an asset for good, whether it is in the trash or not: hidden at once, its bytes and room freed soon."""
    with transaction.atomic():
        try:
            entry = asset_for(by, asset_id, Ability.OWN, trashed=True)
        except NotFound:
            entry = asset_for(by, asset_id, Ability.OWN)
        _hide_for_ever(by, [_locked(of_kind(entry, kind).asset, tags)])


def purge_from_trash(*, by: Caller, asset_id: UUID) -> None:
    """Delete for good what is in the trash, and only there."""
    with transaction.atomic():
        _hide_for_ever(by, [_locked(asset_for(by, asset_id, Ability.OWN, trashed=True).asset)])


def empty_trash(*, by: Caller) -> int:
    """Purge all that lies in the caller's trash now, and return how many things that were."""
    now, purged = timezone.now(), 0
    while batch := _purge_batch(by, before=now):
        purged += batch
    return purged


def purge_expired() -> int:
    """Purge what has been in a trash for longer than CLOUDBOX_TRASH_DAYS, and return how many things that were."""
    before = timezone.now() - timedelta(days=settings.CLOUDBOX_TRASH_DAYS)
    purged = 0
    for asset in Asset.objects.filter(trashed_at__lt=before, purging_at=None).order_by("id")[:1000]:
        with suppress(NotFound), transaction.atomic():  # somebody has just taken it out
            _hide_for_ever(SYSTEM, [_locked(asset)])
            purged += 1
    return purged


def _purge_batch(by: Caller, *, before: datetime) -> int:
    with transaction.atomic():
        lock_trees([by.must_be_signed_in()], exclusive=True)
        tops = trash_of(by, Ability.OWN).filter(trashed_at__lte=before).order_by("id")[:BATCH]
        batch = list(tops.select_for_update(of=("self",), no_key=True))
        _hide_for_ever(by, batch)
    return len(batch)


def _hide_for_ever(by: Caller, assets: Sequence[Asset]) -> None:
    """Mark the locked assets; a task frees what they hold. A crash in between is found by the task's sweep."""
    Asset.objects.filter(pk__in=[asset.id for asset in assets]).update(purging_at=timezone.now())
    for asset in assets:
        if asset.is_folder:
            save_from(asset)
        record(f"{asset.kind}_purged", by, asset, bytes=asset.size)
        later(PURGE, str(asset.id))


def _locked(asset: Asset, tags: Tags = None) -> Asset:
    """Lock the asset, which somebody wants to delete, and return it as it now is."""
    if asset.parent_id is None:
        raise AccessDenied("A root folder is not deleted.")
    if asset.is_folder:
        lock_trees([asset.owner_id], exclusive=True)
    locked = lock_as_seen(asset)
    check_tags(tags, str(locked.revision))
    return locked


def _where_it_was(asset: Asset) -> UUID:
    """Return the id of the asset's folder, or of its owner's root when the folder has gone or is in the trash."""
    folder = Asset.objects.get(children=asset)
    if Asset.objects.filter(pk__in=folder.path or []).exclude(LIVE).exists():
        return Asset.objects.only("id").get(owner=asset.owner_id, parent=None).id
    return folder.id
