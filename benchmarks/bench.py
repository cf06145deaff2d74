"""What the benchmarks share: the servers of a run, started when the first one asks for them."""

import contextlib
import os
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from benchmarks.servers import CloudBox, Peer, moto_in, nginx_in, rclone_in
from benchmarks.swift import swift_in

MIB = 2**20
_Server = TypeVar("_Server", CloudBox, Peer)


class Bench:
    """The servers and files of one run. `stack` stops and removes them."""

    def __init__(self, disk: Path, memory: Path, stack: contextlib.ExitStack) -> None:
        self.disk, self.memory = disk, memory
        self._stack = stack

    @cached_property
    def cloudbox(self) -> CloudBox:
        """CloudBox with its bytes in memory."""
        (self.memory / "blobs").mkdir()
        return self._keep(CloudBox(self.disk / "data", self.memory / "blobs"))

    @cached_property
    def cloudbox_on_disk(self) -> CloudBox:
        (self.disk / "blobs").mkdir()
        return self._keep(CloudBox(self.disk / "data-on-disk", self.disk / "blobs"))

    @cached_property
    def rclone(self) -> Peer:
        return self._keep(rclone_in(self.memory / "rclone"))

    @cached_property
    def moto(self) -> Peer:
        return self._keep(moto_in(self.memory / "moto"))

    @cached_property
    def nginx(self) -> Peer | None:
        peer = nginx_in(self.memory / "nginx")
        return self._keep(peer) if peer else None

    @cached_property
    def swift(self) -> Peer | None:
        peer = swift_in(self.memory / "swift")
        return self._keep(peer) if peer else None

    def random_file(self, mebibytes: int) -> Path:
        """Return a file of that size, made once."""
        path = self.memory / f"random-{mebibytes}"
        if not path.exists():
            with path.open("wb") as file:
                for _ in range(mebibytes):
                    file.write(os.urandom(MIB))
        return path

    def _keep(self, server: _Server) -> _Server:
        self._stack.callback(server.stop)
        return server
