"""The tree: what is derived from names and parents, and what must hold of owners and roots."""

from collections.abc import Iterator
from uuid import UUID

from assets import names
from assets.checking.findings import Difference, Finding, Progress
from assets.checking.selecting import select
from assets.models import Asset
from assets.rows import LIVE

PAGE = 5_000  # assets whose names are looked at in one query

# From the truth, `parent`: the ids from the root down to each folder, and the owner of that root.
DOWN = """
WITH RECURSIVE down AS (
    SELECT id, owner_id, ARRAY[id] AS path FROM assets_asset WHERE parent_id IS NULL
    UNION ALL
    SELECT a.id, down.owner_id, down.path || a.id
    FROM assets_asset a JOIN down ON a.parent_id = down.id WHERE a.kind = 'folder'
)
"""
_PATHS = f"""
{DOWN} SELECT a.id, a.name, down.owner_id AS owner FROM assets_asset a JOIN down ON down.id = a.id
WHERE a.kind = 'folder' AND a.path IS DISTINCT FROM down.path
"""  # noqa: S608  our own words
_UNREACHED = f"""
{DOWN} SELECT a.id, a.name, a.parent_id AS parent, a.owner_id AS owner
FROM assets_asset a LEFT JOIN down ON down.id = a.id WHERE a.kind = 'folder' AND down.id IS NULL
"""  # noqa: S608  the same
_OWNERS = """
SELECT a.id, a.name, a.owner_id AS owner, p.owner_id AS owner_of_parent
FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id WHERE a.owner_id <> p.owner_id
"""
_PARENTS = """
SELECT a.id, a.name, p.id AS parent FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id
WHERE p.kind <> 'folder'
"""
_ROOTLESS = """
SELECT u.id, u.username FROM accounts_user u
WHERE NOT EXISTS (SELECT 1 FROM assets_asset a WHERE a.owner_id = u.id AND a.parent_id IS NULL)
"""
_TOO_DEEP = """
SELECT id, name, cardinality(path) AS depth FROM assets_asset WHERE kind = 'folder' AND cardinality(path) > %(depth)s
"""
# Twins of one kind are kept out by the database; in a bucket a file may stand beside a folder of its name.
_TWINS = f"""
SELECT a.id, a.name, b.id AS twin FROM assets_asset a
JOIN assets_asset b ON (b.parent_id, b.name, b.kind) = (a.parent_id, a.name, 'folder')
WHERE a.kind = 'file' AND a.bucket_id IS NULL
  AND a.{LIVE.replace(" AND ", " AND a.")} AND b.{LIVE.replace(" AND ", " AND b.")}
"""  # noqa: S608  the same


def paths(progress: Progress) -> Iterator[Finding]:
    """Find folders whose path is not what their parents say, or that no root leads to."""
    yield from select(Difference.ROOT_UNREACHED, _UNREACHED, progress)
    yield from select(Difference.PATH_WRONG, _PATHS, progress)
    yield from select(Difference.TOO_DEEP, _TOO_DEEP, progress, depth=names.DEPTH)


def places(progress: Progress) -> Iterator[Finding]:
    """Find what lies in somebody else's folder, in a file, or beside its twin, and users without a root."""
    yield from select(Difference.ROOT_MISSING, _ROOTLESS, progress)
    yield from select(Difference.OWNER_WRONG, _OWNERS, progress)
    yield from select(Difference.PARENT_WRONG, _PARENTS, progress)
    yield from select(Difference.TWINS, _TWINS, progress)


def name_columns(progress: Progress) -> Iterator[Finding]:
    """Find assets whose columns for sorting and searching do not follow from their name."""
    last, count = UUID(int=0), 0
    columns = ("id", "name", "fold", "sort_key", "grams")
    while page := list(Asset.objects.filter(pk__gt=last).order_by("pk").values_list(*columns)[:PAGE]):
        for asset_id, name, *derived in page:
            if derived != list(derived_from(name)):
                yield Finding(Difference.NAME_COLUMNS, str(asset_id), {"name": name})
        last, count = page[-1][0], count + len(page)
        progress("names", count)


def derived_from(name: str) -> tuple[str, str, list[str]]:
    """Return what a row keeps of a name: `fold`, `sort_key` and `grams`."""
    folded = names.fold(name)
    return folded, names.sort_key(name), names.grams(folded)
