"""How long old versions are kept: by count and by age, outside buckets."""

from uuid import UUID

from django.conf import settings
from django.db import connection

from assets.purging import BATCH, free_versions

AT_ONCE = 50_000  # found by one look at all versions

# Most files have one version: `c.seq > 1` leaves them out before anything is sorted.
# A version's age counts from when the next one replaced it: what was there for years and was overwritten
# yesterday is kept as long as anything else that was overwritten yesterday.
_SURPLUS = """
SELECT id FROM (
    SELECT v.id, v.legal_hold, v.retain_until, a.current_id,
           row_number() OVER (PARTITION BY v.asset_id ORDER BY v.seq DESC) AS place,
           lead(v.created_at) OVER (PARTITION BY v.asset_id ORDER BY v.seq) AS replaced_at
    FROM assets_version c JOIN assets_asset a ON a.current_id = c.id JOIN assets_version v ON v.asset_id = a.id
    WHERE c.seq > 1 AND a.bucket_id IS NULL AND a.purging_at IS NULL
) versions
WHERE id <> current_id AND NOT legal_hold AND (retain_until IS NULL OR retain_until < now())
  AND (place > %s OR replaced_at < now() - make_interval(days => %s))
LIMIT %s
"""


def free_surplus() -> int:
    """Free the versions beyond CLOUDBOX_VERSIONS_KEPT or older than CLOUDBOX_VERSIONS_DAYS; return how many."""
    freed = 0
    while surplus := _surplus():
        for start in range(0, len(surplus), BATCH):
            free_versions(surplus[start : start + BATCH])
        freed += len(surplus)
    return freed


def _surplus() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_SURPLUS, [settings.CLOUDBOX_VERSIONS_KEPT, settings.CLOUDBOX_VERSIONS_DAYS, AT_ONCE])
        return [version_id for (version_id,) in cursor.fetchall()]
