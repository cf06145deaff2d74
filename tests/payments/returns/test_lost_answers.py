"""Between our row of a refund and Paystack's, anything may happen: money still goes back once."""

from datetime import timedelta
from time import sleep

import pytest
from django.utils import timezone

from cloudbox.errors import Conflict
from payments.models import Order, Receipt, Refund
from payments.services import refunds
from payments.simulator.faults import Trouble
from tests.payments.gateway.ordering import work_off
from tests.payments.returns.buying import balance, buy, room, send_back
from tests.paystack import deliver, waiting
from tests.threads import at_once

pytestmark = pytest.mark.django_db
PRICE = 200_000


@pytest.fixture
def order(paystack, alice) -> Order:
    return buy(paystack, alice)


@pytest.mark.parametrize("after", [True, False])
def test_a_refund_whose_answer_is_lost_is_not_asked_for_twice(paystack, alice, staff, order, after):
    paystack.misbehave(troubles=[{"call": "refund", "status": 502, "after": after}])

    refund = send_back(staff, order)

    assert (refund.state, refund.provider_id) == ("requested", None)
    assert "502" in refund.error
    with pytest.raises(Conflict, match="on its way"):
        send_back(staff, order)
    refunds.follow(order.id)
    refund.refresh_from_db()
    assert refund.state == ("pending" if after else "requested")
    assert len(paystack.refunds) == int(after)


def test_a_refund_that_never_reached_paystack_is_given_up_and_may_be_asked_for_again(paystack, staff, order):
    paystack.misbehave(troubles=[Trouble(call="refund", cut=True)])
    refund = send_back(staff, order)
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=2))

    refunds.follow(order.id)

    refund.refresh_from_db()
    assert (refund.state, paystack.refunds) == ("failed", [])
    paystack.misbehave(troubles=[])
    assert send_back(staff, order).state == "pending"


def test_a_refund_that_was_given_up_too_early_is_known_again_by_its_note(paystack, alice, staff, order):
    paystack.misbehave(troubles=[Trouble(call="refund", status=502, after=True)])
    refund = send_back(staff, order)
    Refund.objects.update(state="failed", next_check_at=None)

    paystack.move_refund(paystack.refunds[0].id)
    refunds.follow(order.id)

    refund.refresh_from_db()
    assert (refund.state, room(alice), order.refunds.count()) == ("processed", 0, 1)


def test_what_paystack_refuses_is_told_and_takes_nothing(paystack, alice, staff, order):
    paystack.dispute(order.reference)
    paystack.resolve(order.reference, lost=True)  # which no webhook has told us

    refund = send_back(staff, order)

    assert (refund.state, refund.error) == ("failed", "Transaction has been fully reversed")


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_faster_than_the_answer_finds_our_row(paystack, alice, staff, order):
    paystack.misbehave(troubles=[Trouble(call="refund", hang=0.5)])

    def hear() -> None:
        while not paystack.refunds:
            sleep(0.01)
        refunds.hear({"transaction_reference": order.reference})

    _, refund = at_once(2, lambda number: send_back(staff, order) if number else hear())

    assert (refund.state, refund.provider_id) == ("pending", paystack.refunds[0].id)
    assert order.refunds.count() == 1


def test_signed_webhooks_at_the_door_carry_a_refund_through(paystack, alice, staff, order):
    refund = send_back(staff, order)
    paystack.move_refund(refund.provider_id)

    assert [deliver(webhook) for webhook in waiting(paystack)] == [200, 200, 200]
    work_off()

    refund.refresh_from_db()
    assert (refund.state, room(alice)) == ("processed", 0)
    assert list(order.events.values_list("event", "state")) == [
        ("refund.processed", "done"),
        ("refund.pending", "done"),
        ("charge.success", "done"),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_the_same_money_back_at_once_one_does(paystack, alice, staff, order):
    found = at_once(8, lambda _: send_back(staff, order))

    assert sum(isinstance(each, Conflict) for each in found) == 7
    assert [refund.amount for refund in paystack.refunds] == [PRICE]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_hear_of_the_same_refund_at_once_one_books_it(paystack, alice, staff, order):
    refund = send_back(staff, order)
    paystack.move_refund(refund.provider_id)

    heard = at_once(16, lambda _: refunds.hear({"transaction_reference": order.reference}))

    assert heard == [order] * 16
    assert (balance(order)["refunds"], Receipt.objects.filter(amount_minor__lt=0).count()) == (PRICE, 1)
    assert room(alice) == 0
