"""Every five minutes Paystack is asked about what waits for news: no webhook is needed for money to count."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments import asking
from payments.models import Order, Refund
from payments.services import checkout, reconciling, settling
from payments.simulator.faults import Trouble
from tests.payments.returns.buying import buy, room, send_back
from tests.people import caller_for

pytestmark = pytest.mark.django_db
GIB = 2**30


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)


@pytest.fixture
def orders(paystack, alice) -> list[Order]:
    """Some that wait for their payment, and are due; the first longest."""
    made = []
    for number in range(5):
        ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN", key=f"{number}")
        due = timezone.now() - timedelta(minutes=10 - number)
        Order.objects.filter(id=ordered.id).update(next_check_at=due)
        made.append(Order.objects.get(id=ordered.id))
    return made


def asked(orders: list[Order]) -> list[bool]:
    return [Order.objects.get(id=order.id).checked_at is not None for order in orders]


def test_what_was_paid_counts_though_no_webhook_came_and_nobody_came_back(paystack, alice, orders):
    paystack.pay(orders[3].reference)

    assert reconciling.settle_due() == 5

    assert room(alice) == GIB
    assert reconciling.settle_due() == 0
    first, paid = Order.objects.get(id=orders[0].id), Order.objects.get(id=orders[3].id)
    assert (paid.state, paid.next_check_at) == ("paid", None)
    assert first.next_check_at is not None
    assert first.next_check_at > timezone.now() + timedelta(minutes=5)


def test_a_round_ends_when_paystack_fails_three_times_and_the_oldest_come_behind_the_others(paystack, orders):
    paystack.misbehave(troubles=[Trouble(call="verify", status=503)])
    assert reconciling.settle_due() == 3
    paystack.misbehave(troubles=[])

    assert reconciling.settle_due() == 2

    assert asked(orders) == [False, False, False, True, True]


def test_an_order_that_is_broken_does_not_hold_up_the_others(paystack, orders, monkeypatch):
    right = settling.settle

    def settle(order_id, *, trigger):
        if order_id == orders[0].id:
            raise RuntimeError
        return right(order_id, trigger=trigger)

    monkeypatch.setattr(settling, "settle", settle)
    assert reconciling.settle_due() == 5

    assert asked(orders) == [False, True, True, True, True]
    again_at = Order.objects.get(id=orders[0].id).next_check_at
    assert again_at is not None
    assert again_at > timezone.now()


def test_orders_of_another_account_of_paystack_are_left_alone(paystack, orders):
    Order.objects.update(mode="live")

    assert reconciling.settle_due() == 0


def test_a_refund_comes_through_though_no_webhook_came(paystack, alice, staff):
    refund = send_back(staff, buy(paystack, alice))
    assert reconciling.follow_due() == 0
    paystack.move_refund(refund.provider_id)
    Refund.objects.update(next_check_at=timezone.now())

    assert reconciling.follow_due() == 1

    refund.refresh_from_db()
    assert (refund.state, refund.next_check_at, room(alice)) == ("processed", None, 0)


def test_a_refund_of_which_paystack_tells_nothing_new_is_asked_about_ever_more_rarely(paystack, alice, staff):
    refund = send_back(staff, buy(paystack, alice))
    pauses = []
    for age in (timedelta(), timedelta(hours=4), timedelta(days=9)):
        Refund.objects.update(created_at=timezone.now() - age, next_check_at=timezone.now())
        reconciling.follow_due()
        refund.refresh_from_db()
        assert refund.next_check_at is not None
        pauses.append(round((refund.next_check_at - timezone.now()) / timedelta(minutes=1)))

    assert pauses == [2, 60, 360]


def test_a_round_ends_before_the_next_begins_however_slowly_paystack_answers(paystack, orders, monkeypatch):
    monkeypatch.setattr(reconciling, "LONGEST_ROUND", 0.1)
    paystack.misbehave(troubles=(Trouble(call="verify", hang=0.2),))

    assert reconciling.settle_due() == 1
    assert reconciling.settle_due() == 1
