"""The people of these tests are at the shared server, which everybody kills as they like and leaves running."""

from collections.abc import Iterator

import pytest

from tests.invariants import all_bytes_are_given_back, broken
from tests.server import Server
from tests.visitors import alice, anonymous, bob, charlie, meet

__all__ = ["alice", "anonymous", "bob", "charlie", "meet"]

RECOVERY = 30  # seconds in which the server must come back by itself


@pytest.fixture(scope="module")
def shaken(server: Server) -> Iterator[Server]:
    """The shared server; after each module it must be in order, as far as anybody can see."""
    yield server
    assert server.recovers_within(RECOVERY)
    assert all_bytes_are_given_back(server)
    assert broken(server) == {}
