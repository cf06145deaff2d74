"""tuspy uploads with checksums, goes on where another process ended, and survives a kill of the server."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from threading import Thread

import pytest

from cloudbox import process
from tests.faults.conftest import killed_and_back
from tests.server import Server
from tests.visitors import Visitor, alice, asked, meet

__all__ = ["alice", "meet"]

HERE = Path(__file__).parent
MIB = 2**20


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the directory with tuspy, as `requirements.txt` pins it; what was installed from it is taken again."""
    pinned = HERE / "requirements.txt"
    version = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"cloudbox-pypi-{version}"
    done = place / "installed"
    if not done.exists():
        pip: list[str | Path] = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--target",
            place,
        ]
        installed = process.run([*pip, "--python", sys.executable, "-r", pinned], timeout=300)
        assert installed.code == 0, installed.errors
        done.touch()
    return place


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Möwe.bin"
    path.write_bytes(os.urandom(30 * MIB + 7))
    return path


def send(packages: Path, visitor: Visitor, film: Path, *, chunk: int, stop: int = 0) -> str:
    """Upload it, up to `stop` if that is not 0, and return the path of the upload."""
    told = (f"{visitor.url}/api/v1/uploads/", visitor.token, film, str(chunk), str(stop))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages)}
    done = process.run([sys.executable, HERE / "upload.py", *told], environment=environment, timeout=120)
    assert done.code == 0, done.errors
    return done.output.strip().removeprefix(visitor.url)


def stands(visitor: Visitor, upload: str) -> dict[str, object]:
    return asked(visitor.get(upload))


def test_a_file_arrives_whole(packages: Path, alice: Visitor, film: Path):
    upload = send(packages, alice, film, chunk=4 * MIB)

    content = alice.get(f"/api/v1/store/files/{stands(alice, upload)['file']}/content").content
    assert hashlib.sha256(content).digest() == hashlib.sha256(film.read_bytes()).digest()
    assert stands(alice, upload)["name"] == "Möwe.bin"


def test_an_upload_goes_on_from_another_process_while_the_server_is_killed(
    packages: Path, alice: Visitor, server: Server, film: Path
):
    film = film.rename(film.with_name("again.bin"))
    begun = send(packages, alice, film, chunk=MIB, stop=5 * MIB)
    assert stands(alice, begun)["offset"] == 5 * MIB
    uploads: list[str] = []
    going = Thread(target=lambda: uploads.append(send(packages, alice, film, chunk=256 * 1024)))
    going.start()

    assert process.wait_until(lambda: int(str(stands(alice, begun)["offset"])) > 7 * MIB, 30)
    reached = int(str(stands(alice, begun)["offset"]))
    assert killed_and_back(server, "web")
    assert int(str(stands(alice, begun)["offset"])) >= reached
    going.join(120)

    assert uploads == [begun]
    content = alice.get(f"/api/v1/store/files/{stands(alice, begun)['file']}/content").content
    assert hashlib.sha256(content).digest() == hashlib.sha256(film.read_bytes()).digest()
