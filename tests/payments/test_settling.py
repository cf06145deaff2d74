"""Settling: what Paystack answers becomes room once, or nothing at all."""

import pytest
from django.db.models import Sum

from accounts import quotas, services
from accounts.models import Allowance
from activity.models import Mail
from cloudbox.errors import Conflict, NotFound
from payments import asking
from payments.models import LedgerEntry, Order, Payment, Receipt, Step
from payments.paystack import PaystackUnavailable
from payments.services import refunds, settling
from payments.simulator import Trouble
from tests.payments.gateway.ordering import ordered
from tests.people import caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db
GIB = 2**30


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)


@pytest.fixture
def order(alice, paystack):
    return ordered(alice)


def settle(order: Order, trigger: str = "payer") -> Order:
    settling.settle(order.id, trigger=trigger)
    order.refresh_from_db()
    return order


def room(user) -> int:
    return quotas.usage_of(user.id).limit - 5 * GIB


def sums() -> dict[str, int]:
    """Return what stands on each account of the ledger."""
    return dict(LedgerEntry.objects.values_list("account").annotate(Sum("amount_minor")))


def money_rows() -> tuple[int, ...]:
    return tuple(kind.objects.count() for kind in (Payment, Allowance, Receipt, LedgerEntry))


def test_a_payment_counts_once_however_often_it_is_settled(alice, paystack, order):
    paystack.pay(order.reference)

    for trigger in ("webhook", "payer", "reconciler", "staff"):
        settle(order, trigger)

    assert (order.state, room(alice)) == ("paid", GIB)
    assert sums() == {"paystack": 197_000, "fees": 3_000, "sales": -200_000}
    assert money_rows() == (1, 1, 1, 3)
    assert Mail.objects.get(kind="payment_receipt").to == "alice@example.com"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_settle_at_once_one_does(alice, paystack, order):
    paystack.pay(order.reference)

    states = at_once(12, lambda _: settling.settle(order.id, trigger="webhook"))

    assert set(states) == {"paid"}
    assert (room(alice), money_rows()) == (GIB, (1, 1, 1, 3))


@pytest.mark.parametrize(
    ("faults", "fault"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": 1}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"domain": "live"}, "mode"),
    ],
)
def test_money_that_is_not_what_was_ordered_gives_nothing_and_is_owed(alice, staff, paystack, order, faults, fault):
    paystack.misbehave(**faults)
    paystack.pay(order.reference)

    settle(settle(order))

    assert (order.state, order.failure, room(alice)) == ("mismatch", fault, 0)
    assert sums()["unassigned"] == -paystack.charge(order.reference).amount
    assert money_rows() == (1, 0, 0, 3)
    assert Mail.objects.get(kind="payment_mismatch").to == staff.email


def test_a_charge_of_another_mail_address_is_a_mismatch(alice, paystack, order):
    paystack.pay(order.reference)
    Order.objects.update(email="somebody@example.com")

    assert (settle(order).failure, room(alice)) == ("email", 0)


def test_a_charge_that_has_paid_another_order_pays_no_second_one(alice, bob, paystack, order):
    """As after the books of a simulator were lost, whose numbers begin anew."""
    taken = paystack.pay(ordered(bob).reference)
    paystack.pay(order.reference)
    other = Order.objects.exclude(id=order.id).get()
    Payment.objects.create(
        order=other, provider_id=paystack.charge(order.reference).id, mode="simulated", currency="NGN",
        amount_minor=1, requested_minor=1, paid_at=other.created_at,
    )  # fmt: skip

    assert (settle(order).failure, room(alice), Payment.objects.count()) == ("charge", 0, 1)
    assert taken.status == "success"


def test_fees_that_the_payer_bears_are_no_mismatch(alice, paystack, order):
    paystack.misbehave(bearer="customer")
    paystack.pay(order.reference)

    assert (settle(order).state, room(alice)) == ("paid", GIB)
    assert sums() == {"paystack": 200_000, "fees": 3_000, "sales": -200_000, "surcharges": -3_000}
    assert Receipt.objects.get().amount_minor == 200_000


