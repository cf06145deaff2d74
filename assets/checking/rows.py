"""Blobs, their parts, and the versions and files that name them: each looked at in one statement, so in one moment."""

from collections.abc import Iterator

from assets import storage
from assets.checking.findings import Difference, Finding, Progress
from assets.checking.selecting import select
from assets.moving import home_of

_UNNAMED = """
SELECT b.id, b.kind, b.store, b.key, b.size FROM assets_blob b
WHERE NOT EXISTS (SELECT 1 FROM assets_version v WHERE v.blob_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM assets_blobpart p WHERE p.part_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM assets_uploadpart u WHERE u.blob_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM assets_thumbnail t WHERE t.image_id = b.id)
"""
_CONDEMNED = """
SELECT c.id, c.store, c.key, b.id AS blob, c.delete_at
FROM assets_condemned c JOIN assets_blob b ON (b.store, b.key) = (c.store, c.key)
"""
_PARTS = """
WITH piece AS (
    SELECT p.blob_id, part.kind, part.size, p.start,
           COALESCE(sum(part.size) OVER (PARTITION BY p.blob_id ORDER BY p.position
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS due
    FROM assets_blobpart p JOIN assets_blob part ON part.id = p.part_id
)
SELECT b.id, b.kind, b.size, COALESCE(sum(piece.size), 0)::bigint AS found, count(piece.blob_id) AS parts
FROM assets_blob b LEFT JOIN piece ON piece.blob_id = b.id
WHERE b.kind = 'composite' OR piece.blob_id IS NOT NULL
GROUP BY b.id
HAVING b.kind = 'plain' OR COALESCE(sum(piece.size), 0) <> b.size
    OR bool_or(piece.kind <> 'plain' OR piece.start <> piece.due)
"""
_POINTLESS_MOVES = """
SELECT m.id, b.id AS blob, b.store, m.store AS "to", m.key FROM assets_move m JOIN assets_blob b ON b.id = m.blob_id
WHERE NOT m.store = ANY(%(known)s) OR b.kind = 'plain' AND m.store = b.store
"""
# What is not finished yet waits with its upload, and a part goes where its composite goes.
_STRANDED = """
SELECT b.id, b.store, b.size FROM assets_blob b
WHERE b.kind = 'plain' AND b.store = %(store)s AND NOT EXISTS (SELECT 1 FROM assets_move m WHERE m.blob_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM assets_uploadpart u WHERE u.blob_id = b.id)
  AND NOT EXISTS (SELECT 1 FROM assets_blobpart p JOIN assets_move m ON m.blob_id = p.blob_id WHERE p.part_id = b.id)
"""
_VERSION_SIZES = """
SELECT v.id, v.asset_id AS file, v.seq, v.size, b.size AS found
FROM assets_version v JOIN assets_blob b ON b.id = v.blob_id WHERE v.size <> b.size
"""
# What is being purged loses its versions first, and only the top of it is marked.
_PURGING = """
    SELECT 1 FROM assets_asset folder JOIN assets_asset top ON top.id = ANY(folder.path)
    WHERE folder.id = a.parent_id AND top.purging_at IS NOT NULL
"""
_CURRENT = f"""
SELECT a.id, a.name, a.size, v.size AS found FROM assets_asset a LEFT JOIN assets_version v ON v.id = a.current_id
WHERE a.kind = 'file' AND a.purging_at IS NULL
  AND (v.id IS NULL OR v.asset_id <> a.id OR v.is_marker <> a.hidden
       OR (v.size, v.content_type, v.created_at) <> (a.size, a.content_type, a.modified_at)
       OR EXISTS (SELECT 1 FROM assets_version n WHERE n.asset_id = a.id AND n.seq > v.seq))
  AND EXISTS (SELECT 1 FROM assets_version n WHERE n.asset_id = a.id)
  AND NOT EXISTS ({_PURGING})
"""  # noqa: S608  our own words
_EMPTY = f"""
SELECT a.id, a.name, a.size, u.username AS owner FROM assets_asset a JOIN accounts_user u ON u.id = a.owner_id
WHERE a.kind = 'file' AND a.purging_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM assets_version n WHERE n.asset_id = a.id)
  AND NOT EXISTS ({_PURGING})
"""  # noqa: S608  the same


def blobs(progress: Progress) -> Iterator[Finding]:
    """Find blobs that nothing names or that are condemned all the same, and composites that do not add up."""
    yield from select(Difference.BLOB_UNNAMED, _UNNAMED, progress)
    yield from select(Difference.BYTES_CONDEMNED, _CONDEMNED, progress)
    yield from select(Difference.PARTS_WRONG, _PARTS, progress)


def moves(progress: Progress) -> Iterator[Finding]:
    """Find moves that lead nowhere, and blobs in the spool that nobody moves."""
    known = [store.name for store in storage.stores()]
    yield from select(Difference.MOVE_POINTLESS, _POINTLESS_MOVES, progress, known=known)
    if home_of(storage.SPOOL):
        yield from select(Difference.BLOB_STRANDED, _STRANDED, progress, store=storage.SPOOL)


def versions(progress: Progress) -> Iterator[Finding]:
    """Find versions that are not as long as their blob."""
    yield from select(Difference.VERSION_SIZE, _VERSION_SIZES, progress)


def files(progress: Progress) -> Iterator[Finding]:
    """Find files that do not say what their newest version is, or that have none."""
    yield from select(Difference.CURRENT_WRONG, _CURRENT, progress)
    yield from select(Difference.CONTENT_MISSING, _EMPTY, progress)
