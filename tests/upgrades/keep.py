"""Keeps what a release has written, for the test that brings it to the present: `python -m tests.upgrades.keep`.

It starts this release, lets people store and share things over HTTP, and puts the dump of the database, the bytes and
what the people saw into `tests/upgrades/<version>/`. Run it at a release, before the next change of the database.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from cloudbox import __version__
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor, asked, place_of

HERE = Path(__file__).parent
DUMP = "from pathlib import Path; from cloudbox.dump import dump; dump(Path({!r}))"


def main() -> None:
    kept = HERE / __version__
    kept.mkdir()
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place) / "data", Path(place) / "screen", CLOUDBOX_ADMIN_PASSWORD=STAFF_PASSWORD)
        try:
            server.wait_until_ready()
            told = {"people": _people_live(server.url)}
            done = server.manage("shell", "-c", DUMP.format(str(kept / "database.dump")))
            assert done.code == 0, done.errors
            shutil.copytree(server.blobs, kept / "blobs")
            (kept / "told.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
        finally:
            server.stop()


def _people_live(url: str) -> list[dict[str, Any]]:
    """Let an owner, a viewer and a stranger do what people do, and return what each of them sees."""
    alice, bob, charlie = (Visitor(url).registered(name) for name in ("alice", "bob", "charlie"))
    folder = alice.make_folder("Holidays")
    deeper = alice.make_folder("Žižkov", below=folder)
    files = [
        alice.store("otter.bin", _bytes(b"otter", 70_000), below=folder),
        alice.store("řeka.txt", b"slow water\n", below=deeper),
        alice.store("empty", b"", below=deeper),
        charlie.store("mine.txt", b"nobody else's\n"),
    ]
    asked(alice.put(place_of("otter.bin", folder), data=_bytes(b"newer otter", 30_000)))
    asked(alice.post(f"/api/v1/store/assets/{folder}/viewers", json={"users": [bob.email]}), 201)
    asked(charlie.patch(f"/api/v1/store/assets/{files[3]['id']}/access-type", json={"any_one_access": "viewer"}))
    gone = alice.store("gone.txt", b"in the trash\n", below=folder)
    alice.delete(f"/api/v1/store/files/{gone['id']}").raise_for_status()
    return [_seen_by(visitor, [file["id"] for file in files]) for visitor in (alice, bob, charlie)]


def _seen_by(visitor: Visitor, files: list[str]) -> dict[str, Any]:
    return {"name": visitor.name, "seen": seen(visitor, files)}


def seen(visitor: Visitor, files: list[str]) -> dict[str, Any]:
    """Return what somebody sees of files: their contents in all versions, the trash and the room that is used."""
    return {
        "usage": {name: visitor.usage()[name] for name in ("used", "reserved", "limit")},
        "files": {file: _contents(visitor, file) for file in files},
        "folders": sorted(_names(visitor, visitor.root)),
        "trash": [item["name"] for item in asked(visitor.get("/api/v1/store/trash"))["items"]],
    }


def _contents(visitor: Visitor, file: str) -> list[str] | int:
    """Return the SHA-256 of each version, the newest first, or the status of a refusal."""
    answer = visitor.get(f"/api/v1/store/files/{file}/versions")
    if answer.status_code != 200:
        return answer.status_code
    return [
        hashlib.sha256(visitor.get(f"/api/v1/store/files/{file}/versions/{row['seq']}/content").content).hexdigest()
        for row in answer.json()["items"]
    ]


def _names(visitor: Visitor, folder: str, above: str = "") -> list[str]:
    """Return the paths of everything below a folder."""
    found = []
    for item in asked(visitor.get(f"/api/v1/store/folders/{folder}/content"))["items"]:
        found.append(f"{above}/{item['name']}")
        if item["kind"] == "folder":
            found += _names(visitor, item["id"], found[-1])
    return found


def _bytes(seed: bytes, size: int) -> bytes:
    return b"".join(hashlib.sha256(seed + bytes([n % 256, n // 256])).digest() for n in range(size // 32 + 1))[:size]


if __name__ == "__main__":
    main()
