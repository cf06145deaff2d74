"""A store that hangs under its readers: they wait, and nobody else does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudbox import process
from tests.faults.far import Far, far_server
from tests.faults.proxy import Fault
from tests.faults.senders import content_of
from tests.s3 import S3Server
from tests.server import Server
from tests.visitors import Visitor

THREADS = 8


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, rclone_s3: S3Server) -> Iterator[Far]:
    few = {"WORKERS": "1", "CLOUDBOX_THREADS": str(THREADS), "CLOUDBOX_S3_READ_TIMEOUT": "20"}
    with far_server(tmp_path_factory.mktemp("hanging"), rclone_s3, **few) as one:
        yield one


@pytest.fixture(scope="module")
def server(far: Far) -> Server:
    """The one that the people of this test are at."""
    return far.server


@pytest.mark.slow
def test_a_store_that_hangs_under_more_readers_than_there_are_threads_holds_up_nobody_else(far: Far, alice: Visitor):
    file = alice.store("a.bin", b"x" * 1000)["id"]
    assert far.settles()
    assert far.frees_its_spool()

    with ThreadPoolExecutor(2 * THREADS) as readers:
        with far.proxy.suffering(Fault.SILENT, 1.0, "GET"):
            reads = [readers.submit(alice.get, content_of(file)) for _ in range(2 * THREADS)]
            assert process.wait_until(lambda: sum(read.done() for read in reads) == 2 * THREADS - THREADS // 2, 15)
            refused = [read.result() for read in reads if read.done()]
            assert process.wait_until(lambda: far.proxy.held == THREADS // 2, 15)
            browsed = alice.get("/api/v1/store/folders/content", timeout=5).status_code
        statuses = sorted(read.result().status_code for read in reads)

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "busy")}
    assert browsed == 200
    assert statuses == [200] * (THREADS // 2) + [503] * len(refused)
