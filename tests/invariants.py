"""What must be true of a server at rest, whatever has happened to it."""

from typing import Any

from cloudbox import process
from tests.server import LEASE, Server

_ACCOUNTS = """
SELECT u.owner_id, u.used, u.reserved, u.limit_bytes,
       (SELECT COALESCE(sum(v.size), 0) FROM assets_version v JOIN assets_asset a ON a.id = v.asset_id
         WHERE a.owner_id = u.owner_id)
FROM accounts_usage u
WHERE u.reserved <> 0 OR u.used > u.limit_bytes
   OR u.used <> (SELECT COALESCE(sum(v.size), 0) FROM assets_version v JOIN assets_asset a ON a.id = v.asset_id
                  WHERE a.owner_id = u.owner_id)
"""
# From the truth, `parent`: the ids from the root down to each folder.
_WRONG_PATHS = """
WITH RECURSIVE down AS (
    SELECT id, ARRAY[id] AS path FROM assets_asset WHERE parent_id IS NULL
    UNION ALL
    SELECT a.id, down.path || a.id FROM assets_asset a JOIN down ON a.parent_id = down.id WHERE a.kind = 'folder'
)
SELECT a.id, a.path, down.path FROM assets_asset a LEFT JOIN down ON down.id = a.id
WHERE a.kind = 'folder' AND a.path IS DISTINCT FROM down.path
"""
_TWINS = """
SELECT parent_id, name, count(*) FROM assets_asset WHERE trashed_at IS NULL AND purging_at IS NULL
GROUP BY parent_id, name HAVING count(*) > 1 AND parent_id IS NOT NULL
"""
_STRANGERS = """
SELECT a.id FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id WHERE a.owner_id <> p.owner_id
"""


def all_bytes_are_given_back(server: Server) -> bool:
    """Sweep until no upload is left; what a killed one holds is free when its lease is over."""

    def swept() -> bool:
        done = server.manage("sweep_uploads")
        assert done.code == 0, done.errors
        return server.rows("SELECT count(*) FROM assets_upload") == [(0,)]

    return process.wait_until(swept, LEASE + 30)


def broken(server: Server) -> dict[str, Any]:
    """Return what is wrong, nothing when all is well: room, bytes on the disk, and the tree."""
    found = {
        "accounts": server.rows(_ACCOUNTS),
        "paths": server.rows(_WRONG_PATHS),
        "twins": server.rows(_TWINS),
        "strangers": server.rows(_STRANGERS),
        "orphans": sorted(stored(server).keys() - named(server) - condemned(server)),
        "lost": sorted(named(server) - stored(server).keys()),
        "cut": _wrong_sizes(server),
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def stored(server: Server) -> dict[str, int]:
    """Return the files in the directory of the blobs, unfinished ones too, and their sizes in bytes."""
    return {path.name: path.stat().st_size for path in server.blobs.rglob("*") if path.is_file()}


def named(server: Server) -> set[str]:
    return {key for (key,) in server.rows("SELECT key FROM assets_blob WHERE kind = 'plain'")}


def condemned(server: Server) -> set[str]:
    return {key for (key,) in server.rows("SELECT key FROM assets_condemned")}


def _wrong_sizes(server: Server) -> list[tuple[str, int]]:
    sizes = stored(server)
    rows = server.rows("SELECT key, size FROM assets_blob WHERE kind = 'plain'")
    return [(key, size) for key, size in rows if sizes.get(key, size) != size]
