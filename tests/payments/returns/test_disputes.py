"""A dispute takes nothing before it is decided; what is lost goes back like a refund."""

from dataclasses import replace

import pytest

from activity.models import Mail
from cloudbox.errors import Conflict
from payments.facts import dispute_in
from payments.models import Dispute, Finding, Order, Receipt
from payments.services import disputes, refunds
from payments.words import DisputeState
from tests.payments.gateway.samples import DISPUTE
from tests.payments.returns.buying import balance, buy, come_through, room, send_back

pytestmark = pytest.mark.django_db
GIB = 2**30
PRICE = 200_000


@pytest.fixture
def order(paystack, alice) -> Order:
    return buy(paystack, alice)


def hear(paystack, order: Order) -> Order:
    disputes.hear({"id": paystack.disputes[-1].id})
    order.refresh_from_db()
    return order


@pytest.fixture
def disputed(paystack, staff, order) -> Order:
    paystack.dispute(order.reference)
    return hear(paystack, order)


def test_an_open_dispute_takes_nothing_and_tells_the_staff_until_when_to_answer(paystack, alice, staff, disputed):
    paystack.returns.remind(disputed.reference)
    hear(paystack, disputed)

    dispute = Dispute.objects.get()
    assert (disputed.state, dispute.state, dispute.amount_minor, room(alice)) == ("disputed", "open", PRICE, GIB)
    assert dispute.due_at is not None
    mail = Mail.objects.get(kind="dispute", to=staff.email)
    assert "Answer that at Paystack's dashboard\nuntil" in mail.text


def test_a_lost_dispute_takes_the_room_and_is_booked_as_one(paystack, alice, disputed):
    paystack.resolve(disputed.reference, lost=True)
    hear(paystack, disputed)
    hear(paystack, disputed)

    assert (disputed.state, Dispute.objects.get().state, room(alice)) == ("reversed", "lost", 0)
    fees = paystack.charge(disputed.reference).fees
    assert balance(disputed) == {"paystack": -fees, "fees": fees, "sales": -PRICE, "disputes": PRICE}
    assert Receipt.objects.get(source__startswith="dispute:").amount_minor == -PRICE
    assert Mail.objects.filter(kind="refund_processed", to=alice.email).count() == 1


def test_the_refund_that_a_lost_dispute_brings_is_not_booked_beside_it(paystack, alice, disputed):
    paystack.resolve(disputed.reference, lost=True)
    refunds.follow(disputed.id)
    hear(paystack, disputed)

    assert (disputed.state, room(alice), disputed.refunds.count()) == ("reversed", 0, 0)
    assert Receipt.objects.filter(amount_minor__lt=0).count() == 1


def test_a_dispute_that_is_won_leaves_everything_as_it_was(paystack, alice, disputed):
    paystack.resolve(disputed.reference, lost=False)
    hear(paystack, disputed)

    assert (disputed.state, Dispute.objects.get().state, room(alice)) == ("paid", "won", GIB)
    assert Receipt.objects.count() == 1


def test_an_order_of_which_a_part_went_back_is_that_again_after_a_dispute_is_won(paystack, alice, staff, order):
    come_through(paystack, send_back(staff, order, 50_000, takes_room=False))
    paystack.dispute(order.reference)
    hear(paystack, order)
    paystack.resolve(order.reference, lost=False)

    assert hear(paystack, order).state == "partly_refunded"


def test_a_dispute_about_a_part_that_is_lost_leaves_the_room(paystack, alice, order):
    paystack.dispute(order.reference, 50_000)
    paystack.resolve(order.reference, lost=True)

    assert hear(paystack, order).state == "partly_refunded"
    assert (room(alice), balance(order)["disputes"]) == (GIB, 50_000)


def test_what_is_disputed_is_not_refunded_beside_it(paystack, staff, disputed):
    with pytest.raises(Conflict, match="disputed"):
        send_back(staff, disputed)


def test_the_resolution_heard_of_first_is_enough(paystack, alice, order):
    paystack.dispute(order.reference)
    paystack.resolve(order.reference, lost=True)

    assert hear(paystack, order).state == "reversed"
    assert room(alice) == 0


def test_a_dispute_about_nothing_of_ours_is_none(paystack, order):
    assert [disputes.hear(data) for data in ({}, {"id": 5}, {"id": "x"}, {"id": True}, {"id": 10**30})] == [None] * 5


@pytest.mark.parametrize(
    ("status", "resolution", "meant"),
    [
        ("awaiting-merchant-feedback", None, DisputeState.OPEN),
        ("resolved", "declined", DisputeState.WON),
        ("resolved", "merchant-accepted", DisputeState.LOST),
        ("resolved", "auto-accepted", DisputeState.LOST),  # nobody has answered in time
        ("resolved", "something-new", DisputeState.OPEN),
        ("resolved", None, DisputeState.OPEN),
        ("archived", None, DisputeState.OPEN),
    ],
)
def test_the_documented_ends_of_a_dispute_are_known(status, resolution, meant):
    assert disputes.verdict(dispute_in(DISPUTE | {"status": status, "resolution": resolution})) == meant


def test_a_mismatch_that_is_disputed_is_not_refunded_beside_it(paystack, alice, staff):
    paystack.misbehave(amount=-100)
    order = buy(paystack, alice)
    paystack.dispute(order.reference)

    assert hear(paystack, order).state == "mismatch"
    with pytest.raises(Conflict, match="disputed"):
        send_back(staff, order)


def test_a_dispute_in_another_currency_is_told_and_booked_nowhere(paystack, alice, order):
    dispute = paystack.dispute(order.reference)
    paystack.resolve(order.reference, lost=True)
    paystack._book.keep(replace(paystack.disputes[-1], currency="USD"))

    assert hear(paystack, order).state == "paid"
    assert (room(alice), Dispute.objects.count()) == (GIB, 0)
    assert Finding.objects.get().facts["dispute"] == dispute.id
