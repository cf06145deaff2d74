"""Real instances, started as an operator starts them."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT

SERVICES = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "JWT_SECRET_KEY", "PORT", "WORKERS"}


class Up:
    """One `manage.py up`, with two workers on a free port."""

    def __init__(self, data: Path, screen: Path, *flags: str) -> None:
        self.data = data
        self.screen = screen
        self.port = free_port()
        own = {name: value for name, value in os.environ.items() if name not in SERVICES and "CLOUDBOX" not in name}
        self.child = process.start(
            [sys.executable, ROOT / "manage.py", "up", "--data", data, "--port", str(self.port), *flags],
            environment={**own, "WORKERS": "2"},
            output=self.screen,
        )

    def printed(self) -> str:
        return self.screen.read_text()

    def get(self, path: str) -> int:
        """Return the status of an answer, or 0 when nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", path)
            return connection.getresponse().status
        return 0

    def wait_until_ready(self) -> None:
        process.wait_until(lambda: self.child.code() is not None or "CloudBox is ready" in self.printed(), 60)
        assert "CloudBox is ready" in self.printed(), self.printed()

    def refusal(self) -> str:
        """Return what an `up` says that does not start."""
        assert self.child.ends_within(30)
        assert self.child.code() == 1, self.printed()
        assert "Traceback" not in self.printed()
        return self.printed()

    def processes(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "instance.json").read_text())["started"])

    def stop(self, number: int = signal.SIGTERM) -> int | None:
        """Return the exit status."""
        self.child.signal(number)
        assert self.child.ends_within(40), self.printed()
        return self.child.code()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Up]]:
    """Start instances that end with the module."""
    started: list[Up] = []

    def start(*flags: str, data: Path | None = None) -> Up:
        place = tmp_path_factory.mktemp("instance")
        started.append(Up(data or place / "data", place / "screen", *flags))
        return started[-1]

    yield start
    for one in started:
        if one.child.code() is None:
            one.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(data: Path) -> list[str]:
    """Return the command lines of all processes that name a data directory, also as their environment."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (directory / "cmdline").read_bytes() + (directory / "environ").read_bytes()
            if os.fsencode(data) in words and int(directory.name) != os.getpid():
                found.append(re.sub(r"\s+", " ", (directory / "cmdline").read_text().replace("\0", " ")))
    return found
