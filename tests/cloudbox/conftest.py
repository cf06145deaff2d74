"""A real server for the tests that need one: the probe under granian, and under gunicorn's threads."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.conf import settings

THREADS = 8
PROBE = "tests.cloudbox.probe_server:application"


@dataclass(frozen=True)
class Server:
    """A running server; `url` has no slash at its end."""

    kind: str
    url: str
    port: int
    pid: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def resident(self) -> int:
        """Return how much memory the whole process tree has, in bytes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_resident(pid) for pid in [str(self.pid), *children])


def _resident(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def _command(kind: str, port: int) -> list[str]:
    if kind == "granian":
        return [
            *("granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "warning"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--blocking-threads", str(THREADS), PROBE),
        ]
    return [
        *("gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--log-level", "warning"),
        *("--workers", "1", "--threads", str(THREADS), PROBE),
    ]


@contextmanager
def serving(kind: str, directory: Path, **environment: str) -> Iterator[Server]:
    """Run the probe until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    name, *arguments = _command(kind, port)
    log = directory / f"{kind}.log"
    variables = {"CLOUDBOX_THREADS": str(THREADS), "CLOUDBOX_DB_POOL": "2"}
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(Path(sys.executable).with_name(name)), *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, **variables, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", child, log)
            yield Server(kind, f"http://127.0.0.1:{port}", port, child.pid, log)
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and child.poll() is None:
        try:
            if requests.get(url, timeout=10).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session", params=["granian", "gunicorn"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each of the two servers that CloudBox supports, with few threads and few connections."""
    with serving(request.param, tmp_path_factory.mktemp("server")) as running:
        yield running