@pytest.mark.parametrize("state", ["created", "failed", "cancelled", "expired"])
def test_money_that_comes_late_is_money(alice, paystack, order, state):
    Order.objects.update(state=state, failure="Declined")
    paystack.pay(order.reference)

    assert (settle(order).state, order.failure, room(alice)) == ("paid", "", GIB)


def test_money_that_is_gone_again_before_we_heard_of_it_is_booked_and_gives_nothing(alice, paystack, order):
    paystack.pay(order.reference)
    paystack.move_refund(paystack.returns.refund({"transaction": order.reference})[0].id)

    settle(order)

    assert (order.state, order.failure, room(alice), money_rows()) == ("mismatch", "state", 0, (1, 0, 0, 3))
    assert refunds.hear({"transaction_reference": order.reference}) == order
    order.refresh_from_db()
    assert (order.state, sums()["paystack"], sums()["unassigned"]) == ("refunded", -3_000, 0)


def test_without_money_there_is_no_room(alice, paystack, order):
    paystack.fail(order.reference)

    assert (settle(order).state, order.failure, room(alice)) == ("failed", "Declined", 0)
    assert money_rows() == (0, 0, 0, 0)


def test_an_order_that_paystack_does_not_know_waits_until_its_time_is_over(alice, paystack, order):
    paystack.forget()

    assert settle(order).state == "pending"
    Order.objects.update(expires_at=order.created_at)
    assert settle(order).state == "expired"
    assert order.next_check_at is not None, "it may be paid late"


@pytest.mark.parametrize("trouble", [{"status": 502}, {"cut": True}, {"status": 401}])
def test_while_paystack_does_not_answer_nothing_changes(alice, paystack, order, trouble):
    paystack.pay(order.reference)
    before = Order.objects.filter(id=order.id).values().get(), Step.objects.count()
    paystack.misbehave(troubles=[Trouble(call="verify", **trouble)])

    with pytest.raises(PaystackUnavailable):
        settle(order)

    assert (Order.objects.filter(id=order.id).values().get(), Step.objects.count()) == before
    assert money_rows() == (0, 0, 0, 0)
    paystack.misbehave(troubles=[])
    assert settle(order).state == "paid"


def test_what_is_no_order_is_not_found(db, staff):
    with pytest.raises(NotFound):
        settling.settle(staff.id, trigger="staff")


def test_an_upgrade_counts_instead_of_what_it_takes_over(alice, paystack, order):
    paystack.pay(order.reference)
    settle(order)
    larger = ordered(alice, "standard")
    paystack.pay(larger.reference)

    settle(larger)
    order.refresh_from_db()

    assert (room(alice), order.into) == (5 * GIB, larger)
    assert Allowance.objects.filter(revoked_at=None).get().source == f"order:{larger.id}"
    assert larger.starts_at
    assert larger.ends_at
    days = (larger.ends_at - larger.starts_at).total_seconds() / 86400
    assert 30 + 30 * 200 / 500 - 0.01 < days <= 30 + 30 * 200 / 500


def test_settling_asks_the_database_a_few_times_however_much_was_bought_before(
    alice, paystack, django_assert_max_num_queries
):
    for _ in range(5):
        former = ordered(alice)
        paystack.pay(former.reference)
        settle(former)
    order = ordered(alice)
    paystack.pay(order.reference)

    with django_assert_max_num_queries(43):
        settling.settle(order.id, trigger="webhook")
    with django_assert_max_num_queries(8):
        settling.settle(order.id, trigger="webhook")


def test_the_staff_does_not_take_by_hand_what_was_paid_for(alice, staff, paystack, order):
    paystack.pay(order.reference)
    settle(order)

    with pytest.raises(Conflict):
        services.revoke_allowance(by=caller_for(staff), allowance_id=Allowance.objects.get().id)

    assert room(alice) == GIB
