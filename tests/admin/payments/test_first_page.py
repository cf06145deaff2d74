"""What the first page of the administration says about money."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from payments.models import Dispute, Finding, Reconciliation, Refund
from payments.services import proving
from tests.admin.payments.rows import event_of, gone_back, order_of, paid
from tests.admin.test_roles import browser_with

pytestmark = pytest.mark.django_db
INDEX = reverse("admin:index")


def told(browser, *, well):
    return [one.sentence for one in browser.get(INDEX).context["overview"].findings if one.well is well]


def test_what_waits_for_somebody_is_told_with_what_to_do(dora, alice):
    order, now = paid(alice), timezone.now()
    order_of(alice, state="mismatch")
    Finding.objects.create(key="one", kind="unsettled", order=order)
    Finding.objects.create(key="two", kind="unsettled", order=order, resolved_at=now)
    Refund.objects.create(order=order, state="needs_attention", amount_minor=1)
    Dispute.objects.create(order=order, provider_id=1, amount_minor=1, due_at=now)
    event_of(order, b"{}", state="failed")

    said = told(dora, well=False)

    assert "1 payment is not what was ordered." in said
    assert "1 difference between Paystack's books and ours." in said
    assert "1 refund needs attention." in said
    assert f"1 dispute waits for an answer, the first until {now:%Y-%m-%d}." in said
    assert "1 webhook could not be acted on." in said
    assert all(one.todo for one in dora.get(INDEX).context["overview"].needs)


@pytest.mark.parametrize(("paid_ago", "heard_ago", "is_well"), [(0.5, 5, True), (2, 5, False), (2, 2.5, True)])
def test_a_payment_whose_webhook_does_not_come_within_an_hour_is_told(dora, alice, paid_ago, heard_ago, is_well):
    order = paid(alice, at=timezone.now() - timedelta(hours=paid_ago))
    event_of(order, b"{}", received_at=timezone.now() - timedelta(hours=heard_ago))

    said = [sentence for sentence in told(dora, well=is_well) if sentence.startswith("The last one came ")]

    assert [sentence.endswith(", though payments have.") for sentence in said] == [not is_well]


def test_books_that_were_not_compared_for_days_are_told(dora):
    now = timezone.now()
    Reconciliation.objects.create(since=now, until=now, finished_at=now)
    assert "They agreed with ours when they were last compared, less than a minute ago." in told(dora, well=True)

    Reconciliation.objects.update(finished_at=now - timedelta(days=3))

    assert "They agreed with ours when they were last compared, 3\N{NO-BREAK SPACE}days ago." in told(dora, well=False)


def test_the_revenue_of_the_month_is_for_finance_and_says_what_money_it_is(alice):
    gone_back(paid(alice), 50_000)
    paid(alice, mode="live")

    shown = browser_with("finance").get(INDEX).text

    assert "NGN\N{NO-BREAK SPACE}1,500.00" in shown
    assert "Simulated money, which is none" in shown


@pytest.mark.parametrize("role", ["support", "operator"])
def test_others_of_the_staff_see_no_revenue(role, alice):
    paid(alice)

    assert "Revenue" not in browser_with(role).get(INDEX).text


def test_where_nothing_is_sold_nothing_is_said_of_money(dora, settings):
    settings.CLOUDBOX_BILLING = False

    shown = dora.get(INDEX)

    assert "None has come yet." not in told(dora, well=True)
    assert "Revenue this month" not in shown.text


def test_whether_money_and_room_agree_is_told_as_it_was_last_found(dora, alice):
    proving.prove()
    assert "They agreed less than a minute ago." in told(dora, well=True)

    paid(alice)
    proving.prove()

    assert "They did not agree less than a minute ago: money without its room." in told(dora, well=False)
