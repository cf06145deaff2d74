"""What must be true of a server at rest, whatever has happened to it and to its stores.

Bytes go by the name of their store and their key. `far` is how to look into the stores that are not directories of
the server, from outside: by name, what gives the sizes of all that one holds, by key.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
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


Place = tuple[str, str]  # store and key
Look = Callable[[], Mapping[str, int]]


def broken(server: Server, **far: Look) -> dict[str, Any]:
    """Return what is wrong, nothing when all is well: room, bytes in the stores, and the tree."""
    there, blobs = stored(server, **far), _blobs(server)
    found = {
        "accounts": server.rows(_ACCOUNTS),
        "paths": server.rows(_WRONG_PATHS),
        "twins": server.rows(_TWINS),
        "strangers": server.rows(_STRANGERS),
        "orphans": sorted(there.keys() - blobs.keys() - condemned(server)),
        "lost": sorted(blobs.keys() - there.keys()),
        "cut": [(place, there[place]) for place, size in blobs.items() if there.get(place, size) != size],
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def stored(server: Server, **far: Look) -> dict[Place, int]:
    """Return the size in bytes of everything that the stores hold, unfinished files too."""
    near = {"local": server.blobs, "spool": server.data / "spool"}
    found = {(store, key): size for store, root in near.items() for key, size in _files(root)}
    return found | {(store, key): size for store, look in far.items() for key, size in look().items()}


def condemned(server: Server) -> set[Place]:
    return set(server.rows("SELECT store, key FROM assets_condemned"))


def _blobs(server: Server) -> dict[Place, int]:
    rows = server.rows("SELECT store, key, size FROM assets_blob WHERE kind = 'plain'")
    return {(store, key): size for store, key, size in rows}


def _files(root: Path) -> Iterator[tuple[str, int]]:
    for path in root.rglob("*"):
        with suppress(FileNotFoundError):  # it has gone in this moment
            if path.is_file():
                yield path.name, path.stat().st_size
