"""All about one asset at once, for somebody who looks at it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts.callers import Caller
from assets.access import Entry, asset_for
from assets.rows import ask, in_lists
from assets.services.tree import steps_along
from assets.services.versions import Retention
from assets.shapes import AssetView, Person, view_of
from assets.words import Ability, Kind, Role

MOST_COUNTED = 100_000  # assets below a folder; of more it is told that there are more

# `f` is the folder that says how long old versions are kept: the asset itself, or the one it is in.
_ABOUT = """
SELECT COALESCE(a.path, f.path || a.id), made.id, made.username, changed.id, changed.username, a.metadata,
       seen.width, seen.height, seen.duration, f.versions_kept, f.versions_days, said.kept, said.days
FROM assets_asset a JOIN assets_asset f ON f.id = CASE a.kind WHEN 'folder' THEN a.id ELSE a.parent_id END
LEFT JOIN accounts_user made ON made.id = a.created_by_id
LEFT JOIN assets_version v ON v.id = a.current_id LEFT JOIN accounts_user changed ON changed.id = v.created_by_id
LEFT JOIN assets_preview seen ON seen.blob_id = v.blob_id
CROSS JOIN LATERAL (
    SELECT (array_agg(versions_kept ORDER BY cardinality(path) DESC) FILTER (WHERE versions_kept > 0))[1] AS kept,
           (array_agg(versions_days ORDER BY cardinality(path) DESC) FILTER (WHERE versions_days > 0))[1] AS days
    FROM assets_asset WHERE id = ANY(f.path)
) said
WHERE a.id = %(asset)s
"""

_BELOW = f"""
WITH folder AS MATERIALIZED (
    SELECT id, path, trashed_at IS NOT NULL OR purging_at IS NOT NULL AS is_gone
    FROM assets_asset WHERE kind = 'folder' AND path @> ARRAY[%(top)s::uuid]
), gone AS (
    SELECT f.id FROM folder t JOIN folder f ON t.is_gone AND f.path @> ARRAY[t.id]
), found AS (
    SELECT a.kind, a.size FROM folder JOIN assets_asset a ON a.parent_id = folder.id
    WHERE folder.id NOT IN (SELECT id FROM gone) AND {in_lists("a")}
    LIMIT {MOST_COUNTED + 1}
)
SELECT count(*) FILTER (WHERE kind = 'folder'), count(*) FILTER (WHERE kind = 'file'), COALESCE(sum(size), 0)::bigint
FROM found
"""  # noqa: S608  made of constants


@dataclass(frozen=True)
class Below:
    """What a folder holds, in all folders below it, without old versions and the trash."""

    folders: int
    files: int
    bytes: int

    @property
    def is_all(self) -> bool:
        """Whether all was counted, not the first MOST_COUNTED only."""
        return self.folders + self.files <= MOST_COUNTED


@dataclass(frozen=True)
class Picture:
    """How large a picture or film is, in pixels, and how long a film or sound, in milliseconds; None: not known."""

    width: int | None
    height: int | None
    duration: int | None


@dataclass(frozen=True, kw_only=True)
class Details:
    """An asset, the folders above it that the caller sees, who has made it, and who has given it its content.

    `retention` is how long old versions of the file, or in the folder, are kept. `below` is told to the owner.
    """

    asset: AssetView
    above: list[AssetView]
    made_by: Person | None
    changed_by: Person | None
    metadata: Mapping[str, str]
    picture: Picture
    retention: Retention
    below: Below | None


def details_of(*, by: Caller, asset_id: UUID) -> Details:
    """Return all about an asset that the caller may see, in four queries. Raises NotFound, NotAuthenticated."""
    entry = asset_for(by, asset_id, Ability.READ)
    line, *rest = ask(_ABOUT, {"asset": asset_id})[0]
    made_id, made_by, changed_id, changed_by, metadata, width, height, duration, *kept = rest
    return Details(
        asset=view_of(entry),
        above=steps_along(by, line, entry)[:-1],
        made_by=Person(made_id, made_by) if made_id else None,
        changed_by=Person(changed_id, changed_by) if changed_id else None,
        metadata=json.loads(metadata),
        picture=Picture(width, height, duration),
        retention=_retention(*kept),
        below=_below(entry) if entry.asset.kind == Kind.FOLDER and entry.role is Role.OWNER else None,
    )


def _retention(own_kept: int | None, own_days: int | None, kept: int | None, days: int | None) -> Retention:
    return Retention(
        own_kept, own_days, kept or settings.CLOUDBOX_VERSIONS_KEPT, days or settings.CLOUDBOX_VERSIONS_DAYS
    )


def _below(entry: Entry) -> Below:
    return Below(*ask(_BELOW, {"top": entry.asset.id})[0])
