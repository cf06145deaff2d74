"""The people of these tests are at the shared server, which must refuse every attack cleanly."""

import re
from collections.abc import Iterator

import pytest

from tests.doors import door, gunicorn_url
from tests.server import Server
from tests.visitors import alice, anonymous, bob, charlie, meet

__all__ = ["alice", "anonymous", "bob", "charlie", "door", "gunicorn_url", "meet"]

FAULTS = re.compile(r'"status": 5(?!03)\d\d|"request_failed"|Traceback')


@pytest.fixture(autouse=True)
def _no_server_error(server: Server) -> Iterator[None]:
    """No attack makes the server fail: its log has no 5xx, 503 apart, and no stack."""
    before = server.screen.stat().st_size
    yield
    said = server.printed(since=before)
    assert not FAULTS.search(said), said[-4000:]
