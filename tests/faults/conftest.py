"""The people of these tests are at the shared server, which everybody kills as they like and leaves running."""

from collections.abc import Iterator

import pytest

from cloudbox import process
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
    done = server.manage("fsck", "--deep")
    assert done.code == 0, done.output + done.errors


def killed_and_back(server: Server, *names: str) -> bool:
    """Kill programs, or without names everything, and say whether all serves again, with others in their places."""
    if not names:
        server.kill()
        server.start()
        server.wait_until_ready()
        return server.recovers_within(RECOVERY)
    before = {name: server.processes()[name]["pid"] for name in names}

    def are_replaced() -> bool:
        now = server.processes()
        return all(now.get(name, {}).get("pid", pid) != pid for name, pid in before.items())

    server.kill(*names)
    return process.wait_until(are_replaced, RECOVERY) and server.recovers_within(RECOVERY)
