"""Orders in the administration: their timeline, and what the staff does about them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from activity import outbox
from payments.models import Refund
from payments.services.timeline import timeline_of
from payments.steps import note
from tests.admin.payments.rows import event_of, one_of_each, order_of, paid
from tests.admin.test_roles import browser_with
from tests.people import caller_for

pytestmark = pytest.mark.django_db


def page_of(order):
    return reverse("admin:payments_order_change", args=[order.id])


def test_the_timeline_has_everything_that_happened_in_its_order(alice, staff):
    order = paid(alice)
    event_of(order, b"{}", times=3)
    outbox.mail(to="alice@example.com", kind="welcome", context={"username": "alice"}, dedupe="receipt:1")
    note(order.id, "mailed", mail="payment_receipt", key="receipt:1")
    refund = Refund.objects.create(order=order, amount_minor=50_000, reason="kindness", requested_by=staff)
    Refund.objects.filter(id=refund.id).update(state="processed", processed_at=timezone.now())

    told = timeline_of(by=caller_for(staff), order_id=order.id)

    assert [moment.what for moment in told] == [
        "Ordered", "Paid", "Booked", "Receipt", "Settled", "Webhook came", "Mailed", "Refund asked for", "Refund done",
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
