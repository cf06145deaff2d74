"""tus-js-client uploads 5 GiB to a server that is killed three times."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbox import process
from tests.e2e.node.conftest import TusJs
from tests.e2e.node.test_tus_js import downloaded, offset, sha256
from tests.faults.conftest import killed_and_back
from tests.server import Server
from tests.visitors import Visitor, asked

MIB = 2**20
SIZE = 5 * 2**30 + 1  # bytes: the last request brings one
CHUNK = 64 * MIB
PATIENCE = 1200  # seconds


@pytest.fixture
def large_server(tmp_path: Path) -> Iterator[Server]:
    settings = {"CLOUDBOX_DEFAULT_QUOTA": "20 GiB", "CLOUDBOX_ACCESS_MINUTES": "60"}
    server = Server(tmp_path / "data", tmp_path / "screen", **settings)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
        shutil.rmtree(tmp_path)  # many gibibytes


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path, block = tmp_path / "film.mp4", os.urandom(MIB)
    with path.open("wb") as file:
        for number in range(SIZE // MIB):
            file.write(hashlib.sha256(block[:32] + number.to_bytes(8, "big")).digest() + block[32:])
        file.write(b"!")
    return path


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE)
def test_five_gibibytes_arrive_whole_while_the_server_is_killed_three_times(
    large_server: Server, film: Path, tus_js: TusJs, record_property
):
    with Visitor(large_server.url) as dana:
        dana.registered("dana")
        sending = tus_js.send(dana, film, chunkSize=CHUNK)
        for killing in range(1, 4):
            sending.reaches(killing * SIZE // 4, PATIENCE)
            acknowledged = sending.reached()
            assert killed_and_back(large_server, "web")
            assert offset(dana, sending) >= acknowledged
        file = sending.file(PATIENCE)
        last = sending.took()[-1]  # it makes a file of 81 blobs, and neither reads nor copies one
        record_property("the last request of 5 GiB, milliseconds", last)
        assert last < 1000
        assert downloaded(dana, file) == sha256(film)
        shown = f"/api/v1/store/files/{file}"
        assert process.wait_until(lambda: asked(dana.get(shown))["sha256"] is not None, PATIENCE)
        assert asked(dana.get(shown))["sha256"] == sha256(film)
