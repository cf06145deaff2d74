"""Orders in the administration: their timeline, and what the staff does about them."""

import pytest
from django.urls import reverse

from activity import outbox
from activity.models import AuditEntry
from payments.models import Order, Refund
from payments.services import checkout
from payments.services.timeline import timeline_of
from payments.simulator.faults import Trouble
from payments.steps import note
from tests.admin.payments.rows import event_of, one_of_each, order_of, paid
from tests.admin.test_roles import browser_with
from tests.payments.returns.buying import buy
from tests.people import caller_for

pytestmark = pytest.mark.django_db


def page_of(order):
    return reverse("admin:payments_order_change", args=[order.id])


def test_the_timeline_has_everything_that_happened_in_its_order(alice, staff):
    order = paid(alice)
    event_of(order, b"{}", times=3)
    outbox.mail(to="alice@example.com", kind="welcome", context={"username": "alice"}, dedupe="receipt:1")
    note(order.id, "mailed", mail="payment_receipt", key="receipt:1")
    Refund.objects.create(order=order, amount_minor=50_000, reason="kindness", requested_by=staff)
    note(order.id, "refunded", amount=50_000, currency="NGN", receipt=2)

    told = timeline_of(by=caller_for(staff), order_id=order.id)

    assert [moment.what for moment in told] == [
        "Ordered", "Paid", "Booked", "Receipt", "Settled", "Webhook came", "Mailed", "Refund asked for",
        "Money has gone back",
    ]  # fmt: skip
    said = {moment.what: moment.said for moment in told}
    assert "came: 3 times" in said["Webhook came"]
    assert said["Mailed"] == "mail: payment_receipt, state: pending"
    assert said["Booked"].endswith("Paystack's fees NGN\N{NO-BREAK SPACE}30.00, Sales NGN\N{NO-BREAK SPACE}-2,000.00")
    assert "amount: NGN\N{NO-BREAK SPACE}500.00, takes the room: yes, reason: kindness" in said["Refund asked for"]


def test_the_page_of_an_order_shows_its_timeline_as_text_and_in_few_queries(dora, alice, django_assert_max_num_queries):
    order = one_of_each(alice)

    with django_assert_max_num_queries(14):
        shown = dora.get(page_of(order)).text

    assert "&lt;b&gt;too much&lt;/b&gt;" in shown
    assert "<b>too much" not in shown
    assert "Webhook came" in shown


def test_support_sees_orders_but_no_way_to_the_books(alice):
    order = one_of_each(alice)
    shown = browser_with("support").get(page_of(order)).text

    assert "Booked" in shown
    assert "/admin/payments/ledgertransaction/" not in shown


@pytest.mark.parametrize("term", ["alice", "ALICE@EXAMPLE", "cb-"])
def test_orders_are_found_by_reference_address_username_and_ids(term, dora, alice, bob):
    order, other = order_of(alice), order_of(bob)
    lists = reverse("admin:payments_order_changelist")

    found = {row.id for row in dora.get(lists, {"q": term}).context["cl"].result_list}

    assert found == ({order.id, other.id} if term == "cb-" else {order.id})
    for exact in (order.reference, str(order.id), str(alice.id)):
        assert [row.id for row in dora.get(lists, {"q": exact}).context["cl"].result_list] == [order.id]


def do(browser, dialog, order, **fields):
    """Fill in a dialog of an order's page."""
    address = reverse(f"admin:payments_order_{dialog}", args=[order.id])
    return browser.post(address, {"_form_submitted": "True", **fields})


def test_the_staff_ask_paystack_and_what_was_paid_counts_at_once(paystack, alice):
    ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN")
    paystack.pay(ordered.reference)
    support = browser_with("support")

    answer = do(support, "verify", ordered)

    assert answer["HX-Redirect"] == page_of(ordered)
    assert "The order is now: Paid." in support.get(page_of(ordered)).text
    entry = AuditEntry.objects.filter(verb="order_checked").get()
    assert (entry.actor_label, entry.target_id) == ("rosa", str(ordered.id))


def test_a_paystack_that_does_not_answer_is_told_and_changes_nothing(paystack, alice, dora):
    ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN")
    paystack.misbehave(troubles=[Trouble(call="verify", status=502)])

    do(dora, "verify", ordered)

    assert "Nothing has changed: " in dora.get(page_of(ordered)).text
    assert Order.objects.get(id=ordered.id).state == "pending"


def test_the_staff_send_money_back_from_the_page_of_an_order(paystack, alice, dora):
    order = buy(paystack, alice)
    asked = dora.get(reverse("admin:payments_order_refund", args=[order.id])).text
    assert "Empty: all that is left, NGN\N{NO-BREAK SPACE}2,000.00." in asked

    too_much = do(dora, "refund", order, amount="2,000.01", reason="kindness")
    answer = do(dora, "refund", order, amount="500.00", reason="kindness")

    assert "errors" in too_much.text
    assert answer["HX-Redirect"] == page_of(order)
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.takes_room, refund.reason) == (50_000, False, "kindness")
    assert refund.requested_by is not None
    assert refund.requested_by.username == "dora"


def test_only_what_fits_its_state_is_offered_and_money_goes_back_by_finance_only(alice, dora):
    waiting, kept = order_of(alice), paid(alice)

    def offered(browser, order):
        shown = browser.get(page_of(order)).text
        return {name for name in ("check", "refund") if f"{order.id}/{name}/" in shown}

    assert [offered(dora, order) for order in (waiting, kept)] == [{"check"}, {"refund"}]
    support = browser_with("support")
    assert [offered(support, order) for order in (waiting, kept)] == [{"check"}, set()]
    assert do(support, "refund", kept, reason="kindness").status_code == 403
    assert not Refund.objects.exists()
