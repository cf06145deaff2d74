"""What Paystack tells, and what comparing its books with ours finds, in the administration."""

import pytest
from django.urls import reverse

from activity.models import AuditEntry
from payments.models import Finding, Order, ProviderEvent, Reconciliation
from payments.services import checkout, reconciling
from tests.admin.payments.rows import event_of, gone_back, order_of, paid
from tests.admin.test_actions import do
from tests.admin.test_roles import browser_with
from tests.payments.returns.buying import room
from tests.people import caller_for

pytestmark = pytest.mark.django_db
GIB = 2**30


def fill_in(browser, name, *args, **fields):
    return browser.post(reverse(f"admin:payments_{name}", args=args), {"_form_submitted": "True", **fields})


def list_of(model):
    return reverse(f"admin:payments_{model}_changelist")


@pytest.fixture
def unsettled(paystack, alice):
    """An order that is paid at Paystack, of which we do not know."""
    ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN")
    paystack.pay(ordered.reference)
    order = Order.objects.get(id=ordered.id)
    facts = {"amount": 200_000, "said": "<script>alert(1)</script>"}
    return Finding.objects.create(
        key="unsettled:x", kind="unsettled", reference=order.reference, order=order, facts=facts
    )


def test_one_click_settles_what_was_paid(alice, unsettled):
    finance = browser_with("finance")
    shown = finance.get(list_of("finding")).text
    assert f'name="settle" value="{unsettled.id}"' in shown
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown

    answer = finance.post(list_of("finding"), {"settle": str(unsettled.id)}, follow=True)

    assert [answer.redirect_chain, room(alice)] == [[(list_of("finding"), 302)], GIB]
    assert Order.objects.get().state == "paid"
    assert AuditEntry.objects.filter(verb="difference_looked_at", actor_label="rosa").exists()


def test_a_finding_is_dismissed_with_a_reason_only(dora, staff, unsettled):
    assert "required" in fill_in(dora, "finding_dismiss", unsettled.id, reason="").text

    fill_in(dora, "finding_dismiss", unsettled.id, reason="A test of ours.")

    unsettled.refresh_from_db()
    assert (unsettled.resolution, unsettled.resolved_by) == ("A test of ours.", staff)
    assert "A test of ours." in dora.get(list_of("finding")).text
    again = fill_in(dora, "finding_dismiss", unsettled.id, reason="Once more.")
    assert "There is no such difference that is open." in again.text


def test_the_facts_of_a_difference_are_told_as_people_read_them(dora):
    sums = {"theirs": 200_000, "ours": 0}
    Finding.objects.create(key="total:NGN", kind="total", facts=sums)
    Finding.objects.create(key="amount:x", kind="amount", facts={"theirs": "150 USD", "ours": "paid"})

    shown = dora.get(list_of("finding")).text

    nbsp = "\N{NO-BREAK SPACE}"
    assert f"ours: NGN{nbsp}0.00, theirs: NGN{nbsp}2,000.00" in shown
    assert f"ours: paid, theirs: USD{nbsp}1.50" in shown


@pytest.mark.parametrize("which", ["", "x", "00000000-0000-7000-8000-000000000000"])
def test_what_is_no_finding_is_not_settled(which, dora, unsettled):
    dora.post(list_of("finding"), {"settle": which})

    assert Order.objects.get().state == "pending"


def test_the_staff_accept_a_payment_that_is_not_what_was_ordered(paystack, alice, dora):
    paystack.misbehave(amount=-100)
    ordered = checkout.begin(by=caller_for(alice), plan="basic", currency="NGN")
    paystack.pay(ordered.reference)
    fill_in(dora, "order_verify", ordered.id)
    assert (Order.objects.get().state, room(alice)) == ("mismatch", 0)

    answer = fill_in(dora, "order_accept", ordered.id, reason="One naira is nothing.")

    assert answer["HX-Redirect"] == reverse("admin:payments_order_change", args=[ordered.id])
    assert (Order.objects.get().state, room(alice)) == ("paid", GIB)


def test_the_books_are_compared_at_a_word(paystack, dora):
    assert "less than or equal to 366" in fill_in(dora, "reconciliation_compare", days="367").text

    fill_in(dora, "reconciliation_compare", days="7")

    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.facts) == ("books_compared", {"days": 7})


def test_a_comparison_shows_its_totals_by_currency(paystack, alice, dora, unsettled):
    reconciling.reconcile_days(3)

    shown = dora.get(list_of("reconciliation")).text

    assert Reconciliation.objects.get().error == ""
    assert "came NGN\N{NO-BREAK SPACE}2,000.00, NGN\N{NO-BREAK SPACE}2,000.00" in shown


def test_a_webhook_is_shown_as_text_and_processed_again_once_it_was_given_up(dora, alice):
    raw = b'{"event": "<script>alert(1)</script>", "odd": "\xff\x00"}'
    lost, done = event_of(order_of(alice), raw, state="failed", attempts=12), event_of(None, b"{}", state="done")

    shown = dora.get(reverse("admin:payments_providerevent_change", args=[lost.pk])).text
    said = do(dora, ProviderEvent, "process_again", lost, done)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "1 queued." in said
    assert [sentence for sentence in said if "no such event that was given up" in sentence]
    lost.refresh_from_db()
    assert (lost.state, lost.attempts) == ("new", 0)


def test_above_the_ledger_stands_what_each_account_holds_and_that_it_is_nothing_together(dora, alice):
    order = paid(alice)
    gone_back(order, 50_000)
    paid(alice, mode="live", currency="USD", amount_minor=150, fees=5)

    held = dora.get(list_of("ledgertransaction")).context["balances"]

    told = [
        (one.mode, one.currency, one.sum, {str(account): amount for account, amount in one.accounts}) for one in held
    ]
    assert told == [
        ("live", "USD", 0, {"paystack": 145, "fees": 5, "sales": -150}),
        ("simulated", "NGN", 0, {"paystack": 147_000, "fees": 3000, "sales": -200_000, "refunds": 50_000}),
    ]


def test_above_the_receipts_stands_whether_a_number_is_missing(dora, alice):
    order = paid(alice)
    assert "Numbers 1 to 1, none missing." in dora.get(list_of("receipt")).text

    order.receipts.create(number=4, source="x", currency="NGN", amount_minor=1, said={})

    assert "2 of the numbers up to 4 are missing." in dora.get(list_of("receipt")).text


def test_the_staff_take_anybodys_receipt_as_pdf(paystack, alice):
    paid(alice)
    address = reverse("admin:payments_receipt_pdf", args=[1])

    taken = browser_with("finance").get(address)

    assert (taken["Content-Type"], taken.content[:5]) == ("application/pdf", b"%PDF-")
    assert "attachment" in taken["Content-Disposition"]


def test_support_sees_neither_books_nor_receipts(alice):
    paid(alice)
    support = browser_with("support")

    addresses = [list_of(model) for model in ("ledgertransaction", "receipt", "finding")]
    addresses.append(reverse("admin:payments_receipt_pdf", args=[1]))

    assert {support.get(address).status_code for address in addresses} == {403}
    assert support.post(list_of("finding"), {"settle": "x"}).status_code == 403
