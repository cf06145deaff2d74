"""Receipts have the numbers 1, 2, 3 … without a gap, whoever is paid at the same time and whatever goes wrong."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from payments import ledger, owners, printing, receipts
from payments.models import Order, Payment, Receipt
from payments.services import settling
from payments.words import Account
from tests.payments.gateway.ordering import ordered
from tests.payments.orders import an_order
from tests.payments.pdf import text_of_pdf
from tests.threads import at_once

PARALLEL = 50


def book(order: Order) -> Receipt:
    """Take the money of an order, with no Paystack, and write its receipt."""
    now = timezone.now()
    payment = Payment.objects.create(
        order=order,
        provider_id=order.id.int % 2**63,
        mode="simulated",
        currency="NGN",
        amount_minor=200_000,
        requested_minor=200_000,
        paid_at=now,
        created_at=now,
    )
    moved = ledger.book_charge(payment, is_sale=True)
    return receipts.issue(moved, order, amount_minor=200_000, currency="NGN")


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_though_many_are_paid_at_once_and_some_fail(alice):
    orders = [an_order(alice, idempotency_key=uuid4().hex) for _ in range(PARALLEL)]

    def settle(number: int) -> None:
        with transaction.atomic():
            owners.lock(orders[number].id)  # as if each were somebody else's
            book(orders[number])
            if number % 3 == 0:
                raise RuntimeError("The server loses its power.")

    at_once(PARALLEL, settle)

    issued = PARALLEL - len(range(0, PARALLEL, 3))
    assert sorted(Receipt.objects.values_list("number", flat=True)) == list(range(1, issued + 1))


@pytest.mark.django_db
def test_a_receipt_says_what_was_bought_from_whom_and_by_whom(alice, paystack, settings):
    settings.CLOUDBOX_SELLER = "A Shop | 1 High Street | Tax 12"
    order = ordered(alice, "standard")
    paystack.pay(order.reference)
    settling.settle(order.id, trigger="payer")
    order.refresh_from_db()

    receipt = Receipt.objects.get()

    assert (receipt.number, receipt.currency, receipt.amount_minor) == (1, "NGN", 500_000)
    assert receipt.said["seller"] == ["A Shop", "1 High Street", "Tax 12"]
    assert (receipt.said["buyer"], receipt.said["email"]) == ("Alice Example", "alice@example.com")
    assert (receipt.said["plan"], receipt.said["days"], receipt.said["reference"]) == ("Standard", 30, order.reference)
    assert order.starts_at
    assert order.ends_at
    assert receipt.said["starts_at"] == order.starts_at.isoformat()
    assert receipt.said["ends_at"] == order.ends_at.isoformat()


@pytest.mark.django_db
def test_a_credit_note_names_the_receipt_of_the_money_that_has_gone_back(alice):
    order = an_order(alice)
    receipt = book(order)
    now = timezone.now()

    moved = ledger.book_return("refund:1", order, account=Account.REFUNDS, currency="NGN", amount=200_000, at=now)
    note = receipts.info_of(receipts.issue(moved, order, amount_minor=-200_000, currency="NGN"))

    assert note.corrects == receipt.name
    assert receipt.name in text_of_pdf(printing.pdf(note))
