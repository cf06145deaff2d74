"""Memory stays flat: however large a file is, and however slowly it is read."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from tests.curl import Curl
from tests.memory import MIB, MOST, watched
from tests.server import Server
from tests.visitors import at_once, place_of

SIZES = [64 * MIB, pytest.param(1024 * MIB, marks=pytest.mark.slow)]
BLOCK = os.urandom(MIB)


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
        archive = f"{dana.url}/api/v1/store/download?assets={file}"
        assert curl(*signed_in, archive, into=target.with_suffix(".zip")).status == 200
        slow = ("--limit-rate", "500k", "--max-time", "2", address)
        slow_archive = (*slow[:-1], archive)
        at_once(lambda number: curl(*signed_in, *slow, into=tmp_path / f"{name}-{number}"), range(6))
        at_once(lambda number: curl(*signed_in, *slow_archive, into=tmp_path / f"{name}-{number}"), range(3))
        return str(file)

    small, _ = written(tmp_path / "small", 8 * MIB)
    # So that every process has done this once, beside others as below.
    at_once(lambda number: carry(f"small-{number}.bin", small, tmp_path / f"small-{number}.back"), range(4))
    large, sha256 = written(tmp_path / "large", size)
    with watched(server.family()) as peaks:
        file = carry("large.bin", large, tmp_path / "large.back")

    grown = peaks.growth()
    record_property("MiB grown", {name: round(most / MIB, 1) for name, most in grown.items()})
    assert sha256_of(tmp_path / "large.back") == sha256
    with zipfile.ZipFile(tmp_path / "large.zip") as archive, archive.open("large.bin") as file_in_it:
        assert hashlib.file_digest(file_in_it, "sha256").hexdigest() == sha256  # type: ignore[arg-type]
    assert max(grown.values()) <= MOST, grown
    assert dana.delete(f"/api/v1/store/files/{file}?purge=1").status_code == 204
