"""Room that was tried out with money that is none ends when real money is taken, and nothing else does."""

import dataclasses
from collections.abc import Iterator

import pytest

from payments.models import Order, Step
from payments.services import going_live, proving
from payments.simulator import Simulator
from payments.simulator.faults import Faults
from tests.payments.returns.buying import buy, days_left, room

pytestmark = pytest.mark.django_db
GIB = 2**30
KEY = "sk_live_of_a_paystack_on_this_machine"


@pytest.fixture
def live(settings) -> Iterator[Simulator]:
    """A Paystack that takes real money, as far as it tells."""
    with Simulator(KEY, faults=Faults(domain="live")) as simulator:
        yield simulator


def go_live(settings, live: Simulator) -> None:
    settings.CLOUDBOX_PAYING = dataclasses.replace(
        settings.CLOUDBOX_PAYING, simulated=False, keys=(KEY,), url=live.url, checkout=live.url
    )


def test_what_was_tried_ends_when_real_money_is_taken(alice, bob, paystack, live, settings):
    for user, plan in ((alice, "basic"), (alice, "basic"), (alice, "premium"), (bob, "basic")):
        buy(paystack, user, plan)
    assert going_live.end_trials() == 0
    go_live(settings, live)

    assert going_live.end_trials() == 4
    assert going_live.end_trials() == 0

    assert (room(alice), room(bob)) == (0, 0)
    assert Step.objects.filter(kind="trial_ended").count() == 4
    assert proving.faults() == {}


def test_what_real_money_paid_for_begins_when_the_trial_before_it_ends(alice, paystack, live, settings):
    buy(paystack, alice, "premium")
    go_live(settings, live)
    paid = buy(live, alice)
    assert days_left(paid) > 59  # behind what was tried

    going_live.end_trials()

    assert (room(alice), round(days_left(paid))) == (GIB, 30)
    assert Order.objects.get(id=paid.id).stopped_at is None
    assert proving.faults() == {}
