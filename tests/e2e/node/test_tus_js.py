"""tus-js-client uploads in all the ways it knows, also to a server that is killed meanwhile."""

import hashlib
import os
from pathlib import Path

import pytest

from cloudbox import process
from tests.e2e.node.conftest import Sending, TusJs
from tests.faults.conftest import killed_and_back
from tests.server import Server
from tests.visitors import Visitor, asked

MIB = 2**20
CHUNK = 10 * 1000**2  # bytes of one request


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 200 MB."""
    path = tmp_path_factory.mktemp("films") / "Möwe 🦦.mp4"
    path.write_bytes(os.urandom(200 * 1000**2))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.bin"
    path.write_bytes(os.urandom(5 * MIB + 7))
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def downloaded(visitor: Visitor, file: str) -> str:
    digest = hashlib.sha256()
    with visitor.get(f"/api/v1/store/files/{file}/content", stream=True) as answer:
        for block in answer.iter_content(MIB):
            digest.update(block)
    return digest.hexdigest()


def offset(visitor: Visitor, sending: Sending) -> int:
    path = sending.said("url")[-1].removeprefix(visitor.url)
    return int(visitor.head(path, headers={"Tus-Resumable": "1.0.0"}).headers["Upload-Offset"])


def test_what_is_uploaded_while_the_server_is_killed_three_times_arrives_whole(
    server: Server, alice: Visitor, tus_js: TusJs, film: Path
):
    sending = tus_js.send(alice, film, chunkSize=CHUNK)
    for killing in range(1, 4):
        sending.reaches(killing * 40 * 1000**2, 60)
        acknowledged = sending.reached()
        assert killed_and_back(server, "web")
        assert offset(alice, sending) >= acknowledged
    file = sending.file(60)

    shown = asked(alice.get(f"/api/v1/store/files/{file}"))
    assert (shown["name"], shown["size"], shown["content_type"]) == (film.name, 200 * 1000**2, "video/mp4")
    assert downloaded(alice, file) == sha256(film)
    assert process.wait_until(lambda: asked(alice.get(f"/api/v1/store/files/{file}"))["sha256"] == sha256(film), 30)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunkSize": MIB},
        {"uploadDataDuringCreation": True},
        {"uploadLengthDeferred": True, "chunkSize": MIB, "stream": True},
        {"overridePatchMethod": True, "chunkSize": 2 * MIB},
        {"parallelUploads": 3},
    ],
    ids=lambda options: "-".join(options) or "as it is",
)
def test_each_way_to_upload_brings_the_file(alice: Visitor, tus_js: TusJs, clip: Path, options):
    metadata = {"filename": "clip.bin", "on_conflict": "rename", "folder": alice.root}

    file = tus_js.send(alice, clip, metadata=metadata, **options).file(30)

    assert downloaded(alice, file) == sha256(clip)


def test_an_upload_goes_on_from_another_process(alice: Visitor, tus_js: TusJs, clip: Path):
    metadata = {"filename": "again.bin"}
    first = tus_js.send(alice, clip, metadata=metadata, chunkSize=64 * 1024)
    assert process.wait_until(lambda: len(first.said("accepted")) >= 3, 30)
    first.child.kill_group()

    second = tus_js.send(alice, clip, metadata=metadata, resume=first.said("url")[-1])

    assert downloaded(alice, second.file(30)) == sha256(clip)
    assert second.said("url")[0] == first.said("url")[-1]


def test_an_empty_file_is_a_file(alice: Visitor, tus_js: TusJs, tmp_path: Path):
    (tmp_path / "empty").touch()

    file = tus_js.send(alice, tmp_path / "empty").file(30)

    assert asked(alice.get(f"/api/v1/store/files/{file}"))["size"] == 0
