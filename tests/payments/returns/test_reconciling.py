"""Every night both books are compared, both ways: what no webhook told of is found, settled, and told."""

import dataclasses
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from activity.models import Mail
from cloudbox.errors import BadInput
from payments import asking
from payments.models import Dispute, Finding, Order, Payment, ProviderEvent, Reconciliation, Refund
from payments.services import checkout, reconciling, settling
from payments.simulator.faults import Trouble
from tests.payments.orders import an_order
from tests.payments.returns.buying import buy, come_through, room, send_back
from tests.people import caller_for

pytestmark = pytest.mark.django_db
GIB = 2**30
PRICE = 200_000


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)


def unsettled(paystack, user, plan="basic") -> Order:
    """Return an order that is paid, and of which nobody has told us."""
    ordered = checkout.begin(by=caller_for(user), plan=plan, currency="NGN")
    paystack.pay(ordered.reference)
    return Order.objects.get(id=ordered.id)


def found() -> dict[str, str]:
    """Return the open differences: whose, of which kind."""
    return dict(Finding.objects.filter(resolved_at=None).values_list("reference", "kind"))


def sums(books) -> tuple[int, ...]:
    """Return what Paystack and we have taken, and what both have given back."""
    return tuple(books.totals["NGN"][name] for name in ("theirs", "ours", "theirs_back", "ours_back"))


def test_books_that_agree_have_no_differences(paystack, alice, staff):
    order = buy(paystack, alice)
    come_through(paystack, send_back(staff, order, 50_000, takes_room=False))

    books = reconciling.reconcile_days(3)

    assert (books.charges, books.refunds, books.differing, books.error) == (1, 1, 0, "")
    assert sums(books) == (PRICE, PRICE, 50_000, 50_000)
    assert Reconciliation.objects.get().finished_at is not None


def test_what_was_paid_unheard_of_is_settled_and_told(paystack, alice, staff):
    order = unsettled(paystack, alice)

    books = reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, room(alice), sums(books)) == ("paid", GIB, (PRICE, PRICE, 0, 0))
    finding = Finding.objects.get(kind="unsettled")
    assert (finding.order, finding.resolution) == (order, "Settled when the books were compared.")


def test_money_that_went_back_unheard_of_is_booked(paystack, alice):
    order = buy(paystack, alice)
    refund = paystack.returns.refund({"transaction": order.reference})[0]
    paystack.move_refund(refund.id)

    books = reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, room(alice), books.differing) == ("refunded", 0, 0)
    assert books.totals["NGN"]["ours_back"] == PRICE


def test_a_dispute_lost_unheard_of_is_booked_as_one(paystack, alice):
    order = buy(paystack, alice)
    paystack.dispute(order.reference)
    paystack.resolve(order.reference, lost=True)

    books = reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, room(alice), books.differing) == ("reversed", 0, 0)
    assert (books.totals["NGN"]["ours_back"], order.refunds.count()) == (PRICE, 0)


def test_a_charge_of_an_order_that_there_is_not_is_told_and_one_of_another_system_is_not(paystack, alice, staff):
    for reference in ("cb-of-nobody", "shop-17"):
        paystack.till.initialize({"email": "x@example.com", "amount": PRICE, "reference": reference})
        paystack.pay(reference)

    books = reconciling.reconcile_days(3)

    assert (books.charges, found(), books.totals) == (2, {"cb-of-nobody": "unknown_charge"}, {})
    assert Mail.objects.get(kind="books_differ", to=staff.email).subject == "Paystack's books and ours differ"


def test_what_is_found_again_is_the_same_difference_and_mailed_once(paystack, alice, staff):
    paystack.till.initialize({"email": "x@example.com", "amount": PRICE, "reference": "cb-of-nobody"})
    paystack.pay("cb-of-nobody")

    for _ in range(3):
        reconciling.reconcile_days(3)

    assert Finding.objects.count() == 1
    assert Mail.objects.filter(kind="books_differ").count() == 1


def test_a_payment_that_paystack_does_not_have_is_told_until_it_does(paystack, alice):
    order = buy(paystack, alice)
    books = paystack.charge(order.reference)
    paystack.forget()

    reconciling.reconcile_days(3)
    assert found() == {order.reference: "unconfirmed"}

    paystack.till._book.keep(books)
    reconciling.reconcile_days(3)
    assert found() == {}


@pytest.mark.parametrize(("fault", "kind"), [({"amount": -1}, "mismatch"), ({"currency": "USD"}, "mismatch")])
def test_a_payment_that_is_not_what_was_ordered_is_told_until_somebody_decides(paystack, alice, staff, fault, kind):
    paystack.misbehave(**fault)
    order = unsettled(paystack, alice)

    reconciling.reconcile_days(3)
    assert (found(), room(alice)) == ({order.reference: kind}, 0)

    come_through(paystack, send_back(staff, order))
    order.refresh_from_db()
    assert (found(), order.state) == ({}, "refunded")


def test_an_amount_that_changed_is_told(paystack, alice):
    order = buy(paystack, alice)
    charge = paystack.charge(order.reference)
    paystack.till._book.keep(dataclasses.replace(charge, amount=charge.amount - 1))

    reconciling.reconcile_days(3)

    assert found() == {order.reference: "amount"}


