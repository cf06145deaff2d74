"""A server whose files live in a bucket far away, with a proxy on the road to it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudbox import process
from tests.faults.proxy import Fault, Proxy
from tests.faults.senders import Senders
from tests.invariants import all_bytes_are_given_back, broken, condemned, stored
from tests.s3 import S3Server, TestBucket
from tests.server import LEASE, Server

MIB = 2**20
SPOOL_LIMIT = 16 * MIB  # bytes
PAUSE = 0.2  # seconds between two questions to the database
RECOVERY = 60  # seconds in which all that waits must have been carried away, once the store is well
SHARES = {
    Fault.ERROR: 0.3,
    Fault.LOST: 0.3,
    Fault.SILENT: 0.2,
    Fault.CUT: 0.5,
    Fault.SPOILT_UP: 0.3,
    Fault.SPOILT_DOWN: 1.0,
    Fault.SLOW: 1.0,
}
TIMES = [2, pytest.param(16, marks=pytest.mark.slow)]  # that each fault strikes
_RETRY = """
from django.db.models.functions import Now
from assets import moving, resting
from assets.models import Move
resting.wake("s3")
Move.objects.update(retry_at=Now())
moving.queue_due()
"""


@dataclass(frozen=True)
class Far:
    """The server, the proxy that it takes for its store, and the bucket behind that."""

    server: Server
    proxy: Proxy
    bucket: TestBucket

    def suffering(self, fault: Fault) -> AbstractContextManager[None]:
        """Let the store suffer a fault as much as can be borne: what is read wrongly three times is damaged."""
        return self.proxy.suffering(fault, SHARES[fault], once=fault is Fault.SPOILT_DOWN)

    def waiting(self) -> int:
        """Return how many blobs are not where they belong."""
        return int(self.server.rows("SELECT count(*) FROM assets_move")[0][0])

    def settles(self, *, by_itself: bool = False, within: float = RECOVERY) -> bool:
        """Wait until all is where it belongs; unless it is to come about `by_itself`, no store rests meanwhile."""

        def is_settled() -> bool:
            if process.wait_until(lambda: self.waiting() == 0, 1, pause=PAUSE):
                return True
            if not by_itself:
                done = self.server.manage("shell", "-c", _RETRY)
                assert done.code == 0, done.errors
            return False

        return process.wait_until(is_settled, within)

    def frees_its_spool(self) -> bool:
        """Wait until the spool holds nothing but what somebody has deleted."""

        def is_free() -> bool:
            return all(store != "spool" for store, _ in stored(self.server).keys() - condemned(self.server))

        return process.wait_until(is_free, RECOVERY, pause=PAUSE)

    def broken(self) -> dict[str, Any]:
        """Come to rest, and return what is wrong; nothing when all is well, and nothing but blobs is in the bucket."""
        assert self.server.recovers_within(RECOVERY)
        assert all_bytes_are_given_back(self.server)
        assert self.settles()
        found = broken(self.server, s3=self.bucket.objects)
        for command in (["gc", "--now", "--yes"], ["fsck"]):
            done = self.server.manage(*command, CLOUDBOX_S3_READ_TIMEOUT="60")  # a list costs rclone a hash of all
            if done.code:
                found[command[0]] = done.output + done.errors
        blobs = {key for (key,) in self.server.rows("SELECT key FROM assets_blob WHERE store = 's3'")}
        if surplus := self.bucket.objects().keys() - blobs:
            found["surplus"] = sorted(surplus)
        return found


@contextmanager
def far_server(directory: Path, s3: S3Server, **settings: str) -> Iterator[Far]:
    """Start a server that stores in a bucket of `s3`."""
    bucket = s3.make_bucket()
    with Proxy(("127.0.0.1", s3.port)) as proxy:
        own = {
            **bucket.settings,
            "S3_ENDPOINT": proxy.url,
            "CLOUDBOX_S3_READ_TIMEOUT": "2",
            "CLOUDBOX_UPLOAD_LEASE": str(LEASE),
            "CLOUDBOX_SPOOL_LIMIT": str(SPOOL_LIMIT),
            **settings,
        }
        server = Server(directory / "data", directory / "screen", **own)
        try:
            server.wait_until_ready()
            yield Far(server, proxy, bucket)
        finally:
            if server.child.code() is None:
                server.stop()


def strikes(proxy: Proxy, fault: Fault, times: int) -> bool:
    """Say whether the fault comes to happen so many times more."""
    before = proxy.counts[fault]
    return process.wait_until(lambda: proxy.counts[fault] >= before + times, RECOVERY)


def go_on(senders: Senders, count: int = 8) -> bool:
    """Say whether so many more files are acknowledged."""
    before = senders.statuses.total()
    return process.wait_until(lambda: senders.statuses.total() >= before + count, RECOVERY)
