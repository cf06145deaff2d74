"""What an owner has from the tree: a root folder from the start, and the bytes of all versions."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from assets import names
from assets.models import Asset, Upload, Version
from assets.placing import place_root
from assets.words import Kind

if TYPE_CHECKING:
    from accounts.models import User


# One statement, so that the three belong to one moment. What is being purged counts as the trash, while it counts.
_KINDS = """
WITH gone AS MATERIALIZED (
    SELECT f.id FROM assets_asset t JOIN assets_asset f ON f.kind = 'folder' AND f.path @> ARRAY[t.id]
    WHERE t.owner_id = %s AND t.kind = 'folder' AND (t.trashed_at IS NOT NULL OR t.purging_at IS NOT NULL)
), charged AS (
    SELECT v.size, v.id = a.current_id AS is_current,
           a.trashed_at IS NOT NULL OR a.purging_at IS NOT NULL OR a.parent_id IN (SELECT id FROM gone) AS is_gone
    FROM assets_asset a JOIN assets_version v ON v.asset_id = a.id WHERE a.owner_id = %s
)
SELECT COALESCE(sum(size) FILTER (WHERE is_current AND NOT is_gone), 0),
       COALESCE(sum(size) FILTER (WHERE is_current IS NOT TRUE AND NOT is_gone), 0),
       COALESCE(sum(size) FILTER (WHERE is_gone), 0)
FROM charged
"""


def make_root(*, user: "User", **_: Any) -> None:
    """Give a new user their root folder, in the transaction of their registration."""
    name = f"{user.first_name or user.username} root"
    with transaction.atomic():
        place_root(Asset(kind=Kind.FOLDER, owner=user, created_by=user), names.shorten(name))


def bytes_of(owner_id: UUID) -> int:
    """Return how many bytes the owner is charged for files: all versions, those in the trash too."""
    return Version.objects.filter(asset__owner=owner_id).aggregate(size=Sum("size"))["size"] or 0


def kinds_of(owner_id: UUID) -> dict[str, int]:
    """Return the bytes of `bytes_of` by what they are: current versions, older ones, and all that is in the trash."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, [owner_id, owner_id])
        return dict(zip(("files", "versions", "trash"), map(int, cursor.fetchone()), strict=True))


def held_for(owner_id: UUID) -> int:
    """Return how many bytes of the owner's quota are held for uploads that are under way."""
    return Upload.objects.filter(owner=owner_id).aggregate(size=Sum("reserved"))["size"] or 0
