"""The web under each server that is documented: granian, which `up` starts, and gunicorn's threads beside it."""

import sys
from collections.abc import Iterator

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import Server, free_port
from tests.visitors import Visitor

GUNICORN = ("-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "32", "--log-level", "error")


@pytest.fixture(scope="session")
def gunicorn_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second web server on the shared server's data."""
    port = free_port()
    screen = tmp_path_factory.mktemp("gunicorn") / "screen"
    child = process.start(
        [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}", "cloudbox.wsgi:application"],
        environment={**server.environment(), "PYTHONPATH": str(ROOT), "PORT": str(port)},
        output=screen,
    )

    def answers() -> bool:
        with Visitor(f"http://127.0.0.1:{port}") as visitor:
            try:
                return visitor.get("/healthz").ok
            except OSError:
                return False

    try:
        assert process.wait_until(answers, 30), screen.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        child.signal(15)
        child.ends_within(10)
        child.kill_group()


@pytest.fixture(params=["granian", "gunicorn"])
def door(request: pytest.FixtureRequest, server: Server) -> str:
    """The address of the web: each test that takes this runs under both servers."""
    return server.url if request.param == "granian" else str(request.getfixturevalue("gunicorn_url"))
