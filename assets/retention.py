"""How long old versions are kept: by count and by age, outside buckets."""

from uuid import UUID

from django.conf import settings
from django.db import connection

from assets.purging import BATCH, free_versions

AT_ONCE = 50_000  # found by one look at all versions

# Most files have one version: `c.seq > 1` leaves them out before anything is sorted.
# A version's age counts from when the next one replaced it: what was there for years and was overwritten
# yesterday is kept as long as anything else that was overwritten yesterday.
# Of what folders say, each of the two by itself, the nearest counts: the last on the way down to the file's folder.
_SURPLUS = """
WITH file AS MATERIALIZED (
    SELECT a.id, a.parent_id, a.current_id
    FROM assets_version c JOIN assets_asset a ON a.current_id = c.id
    WHERE c.seq > 1 AND a.bucket_id IS NULL AND a.purging_at IS NULL
), rule AS MATERIALIZED (
    SELECT id, versions_kept, versions_days FROM assets_asset
    WHERE kind = 'folder' AND (versions_kept IS NOT NULL OR versions_days IS NOT NULL)
), ruled AS (
    SELECT p.id,
           (array_agg(rule.versions_kept ORDER BY step.depth DESC)
               FILTER (WHERE rule.versions_kept IS NOT NULL))[1] AS kept,
           (array_agg(rule.versions_days ORDER BY step.depth DESC)
               FILTER (WHERE rule.versions_days IS NOT NULL))[1] AS days
    FROM (SELECT DISTINCT parent_id FROM file) f JOIN assets_asset p ON p.id = f.parent_id
    CROSS JOIN LATERAL unnest(p.path) WITH ORDINALITY AS step(id, depth) JOIN rule ON rule.id = step.id
    GROUP BY p.id
)
SELECT id FROM (
    SELECT v.id, v.legal_hold, v.retain_until, file.current_id,
           COALESCE(ruled.kept, %s) AS kept, COALESCE(ruled.days, %s) AS days,
           row_number() OVER (PARTITION BY v.asset_id ORDER BY v.seq DESC) AS place,
           lead(v.created_at) OVER (PARTITION BY v.asset_id ORDER BY v.seq) AS replaced_at
    FROM file JOIN assets_version v ON v.asset_id = file.id LEFT JOIN ruled ON ruled.id = file.parent_id
) versions
WHERE id <> current_id AND NOT legal_hold AND (retain_until IS NULL OR retain_until < now())
  AND (place > kept OR replaced_at < now() - make_interval(days => days))
LIMIT %s
"""


def free_surplus() -> int:
    """Free the versions that are too many or too old by what their folders say, or the settings; return how many."""
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
