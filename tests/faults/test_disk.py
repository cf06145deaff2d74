"""A disk that is full, or lets no file grow: 507, nothing left behind, no room taken, and nothing lost."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from cloudbox import process
from tests.invariants import stored
from tests.server import Server
from tests.visitors import Visitor, place_of

MIB = 2**20
FITS, DOES_NOT = MIB // 2, 4 * MIB  # bytes
MakeRoom = Callable[[], None]
PURGING = "SELECT count(*) FROM assets_asset WHERE purging_at IS NOT NULL"


@contextmanager
def file_size_limit(server: Server) -> Iterator[MakeRoom]:
    """Let no file of the web grow over 1 MiB."""
    before = {
        pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid, name in server.family().items() if name == "web"
    }

    def lift() -> None:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MIB, hard))
    yield lift
    lift()


@contextmanager
def small_disk(server: Server) -> Iterator[MakeRoom]:
    """Put a disk of 2 MiB where the blobs are."""

    def mount(options: str) -> None:
        done = process.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", server.blobs])
        assert done.code == 0, done.errors

    mount("size=2m")
    try:
        yield lambda: mount("remount,size=16m")
    finally:
        assert process.wait_until(lambda: process.run(["umount", server.blobs]).code == 0, 10)


Full = Callable[[Server], AbstractContextManager[MakeRoom]]
WAYS: list[Full] = [file_size_limit, *([small_disk] if os.geteuid() == 0 else [])]  # only root mounts disks


def content(file: str) -> str:
    return f"/api/v1/store/files/{file}/content"


@pytest.mark.parametrize("full", WAYS)
def test_a_full_disk_is_507_loses_nothing_and_leaves_nothing(shaken: Server, meet, full: Full):
    dana: Visitor = meet("dana")
    with full(shaken) as make_room:
        bodies = [os.urandom(FITS), os.urandom(FITS)]
        sent = {dana.store(f"{number}.bin", body)["id"]: body for number, body in enumerate(bodies)}
        files = stored(shaken)
        refused = dana.put(place_of("too-big.bin"), data=bytes(DOES_NOT))
        left = stored(shaken).keys() - files.keys()
        usage = dana.usage()
        kept = {file: dana.get(content(file)).content for file in sent}
        browsed = dana.get("/api/v1/store/folders/content").status_code
        make_room()
        after = dana.put(place_of("after.bin"), data=bytes(DOES_NOT))
        for item in dana.get("/api/v1/store/folders/content").json()["items"]:  # they go with the disk
            dana.delete(f"/api/v1/store/files/{item['id']}?purge=1")
        assert process.wait_until(lambda: shaken.rows(PURGING) == [(0,)], 30)

    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    assert left == set()
    assert (usage["used"], usage["reserved"]) == (2 * FITS, 0)
    assert kept == sent
    assert browsed == 200
    assert after.status_code == 201
