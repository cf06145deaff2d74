"""Files that come in parts, on real servers: memory stays flat, and a kill costs no acknowledged byte."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbox import process
from tests.faults.conftest import killed_and_back
from tests.faults.in_parts import PART, Sending, chunks
from tests.faults.resuming import UPLOADS, VERSION, Resuming
from tests.invariants import all_bytes_are_given_back
from tests.memory import MIB, MOST, watched
from tests.s3 import RcloneS3
from tests.server import Server
from tests.visitors import Visitor, at_once

GIB = 1024 * MIB
PATIENCE = 1200  # seconds
CLEAN = {200, 204, 409, 503}  # 409: whoever was sending before the kill still held the upload


@pytest.fixture
def local_server(tmp_path: Path) -> Iterator[Server]:
    yield from _serving(tmp_path)


@pytest.fixture
def s3_server(tmp_path: Path) -> Iterator[Server]:
    s3 = RcloneS3(tmp_path / "s3")
    s3.start()
    try:
        # To put five gibibytes together takes it its time.
        yield from _serving(tmp_path, **s3.make_bucket().settings | {"CLOUDBOX_S3_READ_TIMEOUT": "120"})
    finally:
        s3.kill()


def _serving(place: Path, **settings: str) -> Iterator[Server]:
    server = Server(place / "data", place / "screen", CLOUDBOX_DEFAULT_QUOTA="20 GiB", **settings)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
        shutil.rmtree(place)  # several gibibytes


def sha256_of(blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def downloaded(visitor: Visitor, file: str) -> str:
    """Return the SHA-256 of what a file contains, as it is downloaded."""
    with visitor.get(f"/api/v1/store/files/{file}/content", stream=True) as answer:
        assert answer.status_code == 200
        return sha256_of(answer.iter_content(MIB))


def is_settled(server: Server) -> bool:
    """Say whether the worker has done what is to be done with files that came in parts."""
    return server.rows("SELECT count(*) FROM assets_blob WHERE sha256 IS NULL") == [(0,)] and server.rows(
        "SELECT count(*) FROM assets_move"
    ) == [(0,)]


def carried(server: Server, dana: Visitor, place: Path, size: int, way: str) -> dict[str, int]:
    """Send a file in parts, let the worker do its work, read it back; return by how much each program grew."""

    def carry(name: str, size: int) -> Sending:
        sending = Sending(server, place / f"{name}.said", dana.id, name, size, way)
        sending.ends_well_within(PATIENCE)
        assert process.wait_until(lambda: is_settled(server), PATIENCE)
        assert downloaded(dana, sending.said("file")[-1]) == sha256_of(chunks(0, size))
        return sending

    warm = carry("warm", PART + MIB)
    at_once(lambda _: downloaded(dana, warm.said("file")[-1]), range(16))  # so that every process has done this once
    with watched(server.family()) as peaks:
        sending = carry("large", size)
    return peaks.growth() | {"sender": sending.said("grown")[0]}


def test_memory_stays_flat_while_a_file_comes_in_parts(server: Server, meet, tmp_path: Path):
    grown = carried(server, meet("dana"), tmp_path, 3 * PART, "parts")

    assert max(grown.values()) <= MOST, grown


@pytest.mark.slow
@pytest.mark.parametrize("way", ["parts", "stream"])
@pytest.mark.parametrize("store", ["local", "s3"])
def test_memory_stays_flat_while_five_gibibytes_come_in_parts_and_go(
    request: pytest.FixtureRequest, tmp_path: Path, record_property, store: str, way: str
):
    server: Server = request.getfixturevalue(f"{store}_server")
    with Visitor(server.url) as dana:
        grown = carried(server, dana.registered("dana"), tmp_path, 5 * GIB, way)

    record_property("MiB grown", {name: round(most / MIB, 1) for name, most in grown.items()})
    assert max(grown.values()) <= MOST, grown
    assert all_bytes_are_given_back(server)


def test_a_stream_whose_process_is_killed_goes_on_where_it_was_acknowledged(shaken: Server, meet, tmp_path: Path):
    eve, size = meet("eve"), 240 * MIB
    killed = Sending(shaken, tmp_path / "killed.said", eve.id, "film", size, "stream")
    assert process.wait_until(lambda: len(killed.said("acknowledged")) > 1, 60)  # the first is of what warms it up
    killed.child.kill_group()
    acknowledged = killed.said("acknowledged")[-1]

    going_on = Sending(shaken, tmp_path / "going on.said", eve.id, "film", size, "stream", killed.said("upload")[-1])
    going_on.ends_well_within(60)

    assert acknowledged <= going_on.said("offset")[0] < size
    assert downloaded(eve, going_on.said("file")[0]) == sha256_of(chunks(0, size))


def test_uploads_go_on_where_they_were_acknowledged_whatever_is_killed(shaken: Server, meet):
    sendings = [
        Resuming(meet("resuming"), f"film {number}", os.urandom(16 * MIB), 200_000 * (number + 1), partial=number == 2)
        for number in range(3)
    ]
    for sending in sendings:
        sending.begin()
    with ThreadPoolExecutor(len(sendings)) as pool:
        going = [pool.submit(sending.go_on, time.monotonic() + 3 * 60) for sending in sendings]
        assert process.wait_until(lambda: all(sending.acknowledged for sending in sendings), 30)
        assert killed_and_back(shaken, "postgres", "web")
        for each in going:
            each.result()

    assert [sending.fallen for sending in sendings] == [[], [], []]
    assert set().union(*(sending.statuses for sending in sendings)) <= CLEAN
    for sending in sendings[:2]:
        assert downloaded(sending.visitor, sending.file) == sha256_of(iter([sending.data]))
    last = sendings[2]
    concat = {"Upload-Concat": f"final;{last.where}", "Upload-Metadata": "filename ZmlsbQ=="}
    final = last.visitor.post(UPLOADS, headers=VERSION | concat)
    assert downloaded(last.visitor, final.headers["X-CloudBox-File"]) == sha256_of(iter([last.data]))
    for sending in sendings:
        space = sending.visitor.usage()
        assert (space["used"], space["reserved"]) == (16 * MIB, 0)
