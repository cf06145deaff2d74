"""A disk that is full, or lets no file grow: 507, nothing left behind, and no room taken."""

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


@contextmanager
def file_size_limit(server: Server) -> Iterator[None]:
    """Let no file of the web grow over 1 MiB."""
    before = {}
    for pid, name in server.family().items():
        if name == "web":
            before[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (MIB, before[pid][1]))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def small_disk(server: Server) -> Iterator[None]:
    """Put a disk of 2 MiB where the blobs are."""
    done = process.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", server.blobs])
    assert done.code == 0, done.errors
    try:
        yield
    finally:
        process.run(["umount", server.blobs])


Full = Callable[[Server], AbstractContextManager[None]]
WAYS: list[Full] = [file_size_limit, *([small_disk] if os.geteuid() == 0 else [])]  # only root mounts disks


@pytest.mark.parametrize("full", WAYS)
def test_a_full_disk_is_507_and_leaves_nothing(shaken: Server, alice: Visitor, full: Full):
    alice.store(f"before-{full.__name__}.bin", bytes(FITS))
    used = alice.usage()["used"]
    with full(shaken):
        files = stored(shaken)
        refused = alice.put(place_of("too-big.bin"), data=bytes(DOES_NOT))
        left = stored(shaken).keys() - files.keys()
        usage = alice.usage()

    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    assert left == set()
    assert (usage["used"], usage["reserved"]) == (used, 0)
    assert alice.get("/api/v1/store/folders/content").status_code == 200
    assert alice.put(place_of(f"after-{full.__name__}.bin"), data=bytes(DOES_NOT)).status_code == 201
