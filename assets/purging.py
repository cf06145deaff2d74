"""Freeing what was purged, in batches: versions and their room first, then the rows, the deepest first."""

from collections import defaultdict
from uuid import UUID

from django.db import transaction

from accounts import quotas
from assets import uploads
from assets.gone import condemn_unnamed
from assets.models import Asset, Upload, Version
from assets.placing import subtree

BATCH = 500  # rows in one transaction


def free(asset_id: UUID) -> None:
    """Free all that a purged asset and everything below it holds. Safe to run twice, and after a crash."""
    asset = Asset.objects.filter(pk=asset_id, purging_at__isnull=False).first()
    if asset is None:
        return
    for upload_id in Upload.objects.filter(folder__in=subtree(asset)).values_list("pk", flat=True):
        uploads.abandon(upload_id)
    while _free_versions(asset):
        pass
    while _delete_files(asset):
        pass
    while _delete_deepest_folders(asset):
        pass
    Asset.objects.filter(pk=asset_id, kind="file").delete()


def unfinished() -> list[UUID]:
    """Return the tops of what is marked as purged and still there."""
    return list(Asset.objects.filter(purging_at__isnull=False).values_list("pk", flat=True)[:1000])


def _free_versions(top: Asset) -> bool:
    """Free a batch of the versions below; False when none was left."""
    ids = list(Version.objects.filter(asset__in=subtree(top)).values_list("pk", flat=True)[:BATCH])
    free_versions(ids)
    return bool(ids)


def free_versions(version_ids: list[UUID]) -> None:
    """Delete versions in one transaction: their room is free at once, bytes that nothing names are condemned."""
    with transaction.atomic():
        chosen = Version.objects.filter(pk__in=version_ids).order_by("pk")
        versions = list(chosen.select_for_update(of=("self",)).select_related("asset"))
        Asset.objects.filter(current__in=version_ids).update(current=None)
        Version.objects.filter(pk__in=version_ids).delete()
        condemn_unnamed(version.blob_id for version in versions if version.blob_id)
        room: dict[UUID, int] = defaultdict(int)
        for version in versions:
            room[version.asset.owner_id] += version.size
        for owner_id, size in sorted(room.items()):
            quotas.give_back(owner_id, size)


def _delete_files(top: Asset) -> bool:
    batch = list(subtree(top).filter(kind="file").values_list("pk", flat=True)[:BATCH])
    Asset.objects.filter(pk__in=batch).delete()
    return bool(batch)


def _delete_deepest_folders(top: Asset) -> bool:
    """Delete a batch of folders that contain nothing; False when none was left."""
    with transaction.atomic():
        empty = Asset.objects.filter(kind="folder", path__contains=[top.id], children=None).values_list(
            "pk", flat=True
        )[:BATCH]
        batch = list(empty)
        Asset.objects.filter(pk__in=batch).delete()
    return bool(batch)
