"""Any things that can happen, in any order, and what is true all the while."""

from collections.abc import Sequence

from django.db import connection, transaction
from hypothesis import strategies as st

from tests.payments.interleavings.laws import Laws
from tests.payments.interleavings.world import World

Happening = tuple[str, int, int]


def happenings(names: Sequence[str], *, most: int) -> st.SearchStrategy[list[Happening]]:
    """Each with whom or what it meets, and before which of its statements the process dies, if it does."""
    deaths = st.just(0) | st.just(0) | st.integers(1, 45)
    return st.lists(st.tuples(st.sampled_from(names), st.integers(0, 17), deaths), min_size=3, max_size=most)


def live_through(world: World, things: Sequence[Happening]) -> None:
    """Let all of it happen to a new world, and leave nothing behind."""
    begin = transaction.savepoint()
    try:
        world.begin()
        laws = Laws(world)
        for name, which, death in things:
            world.act(name, which, death)
            laws.hold()
        world.rest()
        laws.hold_at_rest()
    finally:
        transaction.savepoint_rollback(begin)
    assert not connection.needs_rollback
