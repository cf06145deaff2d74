"""The people of these tests are at the shared server."""

from tests.visitors import alice, anonymous, bob, charlie, meet

__all__ = ["alice", "anonymous", "bob", "charlie", "meet"]
