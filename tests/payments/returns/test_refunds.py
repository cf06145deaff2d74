"""Money that goes back goes back once, and takes with it what it had paid for."""

import dataclasses

import pytest

from accounts.models import Allowance
from activity.models import Mail
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound
from payments.models import Order, Receipt
from payments.services import checkout, refunds, reminding, selling
from tests.payments.orders import an_order
from tests.payments.returns.buying import balance, buy, come_through, days_left, room, send_back
from tests.payments.time import let_pass
from tests.people import caller_for

pytestmark = pytest.mark.django_db
GIB = 2**30
PRICE = 200_000


@pytest.fixture
def order(paystack, alice) -> Order:
    return buy(paystack, alice)


def test_a_refund_takes_back_the_room_and_the_books_balance(paystack, alice, staff, order):
    refund = send_back(staff, order)
    assert (refund.state, refund.amount_minor, room(alice)) == ("pending", PRICE, GIB)

    come_through(paystack, refund)

    order.refresh_from_db()
    assert (refund.state, order.state, order.next_check_at, room(alice)) == ("processed", "refunded", None, 0)
    assert order.stopped_at is not None
    assert Allowance.objects.get(source=f"order:{order.id}").revoked_at is not None
    fees = paystack.charge(order.reference).fees
    assert balance(order) == {"paystack": -fees, "fees": fees, "sales": -PRICE, "refunds": PRICE}
    note = Receipt.objects.get(source=f"refund:{refund.id}")
    assert (note.number, note.amount_minor, note.currency) == (2, -PRICE, "NGN")
    assert "NGN\xa02,000.00 have gone back to you" in Mail.objects.get(kind="refund_processed", to=alice.email).text


def test_a_part_goes_back_and_the_room_stays(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order, 50_000, takes_room=False))

    order.refresh_from_db()
    assert (order.state, order.stopped_at, room(alice)) == ("partly_refunded", None, GIB)


def test_a_part_may_take_the_room(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order, 50_000, takes_room=True))

    order.refresh_from_db()
    assert (order.state, room(alice)) == ("partly_refunded", 0)
    buy(paystack, alice)
    assert room(alice) == GIB  # and not that of the first one beside it


def test_of_a_pack_whose_room_was_taken_nobody_is_reminded_and_nobody_has_it(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order, 50_000, takes_room=True))
    let_pass(29)

    assert reminding.remind() == 0
    assert selling.affected(by=caller_for(staff), plan_id=order.plan_id).holders == 0


def test_a_part_and_then_the_rest_take_the_room_whatever_was_wished(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order, 50_000, takes_room=False))
    come_through(paystack, send_back(staff, order, takes_room=False))

    order.refresh_from_db()
    assert (order.state, room(alice)) == ("refunded", 0)
    assert [receipt.amount_minor for receipt in order.receipts.order_by("number")] == [PRICE, -50_000, -150_000]


def test_more_than_is_left_does_not_go_back(paystack, staff, order):
    come_through(paystack, send_back(staff, order, 50_000))
    with pytest.raises(BadInput, match="From 1 to 150000"):
        send_back(staff, order, 150_001)
    come_through(paystack, send_back(staff, order))
    with pytest.raises(Conflict, match="All of it has gone back"):
        send_back(staff, order)

    assert sum(refund.amount for refund in paystack.refunds) == PRICE


def test_one_refund_at_a_time_so_clicking_twice_sends_once(paystack, staff, order):
    send_back(staff, order, 50_000)
    with pytest.raises(Conflict, match="on its way"):
        send_back(staff, order, 50_000)

    assert [refund.amount for refund in paystack.refunds] == [50_000]


