"""The people of these tests are at the shared server."""

from tests.visitors import alice, bob, meet

__all__ = ["alice", "bob", "meet"]
