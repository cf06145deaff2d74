"""Ordering: the order is there before Paystack hears of it, and whatever is lost on the way is paid at most once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudbox.errors import BadInput
from jobs.idempotency import IdempotencyKeyReused
from payments import asking
from payments.models import Order, Plan, Price
from payments.paystack import PaystackUnavailable
from payments.refusals import NoMailAddress, TooManyOrders
from payments.services import checkout, orders, settling
from payments.simulator import Trouble
from tests.people import caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)


def order(user, plan="basic", currency="NGN", key=None):
    return checkout.begin(by=caller_for(user), plan=plan, currency=currency, key=key)


def test_ordering_again_before_paying_is_the_same_order(alice, paystack):
    first, again = order(alice), order(alice)

    assert (first.id, first.page) == (again.id, again.page)
    assert len(paystack.charges) == 1


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_make_one_order(alice, paystack):
    at_once(6, lambda _: order(alice))

    found = Order.objects.get()
    assert (found.state, order(alice).page) == ("pending", found.page)
    paystack.pay(found.reference)
    assert settling.settle(found.id, trigger="payer") == "paid"


@pytest.mark.parametrize(
    ("trouble", "asked"), [({"status": 502}, 1), ({"cut": True}, 1), ({"status": 502, "after": True}, 2)]
)
def test_an_order_whose_page_was_lost_goes_on_with_another_one(alice, paystack, trouble, asked):
    """Where Paystack had heard of it, its page was never shown, and the order gets another reference."""
    paystack.misbehave(troubles=[Trouble(call="initialize", times=1, **trouble)])
    with pytest.raises(PaystackUnavailable):
        order(alice)
    lost = Order.objects.get()

    again = order(alice)

    assert (again.id, again.state) == (lost.id, "pending")
    assert again.page.startswith(paystack.url)
    assert len(paystack.charges) == asked
    assert (again.reference == lost.reference) == (asked == 1)


def test_an_order_keeps_its_price_and_the_next_has_the_new_one(alice, paystack):
    former = order(alice)
    Price.objects.filter(plan__code="basic", currency="NGN").update(amount_minor=300_000)
    paystack.pay(former.reference)

    assert order(alice).amount_minor == 300_000
    assert settling.settle(former.id, trigger="payer") == "paid"
    assert orders.order(by=caller_for(alice), order_id=former.id).amount_minor == 200_000


def test_a_plan_that_is_not_sold_any_more_is_refused_and_what_was_ordered_is_not(alice, paystack):
    former = order(alice)
    Plan.objects.update(sold=False)
    paystack.pay(former.reference)

    with pytest.raises(BadInput):
        order(alice)
    assert settling.settle(former.id, trigger="payer") == "paid"


def test_an_order_that_is_not_open_any_more_is_not_taken_up_again(alice, paystack):
    first = order(alice)
    orders.cancel(by=caller_for(alice), order_id=first.id)

    assert order(alice).id != first.id


def test_an_order_of_a_trial_is_not_taken_up_again_for_real_money(alice, paystack, settings):
    paystack.misbehave(troubles=(Trouble(call="initialize", status=500),))
    with pytest.raises(PaystackUnavailable):
        order(alice, key="trial")
    paystack.misbehave(troubles=())
    settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, simulated=False)

    with pytest.raises(IdempotencyKeyReused):
        order(alice, key="trial")
    assert order(alice).mode == "test"


def test_there_are_so_many_unpaid_orders_and_no_more(alice, paystack):
    for number in range(checkout.MOST_OPEN):
        order(alice, key=f"{number}")

    with pytest.raises(TooManyOrders):
        order(alice, key="one more")
    assert order(alice, key="0").id == Order.objects.earliest("created_at").id


def test_cancelling_makes_no_room_for_any_number_of_orders_in_a_day(alice, paystack, monkeypatch):
    monkeypatch.setattr(checkout, "MOST_A_DAY", 2)
    for number in range(2):
        orders.cancel(by=caller_for(alice), order_id=order(alice, key=f"{number}").id)

    with pytest.raises(TooManyOrders):
        order(alice, key="one more")


def test_who_has_no_mail_address_cannot_order(alice, paystack):
    alice.email = alice.email_key = None
    alice.save()

    with pytest.raises(NoMailAddress):
        order(alice)
    assert not Order.objects.exists()


def test_a_quote_is_what_the_payment_gives(alice, paystack):
    settling_of = order(alice)
    paystack.pay(settling_of.reference)
    settling.settle(settling_of.id, trigger="payer")

    quoted = checkout.quote(by=caller_for(alice), plan="premium", currency="NGN")
    upgrade = order(alice, "premium")
    paystack.pay(upgrade.reference)
    settling.settle(upgrade.id, trigger="payer")

    given = orders.order(by=caller_for(alice), order_id=upgrade.id)
    assert quoted.takes_over
    assert given.starts_at
    assert given.ends_at
    lasts = given.ends_at - given.starts_at
    assert abs(lasts - (quoted.ends_at - quoted.starts_at)) < timedelta(seconds=5)
    assert abs(lasts - timedelta(days=30) - quoted.extra) < timedelta(seconds=5)