@pytest.mark.parametrize(
    ("said", "field"),
    [({"amount": 0}, "amount_minor"), ({"amount": -1}, "amount_minor"), ({"reason": " "}, "reason"),
     ({"reason": "a\nb"}, "reason"), ({"reason": 151 * "x"}, "reason")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(paystack, staff, order, said, field):
    with pytest.raises(BadInput) as refused:
        send_back(staff, order, **said)

    assert (refused.value.field, paystack.refunds, order.refunds.count()) == (field, [], 0)


def test_only_finance_sends_money_back(paystack, alice, order):
    with pytest.raises(AccessDenied):
        refunds.request(by=caller_for(alice), order_id=order.id, reason="I like money.")


def test_what_nobody_has_paid_for_does_not_go_back(paystack, alice, staff, order):
    with pytest.raises(NotFound):
        refunds.request(by=caller_for(staff), order_id=alice.id, reason="Sorry.")
    with pytest.raises(Conflict, match="Nothing was paid"):
        send_back(staff, an_order(alice))


def test_what_was_paid_at_another_account_of_paystack_does_not_go_back_from_this_one(paystack, settings, staff, order):
    settings.CLOUDBOX_PAYING = dataclasses.replace(settings.CLOUDBOX_PAYING, simulated=False)

    with pytest.raises(Conflict, match="other keys"):
        send_back(staff, order)

    refunds.follow(order.id)
    assert paystack.refunds == []


def test_a_failed_refund_takes_nothing_and_may_be_asked_for_again(paystack, alice, staff, order):
    refund = come_through(paystack, send_back(staff, order), "failed")

    order.refresh_from_db()
    assert (refund.state, order.state, room(alice)) == ("failed", "paid", GIB)
    assert Mail.objects.filter(kind="refund_stuck", to=staff.email).count() == 1
    come_through(paystack, send_back(staff, order))
    assert room(alice) == 0


def test_a_refund_that_needs_attention_tells_the_staff_once_and_may_still_come_through(paystack, alice, staff, order):
    refund = come_through(paystack, send_back(staff, order), "needs-attention")
    refunds.follow(order.id)
    assert (refund.state, room(alice)) == ("needs_attention", GIB)
    assert Mail.objects.filter(kind="refund_stuck", to=staff.email).count() == 1

    come_through(paystack, refund)

    assert (refund.state, room(alice)) == ("processed", 0)


def test_a_refund_of_the_dashboard_counts_too(paystack, alice, order):
    part = paystack.returns.refund({"transaction": order.reference, "amount": 50_000})[0]
    paystack.move_refund(part.id)
    refunds.hear({"transaction_reference": order.reference})
    order.refresh_from_db()
    assert (order.state, room(alice)) == ("partly_refunded", GIB)

    rest = paystack.returns.refund({"transaction": order.reference})[0]
    paystack.move_refund(rest.id)
    refunds.hear({"transaction_reference": order.reference})

    order.refresh_from_db()
    assert (order.state, room(alice), order.refunds.count()) == ("refunded", 0, 2)


def test_hearing_of_a_refund_again_and_again_books_it_once(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order))
    for _ in range(3):
        refunds.hear({"transaction_reference": order.reference})

    assert Receipt.objects.count() == 2
    assert balance(order)["refunds"] == PRICE


def test_a_refund_heard_of_before_the_payment_settles_that_first(paystack, alice, staff):
    ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN")
    paystack.pay(ordered.reference)
    part = paystack.returns.refund({"transaction": ordered.reference, "amount": 50_000})[0]
    paystack.move_refund(part.id)

    refunds.hear({"transaction_reference": ordered.reference})

    assert Order.objects.get(id=ordered.id).state == "partly_refunded"
    assert room(alice) == GIB


@pytest.mark.parametrize(
    "data",
    [{}, {"transaction_reference": "cb-nobody"}, {"transaction_reference": ["x"]}, {"id": "5"}, {"id": 10**40},
     {"transaction": {"reference": "other"}}, {"transaction": 5, "id": None}, {"transaction_reference": "\0"}],
)  # fmt: skip
def test_a_hint_about_nothing_of_ours_is_none(paystack, order, data):
    assert refunds.hear(data) is None


def test_refunding_an_upgrade_brings_back_what_it_had_taken_over(paystack, alice, staff, order):
    larger = buy(paystack, alice, "standard")
    assert (room(alice), round(days_left(larger))) == (5 * GIB, 42)

    come_through(paystack, send_back(staff, larger))

    assert (room(alice), round(days_left(order))) == (GIB, 30)


def test_refunding_what_was_taken_over_leaves_the_larger_pack_its_own_time(paystack, alice, staff, order):
    larger = buy(paystack, alice, "standard")

    come_through(paystack, send_back(staff, order))

    assert (room(alice), round(days_left(larger))) == (5 * GIB, 30)


def test_refunding_what_runs_lets_what_waits_begin(paystack, alice, staff, order):
    second = buy(paystack, alice)
    assert round(days_left(second)) == 60

    come_through(paystack, send_back(staff, order))

    assert (room(alice), round(days_left(second))) == (GIB, 30)


def test_a_refund_in_the_days_of_grace_ends_them(paystack, alice, staff, order):
    let_pass(33)
    assert room(alice) == GIB

    come_through(paystack, send_back(staff, order))

    assert room(alice) == 0


def test_what_the_payer_bore_in_fees_goes_back_with_all_of_it(paystack, alice, staff):
    paystack.misbehave(bearer="customer")
    order = buy(paystack, alice)
    taken = paystack.charge(order.reference).amount
    assert taken > PRICE

    refund = come_through(paystack, send_back(staff, order))

    assert (refund.amount_minor, room(alice)) == (taken, 0)
