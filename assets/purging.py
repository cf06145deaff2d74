"""Freeing what was purged, in batches: versions and their room first, then the rows, the deepest first."""

from collections import defaultdict
from uuid import UUID

from django.db import transaction

from accounts import quotas
from assets import uploads
from assets.gone import condemn_unnamed
from assets.locks import lock_all
from assets.models import Asset, Upload, Version
from assets.placing import files_of, folders_of

BATCH = 500  # rows in one transaction


def free(asset_id: UUID) -> None:
    """Free all that a purged asset and everything below it holds. Safe to run twice, and after a crash."""
    asset = Asset.objects.filter(pk=asset_id, purging_at__isnull=False).first()
    if asset is None:
        return
    for upload_id in Upload.objects.filter(folder__in=folders_of(asset)).values_list("pk", flat=True):
        uploads.abandon(upload_id, writer_may_live=True)
    while _free_versions(asset):
        pass
    while _delete_files(asset):
        pass
    while _delete_deepest_folders(asset):
        pass


def unfinished() -> list[UUID]:
    """Return the tops of what is marked as purged and still there."""
    return list(Asset.objects.filter(purging_at__isnull=False).values_list("pk", flat=True)[:1000])


def _free_versions(top: Asset) -> bool:
    """Free a batch of the versions below; False when none was left."""
    ids = list(Version.objects.filter(asset__in=files_of(top)).order_by().values_list("pk", flat=True)[:BATCH])
    if ids:
        free_versions(ids)
    return bool(ids)


def free_versions(version_ids: list[UUID]) -> None:
    """Delete versions in one transaction: their room is free at once, bytes that nothing names are condemned."""
    with transaction.atomic():
        lock_all(Asset.objects.filter(pk__in=Version.objects.filter(pk__in=version_ids).values("asset")))
        # Their owner stays who they are now: of a move to somebody else and this, the later sees the other.
        chosen = Version.objects.filter(pk__in=version_ids).order_by("pk")
        versions = list(chosen.select_for_update(of=("self",)).select_related("asset"))
        chosen.delete()
        condemn_unnamed(version.blob_id for version in versions if version.blob_id)
        room: dict[UUID, int] = defaultdict(int)
        for version in versions:
            room[version.asset.owner_id] += version.size
        for owner_id, size in sorted(room.items()):
            quotas.give_back(owner_id, size)


def _delete_files(top: Asset) -> bool:
    batch = list(files_of(top).values_list("pk", flat=True)[:BATCH])
    Asset.objects.filter(pk__in=batch).delete()
    return bool(batch)


def _delete_deepest_folders(top: Asset) -> bool:
    """Delete a batch of folders that contain nothing; False when none was left."""
    batch = list(folders_of(top).filter(children=None).values_list("pk", flat=True)[:BATCH])
    Asset.objects.filter(pk__in=batch).delete()
    return bool(batch)
