"""Whatever happens in whatever order, a payment counts exactly once: no room without money, no money without room."""

import contextlib
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from payments import asking
from tests.payments.interleavings.laws import Laws
from tests.payments.interleavings.world import World

NAMES = [
    *("order", "order", "order", "order_and_lose_the_answer"),
    *("pay", "pay", "pay", "pay", "pay_later", "pay_something_else", "bear_the_fees", "decline", "cancel"),
    *("come_back", "come_back", "ask_in_vain", "deliver", "deliver", "forge", "work", "reconcile", "reconcile"),
    *("let_time_pass", "let_time_pass"),
]
steps = st.tuples(st.sampled_from(NAMES), st.integers(0, 17), st.just(0) | st.just(0) | st.integers(1, 45))
happenings = st.lists(steps, min_size=4, max_size=12)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)
    monkeypatch.setattr(asking, "TRIES", 1)


@contextlib.contextmanager
def for_the_first_time() -> Iterator[None]:
    """Leave nothing behind."""
    begin = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(begin)
        assert not connection.needs_rollback


@pytest.mark.django_db
@hypothesis_settings(max_examples=500, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(happenings)
def test_a_payment_counts_once_whatever_happens(alice, staff, paystack, happenings):
    with for_the_first_time():
        paystack.forget()
        live_through(World(alice, staff, paystack), happenings)


def live_through(world: World, happenings) -> None:
    laws = Laws(world)
    for name, which, kill in happenings:
        world.act(name, which, kill)
        laws.hold()
    world.rest()
    laws.hold_at_rest()
