"""`manage.py move_blobs` beside a server that people use: local, S3, PostgreSQL, and back."""

import hashlib
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import pytest

from tests.invariants import broken
from tests.s3 import RcloneS3
from tests.server import Server
from tests.visitors import Visitor, at_once

ROAD = ["local", "s3", "database", "local"]
FIRST = 120  # files that are there before
HANDS = 3  # that store files all the time, and as many that read


def content(number: int) -> bytes:
    """Return the bytes of a file, up to 512 KiB of them."""
    return hashlib.shake_128(number.to_bytes(4)).digest(number * 7919 % 2**19)


class Crowd:
    """People who store and read while something else goes on; each file they read is compared."""

    def __init__(self, alice: Visitor) -> None:
        self.files = dict(enumerate(at_once(lambda n: alice.store(f"{n}.bin", content(n)), range(FIRST), most=8)))
        self.read = 0
        self.wrong: list[str] = []
        self._alice = alice
        self._numbers = itertools.count(FIRST)
        self._enough = threading.Event()

    def check(self, number: int) -> None:
        answer = self._alice.get(f"/api/v1/store/files/{self.files[number]['id']}/content")
        if answer.status_code != 200 or answer.content != content(number):
            self.wrong.append(f"{number}: {answer.status_code}, {len(answer.content)} bytes")

    def storing(self) -> None:
        while not self._enough.is_set():
            number = next(self._numbers)
            self.files[number] = self._alice.store(f"{number}.bin", content(number))

    def reading(self) -> None:
        while not self._enough.is_set():
            self.check(self.read % FIRST)
            self.read += 1

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(2 * HANDS)
        self._hands = [self._pool.submit(act) for act in (self.storing, self.reading) for _ in range(HANDS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._pool.shutdown()
        for hand in self._hands:
            hand.result()


@pytest.mark.slow
def test_a_whole_installation_moves_from_store_to_store_while_it_serves(tmp_path, record_property):
    s3 = RcloneS3(tmp_path / "s3")
    s3.start()
    bucket = s3.make_bucket()
    settings = {**bucket.settings, "CLOUDBOX_STORE": "local", "CLOUDBOX_DEFAULT_QUOTA": "50 GiB"}
    server = Server(tmp_path / "data", tmp_path / "screen", **settings)
    try:
        server.wait_until_ready()
        with Visitor(server.url).registered("alice") as alice:
            with Crowd(alice) as crowd:
                for source, to in itertools.pairwise(ROAD):
                    done = server.manage("move_blobs", "--from", source, "--to", to)
                    assert done.code == 0, done.output + done.errors
            assert crowd.wrong == []
            assert crowd.read > FIRST
            record_property("files", len(crowd.files))
            record_property("reads meanwhile", crowd.read)
            at_once(crowd.check, crowd.files, most=8)
            assert crowd.wrong == []
        assert server.rows("SELECT DISTINCT store FROM assets_blob") == [("local",)]
        assert server.rows("SELECT count(*) FROM assets_move") == [(0,)]

        def in_database():
            return dict(server.rows("SELECT key, size FROM assets_storedobject WHERE store = 'database'"))

        assert broken(server, s3=bucket.objects, database=in_database) == {}
        checked = server.manage("fsck")
        assert checked.code == 0, checked.output
    finally:
        server.stop()
        s3.kill()
