"""What a file contained before: list it, take it back, delete it, and say how long it is kept."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts import quotas
from accounts.callers import Caller
from assets.access import Entry, asset_for, folder_for, of_kind
from assets.copying import name_again
from assets.locks import lock_as_seen, lock_assets
from assets.models import Asset, Version
from assets.preconditions import Tags, check_tags
from assets.purging import free_versions
from assets.record import record
from assets.services.content import Newest
from assets.shapes import AssetView, Person, Versions, VersionView, view_of
from assets.words import Ability, Kind
from cloudbox.errors import BadInput, Conflict, NotFound
from cloudbox.pages import page_of, values_of

MOST_KEPT = 1000
MOST_DAYS = 3650


@dataclass(frozen=True)
class Retention:
    """How many versions of a file are kept, and for how many days after they were replaced.

    The first two are what the folder itself says, None where it leaves that to those above. The others are what holds.
    """

    versions_kept: int | None
    versions_days: int | None
    kept: int
    days: int


def versions_of(*, by: Caller, file_id: UUID, cursor: str | None = None, limit: int = 50) -> Versions:
    """Return a page of the versions of a file, the newest first."""
    file = of_kind(asset_for(by, file_id, Ability.READ), Kind.FILE).asset
    rows = Version.objects.filter(asset=file, is_marker=False).order_by("-seq")
    size = rows.aggregate(bytes=Sum("size"))["bytes"] or 0
    rows = rows.select_related("blob", "created_by").defer("blob__crcs")
    if after := values_of(cursor, int):
        rows = rows.filter(seq__lt=after[0])
    page = page_of(list(rows[: limit + 1]), limit, shown=partial(_view, file), after=lambda row: (row.seq,))
    return Versions(page.items, page.next, size)


def restore(*, by: Caller, file_id: UUID, seq: int, tags: Tags = None) -> AssetView:
    """Let a file contain again what it contained in its version `seq`, as a new version: no byte is copied.

    It is charged in full. The current version is left as it is. Raises NotFound, QuotaExceeded, PreconditionFailed.
    """
    with transaction.atomic():
        file = _locked(by, file_id, Ability.CHANGE, tags)
        old = _version(file, seq)
        if old.pk != file.current_id:
            newest = Newest(size=old.size, content_type=old.content_type)
            if not name_again(old.pk, file=file, new_version_id=newest.version_id, by=by, at=newest.at):
                raise NotFound
            Asset.objects.filter(pk=file.id).update(**newest.copied, revision=F("revision") + 1, hidden=False)
            record("version_restored", by, file, version=seq)
            quotas.charge(file.owner_id, old.size)
        return view_of(asset_for(by, file_id, Ability.READ))


def delete(*, by: Caller, file_id: UUID, seq: int) -> None:
    """Delete an old version of a file for good: its room is free at once. Only the file's owner may.

    Raises NotFound, and Conflict for the current version and for one that is locked.
    """
    with transaction.atomic():
        file = _locked(by, file_id, Ability.OWN)
        old = _version(file, seq)
        if old.pk == file.current_id:
            raise Conflict("It is the current version; replace it, or delete the file.")
        if old.legal_hold or (old.retain_until and old.retain_until > timezone.now()):
            raise Conflict("This version is locked.")
        record("version_deleted", by, file, version=seq, bytes=old.size)
        free_versions([old.pk])


def retention_of(*, by: Caller, folder_id: UUID | None) -> Retention:
    """Return how long old versions in a folder are kept; None is the caller's root."""
    return _retention(folder_for(by, folder_id, Ability.READ))


def set_retention(
    *, by: Caller, folder_id: UUID | None, versions_kept: int | None, versions_days: int | None, tags: Tags = None
) -> Retention:
    """Say how many versions of each file in a folder and below are kept, and for how many days after their end.

    None leaves it to the folder above, at last to the settings. The versions that are too many go with the next turn
    of retention. Only the owner may: it destroys what is theirs.
    """
    _check("versions_kept", versions_kept, MOST_KEPT)
    _check("versions_days", versions_days, MOST_DAYS)
    with transaction.atomic():
        entry = folder_for(by, folder_id, Ability.OWN)
        folder = lock_as_seen(entry.asset)
        check_tags(tags, str(folder.revision))
        said: dict[str, Any] = {"versions_kept": versions_kept, "versions_days": versions_days}
        Asset.objects.filter(pk=folder.id).update(**said, revision=F("revision") + 1)
        record("retention_set", by, folder, **said)
        return _retention(entry)


def _check(field: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise BadInput(field, f"A whole number from 1 to {most}, or null.")


def _retention(folder: Entry) -> Retention:
    line = Asset.objects.filter(pk__in=folder.asset.path or [])
    said = {row[0]: row[1:] for row in line.values_list("id", "versions_kept", "versions_days")}
    from_below = [said[folder_id] for folder_id in reversed(folder.asset.path or []) if folder_id in said]
    kept = next((kept for kept, _ in from_below if kept is not None), settings.CLOUDBOX_VERSIONS_KEPT)
    days = next((days for _, days in from_below if days is not None), settings.CLOUDBOX_VERSIONS_DAYS)
    return Retention(*from_below[0], kept, days)


def _locked(by: Caller, file_id: UUID, need: Ability, tags: Tags = None) -> Asset:
    """Return a file that the caller may do `need` with, under its lock and as it is then."""
    of_kind(asset_for(by, file_id, need), Kind.FILE)
    lock_assets(updated=[file_id])
    file = asset_for(by, file_id, need).asset  # again: much may have changed until the lock was ours
    check_tags(tags, str(file.revision))
    return file


def _version(file: Asset, seq: int) -> Version:
    version = Version.objects.filter(asset=file, seq=seq, is_marker=False).first()
    if version is None:
        raise NotFound
    return version


def _view(file: Asset, version: Version) -> VersionView:
    by = version.created_by
    return VersionView(
        id=version.id,
        seq=version.seq,
        size=version.size,
        content_type=version.content_type,
        sha256=version.blob.sha256 if version.blob else None,
        is_current=version.id == file.current_id,
        created_by=Person(by.id, by.username) if by else None,
        created_at=version.created_at,
    )
