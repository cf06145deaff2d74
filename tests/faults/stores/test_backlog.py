"""A server whose files go to S3: uploads are acknowledged and readable whether S3 answers or not."""

import hashlib
import signal
import sys

import pytest
import requests

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.invariants import broken, stored
from tests.s3 import RcloneS3
from tests.server import Server
from tests.visitors import Visitor, asked, at_once

FILES = {f"{number}.bin": hashlib.shake_128(bytes([number])).digest(40_000 + number) for number in range(40)}


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    one = RcloneS3(tmp_path_factory.mktemp("s3"))
    one.start()
    yield one
    one.kill()


@pytest.fixture(scope="module")
def bucket(s3):
    return s3.make_bucket()


@pytest.fixture(scope="module")
def server(tmp_path_factory, bucket):
    place = tmp_path_factory.mktemp("server")
    one = Server(place / "data", place / "screen", **bucket.settings)
    try:
        one.wait_until_ready()
        yield one
    finally:
        one.stop()


def backlog(server):
    return requests.get(f"{server.url}/readyz", timeout=10).json()["backlog"]


def test_s3_may_be_away_and_nobody_notices(server, s3, bucket):
    s3.stop()
    with Visitor(server.url).registered("alice") as alice:
        stored_files = at_once(lambda name: alice.store(name, FILES[name]), FILES, most=8)

        def content(file):
            return alice.get(f"/api/v1/store/files/{file['id']}/content").content

        assert [content(file) for file in stored_files] == list(FILES.values())
        assert (backlog(server)["blobs"], backlog(server)["bytes"]) == (40, sum(map(len, FILES.values())))
        assert server.get("/readyz") == 200
        assert process.wait_until(lambda: server.rows("SELECT 1 FROM assets_move WHERE error <> ''"), 30)

        s3.start()

        assert process.wait_until(lambda: backlog(server)["blobs"] == 0, 120), server.printed()
        assert [content(file) for file in stored_files] == list(FILES.values())
        assert sorted(bucket.objects().values()) == sorted(map(len, FILES.values()))
        assert not [place for place in stored(server) if place[0] == "spool"]
        assert asked(alice.get("/api/v1/account/usage"))["used"] == sum(map(len, FILES.values()))
    assert broken(server, s3=bucket.objects) == {}


def test_a_store_that_hangs_keeps_no_other_task_waiting(server, s3):
    s3.child.signal(signal.SIGSTOP)
    try:
        with Visitor(server.url).registered("alice") as alice:
            files = at_once(lambda name: alice.store(name, FILES[name]), list(FILES)[:8], most=8)
            assert process.wait_until(
                lambda: len(server.rows("SELECT 1 FROM assets_move WHERE lease_until > now()")) >= 4, 20
            )

            alice.delete(f"/api/v1/store/files/{files[0]['id']}?purge=1")

            gone = "SELECT 1 FROM assets_asset WHERE id = %s"
            assert process.wait_until(lambda: not server.rows(gone, files[0]["id"]), 20)
    finally:
        s3.child.signal(signal.SIGCONT)
    assert process.wait_until(lambda: backlog(server)["blobs"] == 0, 120), server.printed()


def test_what_carries_blobs_is_a_program_of_its_own_which_can_die(server, bucket):
    before = bucket.objects()
    server.kill("mover")

    with Visitor(server.url).registered("alice") as alice:
        alice.store("a", b"some bytes")

        assert process.wait_until(lambda: len(bucket.objects()) > len(before), 30), server.printed()
    programs = {"postgres", "valkey", "web", "worker", "mover", "painter", "courier", "beat", "simulator"}
    assert set(server.processes()) == programs


def test_a_move_of_everything_that_is_told_to_stop_leaves_things_in_order(server, bucket, tmp_path):
    with Visitor(server.url).registered("alice") as alice:
        file = alice.store("a", FILES["39.bin"] * 10)
        assert process.wait_until(lambda: backlog(server)["blobs"] == 0, 60)
        mover = process.start(
            [sys.executable, ROOT / "manage.py", "move_blobs", "--from", "s3", "--to", "database", "--rate", "64 KiB"],
            environment=server.environment(),
            output=tmp_path / "screen",
        )
        assert process.wait_until(lambda: server.rows("SELECT 1 FROM assets_move"), 30)

        mover.signal(signal.SIGTERM)

        assert mover.ends_within(30)
        assert (mover.code(), "the same command goes on" in (tmp_path / "screen").read_text()) == (130, True)
        assert server.rows("SELECT 1 FROM assets_move") == []
        assert alice.get(f"/api/v1/store/files/{file['id']}/content").content == FILES["39.bin"] * 10
    in_database = "SELECT key, size FROM assets_storedobject WHERE store = 'database'"
    assert broken(server, s3=bucket.objects, database=lambda: dict(server.rows(in_database))) == {}
