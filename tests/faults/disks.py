"""Disks that are full, in the ways that this user may make them so."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from cloudbox import process
from tests.server import Server

MIB = 2**20
FITS, DOES_NOT = MIB // 2, 4 * MIB  # bytes
MakeRoom = Callable[[], None]


@contextmanager
def file_size_limit(server: Server, _: Path) -> Iterator[MakeRoom]:
    """Let no file of the web grow over 1 MiB."""
    before = {
        pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid, name in server.family().items() if name == "web"
    }

    def lift() -> None:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MIB, hard))
    yield lift
    lift()


@contextmanager
def small_disk(_: Server, place: Path) -> Iterator[MakeRoom]:
    """Put a disk of 2 MiB at `place`."""

    def mount(options: str) -> None:
        done = process.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place])
        assert done.code == 0, done.errors

    mount("size=2m")
    try:
        yield lambda: mount("remount,size=16m")
    finally:
        assert process.wait_until(lambda: process.run(["umount", place]).code == 0, 10)


@contextmanager
def no_directory(_: Server, place: Path) -> Iterator[MakeRoom]:
    """Put a file where unfinished files belong."""
    unfinished = place / "unfinished"
    unfinished.rename(place / "away")
    unfinished.write_text("no directory")

    def mend() -> None:
        if (place / "away").exists():
            unfinished.unlink()
            (place / "away").rename(unfinished)

    try:
        yield mend
    finally:
        mend()


@contextmanager
def read_only_disk(server: Server, place: Path) -> Iterator[MakeRoom]:
    """Let nothing be written to the disk at `place`, as Linux does after an error of the disk."""
    with small_disk(server, place) as grow:
        grow()
        (place / "unfinished").mkdir()
        done = process.run(["mount", "-o", "remount,ro", place])
        assert done.code == 0, done.errors
        yield lambda: _writable(place)


def _writable(place: Path) -> None:
    done = process.run(["mount", "-o", "remount,rw", place])
    assert done.code == 0, done.errors


Full = Callable[[Server, Path], AbstractContextManager[MakeRoom]]
WAYS: list[Full] = [file_size_limit, *([small_disk] if os.geteuid() == 0 else [])]  # only root mounts disks
BROKEN: list[Full] = [no_directory, *([read_only_disk] if os.geteuid() == 0 else [])]
