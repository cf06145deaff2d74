"""The staff looks at a difference again, dismisses it with a reason, or accepts a payment that is not as ordered."""

import pytest

from activity.models import AuditEntry
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound
from payments.models import Finding, Order, Receipt
from payments.services import checkout, findings, reconciling, settling
from tests.payments.returns.buying import balance, buy, come_through, room, send_back
from tests.people import caller_for

pytestmark = pytest.mark.django_db
GIB = 2**30
PRICE = 200_000


@pytest.fixture
def by(staff):
    return caller_for(staff)


def ordered(user) -> Order:
    return Order.objects.get(id=checkout.begin(by=caller_for(user), plan="basic", currency="NGN").id)


@pytest.fixture
def mismatch(paystack, alice) -> Order:
    """Half was paid of what was asked for."""
    paystack.misbehave(amount=-PRICE // 2)
    order = ordered(alice)
    paystack.pay(order.reference)
    settling.settle(order.id, trigger="payer")
    return Order.objects.get(id=order.id)


@pytest.fixture
def stranger(paystack) -> Finding:
    paystack.till.initialize({"email": "x@example.com", "amount": PRICE, "reference": "cb-of-nobody"})
    paystack.pay("cb-of-nobody")
    reconciling.reconcile_days(3)
    return Finding.objects.get()


def test_one_click_looks_again_and_settles_what_can_be_settled(paystack, alice, by):
    order = buy(paystack, alice)
    books = paystack.charge(order.reference)
    paystack.forget()
    reconciling.reconcile_days(3)
    finding = Finding.objects.get()
    assert findings.settle_finding(by=by, finding_id=finding.id) is False

    paystack.till._book.keep(books)
    assert findings.settle_finding(by=by, finding_id=finding.id) is True
    with pytest.raises(NotFound):
        findings.settle_finding(by=by, finding_id=finding.id)


def test_one_click_asks_again_about_a_charge_without_an_order(paystack, by, stranger):
    assert findings.settle_finding(by=by, finding_id=stranger.id) is False

    paystack.forget()

    assert findings.settle_finding(by=by, finding_id=stranger.id) is True


@pytest.mark.parametrize("kind", ["silence", "total"])
def test_one_click_looks_again_at_what_concerns_no_single_order(paystack, alice, by, kind):
    buy(paystack, alice)
    name = "webhooks" if kind == "silence" else "NGN"
    finding = Finding.objects.create(key=f"{kind}:{name}", kind=kind)

    assert findings.settle_finding(by=by, finding_id=finding.id) is True


def test_what_is_dismissed_stays_so_until_it_changes(paystack, by, stranger):
    with pytest.raises(BadInput):
        findings.dismiss(by=by, finding_id=stranger.id, reason=" ")
    findings.dismiss(by=by, finding_id=stranger.id, reason="It is of our old server.")
    reconciling.reconcile_days(3)
    stranger.refresh_from_db()
    assert (Finding.objects.count(), stranger.resolution) == (1, "It is of our old server.")
    assert AuditEntry.objects.filter(verb="difference_dismissed", actor_label="dora").exists()

    Finding.objects.update(facts={"amount": 1})
    reconciling.reconcile_days(3)

    assert Finding.objects.filter(resolved_at=None).count() == 1


def test_an_accepted_mismatch_gives_what_was_ordered_for_what_was_paid(paystack, alice, by, mismatch):
    assert (mismatch.state, room(alice), balance(mismatch)["unassigned"]) == ("mismatch", 0, -PRICE // 2)

    findings.accept_mismatch(by=by, order_id=mismatch.id, reason="A rebate.")

    mismatch.refresh_from_db()
    assert (mismatch.state, mismatch.failure, room(alice)) == ("paid", "", GIB)
    assert Receipt.objects.get().amount_minor == PRICE // 2
    assert balance(mismatch)["sales"] == -PRICE // 2
    assert not Finding.objects.filter(resolved_at=None).exists()
    with pytest.raises(Conflict):
        findings.accept_mismatch(by=by, order_id=mismatch.id, reason="Again.")


def test_an_accepted_mismatch_is_refunded_as_a_sale(paystack, alice, staff, by, mismatch):
    findings.accept_mismatch(by=by, order_id=mismatch.id, reason="A rebate.")

    come_through(paystack, send_back(staff, mismatch))

    mismatch.refresh_from_db()
    assert (mismatch.state, room(alice), balance(mismatch)["refunds"]) == ("refunded", 0, PRICE // 2)


def test_a_mismatch_goes_back_as_money_that_was_owed(paystack, alice, staff, mismatch):
    come_through(paystack, send_back(staff, mismatch))

    mismatch.refresh_from_db()
    fees = paystack.charge(mismatch.reference).fees
    assert (mismatch.state, balance(mismatch)) == ("refunded", {"paystack": -fees, "fees": fees})


def test_a_mismatch_in_another_currency_is_not_accepted_and_goes_back_in_that(paystack, alice, staff, by):
    paystack.misbehave(currency="USD")
    order = ordered(alice)
    paystack.pay(order.reference)
    settling.settle(order.id, trigger="payer")

    with pytest.raises(Conflict, match="another currency"):
        findings.accept_mismatch(by=by, order_id=order.id, reason="Why not.")
    come_through(paystack, send_back(staff, order))

    assert Receipt.objects.get().currency == "USD"


def test_a_mismatch_whose_money_goes_back_is_not_accepted(paystack, staff, by, mismatch):
    send_back(staff, mismatch)

    with pytest.raises(Conflict, match="on its way"):
        findings.accept_mismatch(by=by, order_id=mismatch.id, reason="Too late.")


@pytest.mark.parametrize("act", ["settle", "dismiss", "accept", "compare"])
def test_only_finance_decides_about_differences(paystack, alice, stranger, act):
    by = caller_for(alice)
    acts = {
        "settle": lambda: findings.settle_finding(by=by, finding_id=stranger.id),
        "dismiss": lambda: findings.dismiss(by=by, finding_id=stranger.id, reason="x"),
        "accept": lambda: findings.accept_mismatch(by=by, order_id=stranger.id, reason="x"),
        "compare": lambda: reconciling.compare_soon(by=by, days=3),
    }

    with pytest.raises(AccessDenied):
        acts[act]()
