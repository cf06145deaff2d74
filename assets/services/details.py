"""All about one asset at once, for somebody who looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.callers import Caller
from assets.access import Entry, asset_for
from assets.models import Asset, Version
from assets.rows import ask, in_lists
from assets.services.pictures import PreviewView, preview_of
from assets.services.versions import Retention, retention_in
from assets.shapes import AssetView, Person, view_of
from assets.words import Ability, Kind, Role

MOST_COUNTED = 100_000  # assets below a folder; of more it is told that there are more

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


@dataclass(frozen=True, kw_only=True)
class Details:
    """An asset, who has made it, and who has given it the content that it has.

    `retention` is how long old versions of the file, or in the folder, are kept. `below` is told to the owner.
    """

    asset: AssetView
    made_by: Person | None
    changed_by: Person | None
    metadata: Mapping[str, str]
    picture: PreviewView | None
    retention: Retention
    below: Below | None


def details_of(*, by: Caller, asset_id: UUID) -> Details:
    """Return all about an asset that the caller may see. Raises NotFound and the like, as the gate does."""
    entry = asset_for(by, asset_id, Ability.READ)
    asset = entry.asset
    current = asset.current
    return Details(
        asset=view_of(entry),
        made_by=_person(asset),
        changed_by=_person(current) if current else None,
        metadata=asset.metadata,
        picture=preview_of(current.blob_id) if current else None,
        retention=retention_in((asset if asset.kind == Kind.FOLDER else asset.parent or asset).path or []),
        below=_below(entry) if asset.kind == Kind.FOLDER and entry.role is Role.OWNER else None,
    )


def _person(made: Asset | Version) -> Person | None:
    by = made.created_by
    return Person(by.id, by.username) if by else None


def _below(entry: Entry) -> Below:
    return Below(*ask(_BELOW, {"top": entry.asset.id})[0])
