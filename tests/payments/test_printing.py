"""Receipts as PDF: what they say, in which language, and the same bytes each time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import translation

from payments.printing import pdf
from payments.receipts import ReceiptInfo
from tests.payments.pdf import text_of_pdf

PAID = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def receipt(**said: Any) -> ReceiptInfo:
    known: dict[str, Any] = {
        "number": 123,
        "name": "R-000123",
        "corrects": "",
        "order_id": UUID(int=1),
        "issued_at": PAID,
        "currency": "NGN",
        "amount_minor": 500_000,
        "mode": "live",
        "seller": ("Heron Storage Ltd", "1 Marina Road, Lagos", "TIN 12345678"),
        "buyer": "Maria Okoye",
        "email": "maria@example.com",
        "plan_name": "Standard",
        "bytes": 5 * 2**30,
        "days": 30,
        "reference": "cb-0123456789abcdef",
        "channel": "card",
        "paid_at": PAID,
        "starts_at": PAID,
        "ends_at": PAID + timedelta(days=30),
    }
    return ReceiptInfo(**(known | said))


def test_a_receipt_says_who_sold_what_to_whom_for_how_much():
    said = text_of_pdf(pdf(receipt()))

    for part in (
        *("Receipt", "R-000123", "Heron Storage Ltd", "1 Marina Road, Lagos", "TIN 12345678"),
        *("Maria Okoye", "maria@example.com", "Standard", "5 GiB of room for 30 days", "NGN", "5,000.00"),
        *("2026-11-21 18:30:00 UTC", "2026-12-21 18:30:00 UTC", "cb-0123456789abcdef", "Card"),
    ):
        assert part in said
    assert "Trial" not in said


def test_a_credit_note_says_that_it_is_one():
    said = text_of_pdf(pdf(receipt(amount_minor=-200_000, corrects="R-000007")))

    assert "Credit note" in said
    assert "R-000007" in said
    assert "Paid back" in said
    assert "-2,000.00" in said


def test_what_was_a_trial_is_marked_as_one():
    assert "Trial: no money has moved." in text_of_pdf(pdf(receipt(mode="simulated")))


def test_a_receipt_is_the_same_bytes_each_time_and_says_what_it_is():
    assert pdf(receipt()) == pdf(receipt())
    assert re.search(rb"/Lang \(en\)", pdf(receipt()))
    assert re.search(rb"/Title \(Receipt R-000123\)", pdf(receipt()))


def test_a_receipt_is_in_the_readers_language():
    with translation.override("de"):
        printed = pdf(receipt())

    assert "Quittung" in text_of_pdf(printed)
    assert "5.000,00" in text_of_pdf(printed)
    assert re.search(rb"/Lang \(de\)", printed)


def test_letters_of_any_script_are_printed_or_replaced_and_told():
    for name in ("Ωμέγα Жанна", "王小明 かな 한국"):
        assert "cannot print" not in text_of_pdf(pdf(receipt(buyer=name)))
    for name in ("مريم", "<b>&amp;</b> \N{PILE OF POO}"):
        assert "cannot print" in text_of_pdf(pdf(receipt(buyer=name)))


def test_long_names_stay_on_the_page():
    printed = pdf(receipt(buyer="W" * 300, seller=tuple(f"Line {number} " + "w" * 200 for number in range(8))))

    assert text_of_pdf(printed).count("Line") == 8
