"""A pytest plugin: real servers, started with `manage.py up` as an operator starts them.

`server` is one for the whole run, which the black-box suites share; every test makes people of its own
in it. A test that needs other settings starts a `Server` itself.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cloudbox import process
from cloudbox.embedded import places
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.places import places_in
from tests import prepared
from tests.providers import BACK, Providers
from tests.providers import SETTINGS as PROVIDERS

SERVICES = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "JWT_SECRET_KEY", "PORT", "WORKERS"}
STAFF_PASSWORD = "nine quiet herons"
LEASE = 5  # seconds that a killed upload keeps its room


class Server:
    """One `manage.py up`, with two workers on a free port. `screen` is the file that it prints into."""

    def __init__(self, data: Path, screen: Path, *flags: str, **settings: str) -> None:
        self.data = data
        self.screen = screen
        self.port = free_port()
        self._flags = flags
        self._settings = {"CLOUDBOX_SIMULATOR_PORT": str(free_port()), **settings}  # which commands beside it know, too
        if not (data.exists() or "DATABASE_URL" in settings):
            self.prepare()
        self.start()

    def prepare(self) -> None:
        """Spare it what a first start does to the database."""
        where = places_in(self.data)
        places.make(where)
        prepared.copy_to(where)

    def start(self) -> None:
        """Start, for the first time or again: on the same data and port."""
        self._printed_before = self.screen.stat().st_size if self.screen.exists() else 0
        own = {name: value for name, value in os.environ.items() if name not in SERVICES and "CLOUDBOX" not in name}
        self.child = process.start(
            [sys.executable, ROOT / "manage.py", "up", "--data", self.data, "--port", str(self.port), *self._flags],
            environment={**own, "WORKERS": "2", **self._settings},
            output=self.screen,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    def printed(self, since: int | None = None) -> str:
        """Return what it has printed since its last start, or since so many bytes of `screen`."""
        with self.screen.open("rb") as screen:
            screen.seek(self._printed_before if since is None else since)
            return screen.read().decode()

    def get(self, path: str) -> int:
        """Return the status of an answer, or 0 when nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            return connection.getresponse().status
        return 0

    def wait_until_ready(self) -> None:
        process.wait_until(lambda: self.child.code() is not None or "CloudBox is ready" in self.printed(), 60)
        assert "CloudBox is ready" in self.printed(), self.printed()

    def recovers_within(self, seconds: float) -> bool:
        """Say whether everything serves again, without anybody's help."""
        return process.wait_until(lambda: self.get("/readyz") == 200, seconds)

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

    def kill(self, *names: str) -> None:
        """Kill programs with everything that they have started; without names all of them and the supervisor."""
        groups = {name: started["pid"] for name, started in self.processes().items()}
        for name in names or groups:
            process.kill_group(groups[name])
        if not names:
            self.child.kill_group()

    def family(self) -> dict[int, str]:
        """Return the process numbers of everything that runs, with the name of the program each belongs to."""
        parents = {}
        for directory in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parents[int(directory.name)] = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
        found = {started["pid"]: name for name, started in self.processes().items()}
        while more := {pid: found[parent] for pid, parent in parents.items() if parent in found and pid not in found}:
            found |= more
        return found

    def environment(self) -> dict[str, str]:
        """Return what a program needs to work beside the running ones, on the same data."""
        where = places_in(self.data)
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "CLOUDBOX_DATA": str(self.data),
            "CLOUDBOX_URL": self.url,
            "DATABASE_URL": where.database_url,
            "REDIS_URL": where.redis_url,
            "SECRET_KEY": (self.data / "secret_key").read_text().strip(),
            **self._settings,
        }

    def manage(self, *arguments: str, **settings: str) -> process.Finished:
        """Run a command of manage.py beside the running server, where need be with settings of its own."""
        environment = {**self.environment(), **settings}
        return process.run([sys.executable, ROOT / "manage.py", *arguments], environment=environment)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the server's database, to compare it with what the server says."""
        with psycopg.connect(places_in(self.data).database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, stand_in: Providers) -> Iterator[Server]:
    """The server that the black-box suites share. It takes the stand-in for GitHub and Google."""
    place = tmp_path_factory.mktemp("server")
    settings = {"CLOUDBOX_ADMIN_PASSWORD": STAFF_PASSWORD, "CLOUDBOX_UPLOAD_LEASE": str(LEASE)}
    settings |= {**PROVIDERS, "CLOUDBOX_OAUTH_REDIRECTS": BACK, **stand_in.environment()}
    one = Server(place / "data", place / "screen", **settings)
    try:
        one.wait_until_ready()
        yield one
    finally:
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