def test_a_refund_that_paystack_has_forgotten_is_told(paystack, alice, staff):
    order = buy(paystack, alice)
    come_through(paystack, send_back(staff, order, 50_000))
    Refund.objects.update(provider_id=5)

    reconciling.reconcile_days(3)

    assert set(Finding.objects.values_list("key", flat=True)) >= {"refund_state:refund 5"}


def test_a_payment_long_after_its_order_is_found_by_the_weekly_comparison(paystack, alice):
    order = unsettled(paystack, alice)
    Order.objects.update(state="expired", next_check_at=None)
    charge = paystack.charge(order.reference)
    paystack.till._book.keep(dataclasses.replace(charge, created=charge.created - 30 * 86400))

    reconciling.reconcile_days(3)
    assert room(alice) == 0
    reconciling.reconcile_days(35)
    assert room(alice) == GIB


def test_paystack_being_down_is_told_and_changes_nothing(paystack, alice):
    unsettled(paystack, alice)
    paystack.misbehave(troubles=[Trouble(call="charges", status=503)])

    books = reconciling.reconcile_days(3)

    assert (books.error, Finding.objects.count()) == ("Paystack answers 503.", 0)
    assert Reconciliation.objects.get().error == books.error


def test_pages_of_charges_cost_no_query_each(paystack, alice, django_assert_max_num_queries):
    for number in range(230):
        reference = f"cb-{number:032}"
        paystack.till.initialize({"email": alice.email, "amount": PRICE, "reference": reference})
        charge = paystack.pay(reference)
        order = an_order(alice, reference=reference, state="paid", paid_at=timezone.now())
        Payment.objects.create(
            order=order,
            provider_id=charge.id,
            mode="simulated",
            currency="NGN",
            amount_minor=charge.amount,
            requested_minor=charge.amount,
            paid_at=timezone.now(),
        )

    with django_assert_max_num_queries(20):
        books = reconciling.reconcile_days(3)

    assert (books.charges, books.differing) == (230, 0)
    assert sums(books) == (230 * PRICE, 230 * PRICE, 0, 0)


def test_silent_webhooks_raise_an_alarm_until_one_comes(paystack, alice, monkeypatch):
    buy(paystack, alice)
    reconciling.reconcile_days(3)
    assert found() == {}
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)

    reconciling.reconcile_days(3)
    assert found() == {"": "silence"}

    ProviderEvent.objects.create(dedupe="x", event="charge.success", raw=b"{}", received_at=later)
    reconciling.reconcile_days(3)
    assert found() == {}


def test_the_staff_compares_any_number_of_days(paystack, staff):
    with pytest.raises(BadInput):
        reconciling.compare_soon(by=caller_for(staff), days=0)
    reconciling.compare_soon(by=caller_for(staff), days=366)


def test_the_command_tells_what_differs_and_fails_then(paystack, alice):
    buy(paystack, alice)
    out = StringIO()
    call_command("payments_reconcile", stdout=out)
    assert "1 charges and 0 refunds. Differences: 0." in out.getvalue()

    paystack.forget()
    with pytest.raises(SystemExit):
        call_command("payments_reconcile", "--days", "5", stdout=out)


@pytest.mark.parametrize("lost", [True, False])
def test_a_dispute_that_nobody_has_told_of_is_followed_from_its_beginning_to_its_end(paystack, alice, lost):
    order = buy(paystack, alice)
    paystack.dispute(order.reference)
    reconciling.reconcile_days(3)
    order.refresh_from_db()
    assert order.state == "disputed"

    paystack.resolve(order.reference, lost=lost)
    Dispute.objects.update(opened_at=timezone.now() - timedelta(days=20))
    reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, room(alice)) == (("reversed", 0) if lost else ("paid", GIB))


def test_a_difference_of_long_ago_is_looked_at_again(paystack, alice):
    order = buy(paystack, alice)
    Finding.objects.create(kind="unconfirmed", key=f"unconfirmed:{order.reference}", order=order)
    Order.objects.update(created_at=timezone.now() - timedelta(days=20))
    charge = paystack.charge(order.reference)
    paystack.till._book.keep(dataclasses.replace(charge, created=charge.created - 20 * 86400))

    reconciling.reconcile_days(3)

    assert found() == {}


def test_what_came_and_went_before_we_heard_of_it_is_no_difference(paystack, alice):
    order = unsettled(paystack, alice)
    paystack.move_refund(paystack.returns.refund({"transaction": order.reference})[0].id)

    books = reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, books.differing, room(alice)) == ("refunded", 0, 0)


def test_what_another_system_has_at_the_account_may_be_anything(paystack, alice):
    paystack.till.initialize({"email": "x@example.com", "amount": PRICE, "reference": "shop-17"})
    strange = paystack.pay("shop-17")
    paystack.till._book.keep(dataclasses.replace(strange, currency="?"))
    order = unsettled(paystack, alice)

    books = reconciling.reconcile_days(3)

    order.refresh_from_db()
    assert (order.state, books.error) == ("paid", "")


def test_an_order_that_is_broken_does_not_hold_up_the_comparison(paystack, alice, monkeypatch):
    orders = [unsettled(paystack, alice, plan) for plan in ("basic", "standard")]
    right = settling.settle

    def settle(order_id, *, trigger):
        if order_id == orders[1].id:
            raise RuntimeError
        return right(order_id, trigger=trigger)

    monkeypatch.setattr(settling, "settle", settle)

    assert reconciling.reconcile_days(3).error == ""

    assert [Order.objects.get(id=order.id).state for order in orders] == ["paid", "pending"]
