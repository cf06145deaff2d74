"""Memory stays flat: however large a file is, and however slowly it is read."""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.curl import Curl
from tests.server import Server
from tests.visitors import at_once, place_of

MIB = 2**20
SIZES = [64 * MIB, pytest.param(1024 * MIB, marks=pytest.mark.slow)]
MOST = 16 * MIB  # bytes that one process may grow by
BLOCK = os.urandom(MIB)


class Peaks:
    """The most memory that each process of a server has of its own, sampled all the time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._before = {pid: own_memory(pid) for pid in server.family()}
        self.most = dict(self._before)

    def look(self) -> None:
        for pid in self._before:
            self.most[pid] = max(self.most[pid], own_memory(pid))

    def growth(self) -> dict[str, int]:
        """Return the bytes by which the processes of each program grew at most."""
        names = self._server.family()
        grown: dict[str, int] = {}
        for pid, before in self._before.items():
            grown[names[pid]] = max(grown.get(names[pid], 0), self.most[pid] - before)
        return grown


def own_memory(pid: int) -> int:
    """Return a process's resident memory without what it shares with others on purpose, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssFile:")))


@contextmanager
def watched(server: Server) -> Iterator[Peaks]:
    peaks, enough = Peaks(server), threading.Event()

    def watch() -> None:
        while not enough.wait(0.02):
            peaks.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        enough.set()
        thread.join()


def written(path: Path, size: int) -> tuple[Path, str]:
    """Write a file of `size` bytes, and return it with its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(BLOCK)
            digest.update(BLOCK)
    return path, digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("size", SIZES)
def test_memory_stays_flat_while_a_large_file_comes_and_goes(
    server: Server, meet, curl: Curl, tmp_path: Path, size: int, record_property
):
    dana = meet("dana")
    signed_in = ("-H", f"Authorization: Bearer {dana.token}")

    def carry(name: str, source: Path, target: Path) -> str:
        """Upload a file, download it, read it slowly for a while, and return its id."""
        file = curl(*signed_in, "-T", source, dana.url + place_of(name)).json()["id"]
        address = f"{dana.url}/api/v1/store/files/{file}/content"
        assert curl(*signed_in, address, into=target).status == 200
        slow = ("--limit-rate", "500k", "--max-time", "2", address)
        at_once(lambda number: curl(*signed_in, *slow, into=tmp_path / f"slow-{number}"), range(6))
        return str(file)

    small, _ = written(tmp_path / "small", 8 * MIB)
    carry("small.bin", small, tmp_path / "small.back")  # so that every process has done this once
    large, sha256 = written(tmp_path / "large", size)
    with watched(server) as peaks:
        file = carry("large.bin", large, tmp_path / "large.back")

    grown = peaks.growth()
    record_property("MiB grown", {name: round(most / MIB, 1) for name, most in grown.items()})
    assert sha256_of(tmp_path / "large.back") == sha256
    assert max(grown.values()) <= MOST, grown
    assert dana.delete(f"/api/v1/store/files/{file}?purge=1").status_code == 204
