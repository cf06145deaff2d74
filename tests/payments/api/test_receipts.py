"""/payments/receipts: one's own, and nobody else's."""

import pytest
from django.test import Client

from tests.payments.orders import an_order, paid
from tests.people import client_for, key_of

RECEIPTS = "/api/v1/payments/receipts"


@pytest.fixture
def receipt(alice):
    return paid(an_order(alice, reference="cb-1"), channel="card")


def test_a_receipt_says_who_has_paid_what_to_whom(settings, alice, mine, receipt):
    said = mine.get(f"{RECEIPTS}/{receipt.number}/").json()

    assert said == {
        "number": receipt.number,
        "name": receipt.name,
        "corrects": "",
        "order": str(receipt.order_id),
        "issued_at": said["issued_at"],
        "currency": "NGN",
        "amount_minor": 200_000,
        "is_refund": False,
        "mode": "simulated",
        "seller": settings.CLOUDBOX_SELLER.split("|"),
        "buyer": "Alice Example",
        "email": alice.email,
        "plan_name": "Basic",
        "bytes": 2**30,
        "days": 30,
        "reference": "cb-1",
        "channel": "card",
        "paid_at": None,
        "starts_at": None,
        "ends_at": None,
    }


def test_receipts_are_listed_newest_first_page_by_page(alice, bob, mine, receipt):
    credit_note = paid(receipt.order, -200_000)
    paid(an_order(bob))

    first = mine.get(f"{RECEIPTS}?limit=1").json()
    second = mine.get(f"{RECEIPTS}?limit=1&cursor={first['next']}").json()

    assert [(it["number"], it["is_refund"]) for it in first["items"]] == [(credit_note.number, True)]
    assert [(it["number"], it["is_refund"]) for it in second["items"]] == [(receipt.number, False)]
    assert second["next"] is None


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_receipt_is_read_as_a_page_and_kept_as_a_pdf(mine, receipt, slash):
    page = mine.get(f"{RECEIPTS}/{receipt.number}.html{slash}")
    pdf = mine.get(f"{RECEIPTS}/{receipt.number}.pdf{slash}")

    assert (page["Content-Type"], pdf["Content-Type"]) == ("text/html; charset=utf-8", "application/pdf")
    assert "NGN\N{NO-BREAK SPACE}2,000.00" in page.content.decode()
    assert pdf.content.startswith(b"%PDF-")
    assert pdf["Content-Disposition"] == f'attachment; filename="{receipt.name}.pdf"'
    assert {answer["Cache-Control"] for answer in (page, pdf)} == {"private, no-store"}
    assert {answer["X-Content-Type-Options"] for answer in (page, pdf)} == {"nosniff"}


@pytest.mark.parametrize("form", ["", ".html", ".pdf"])
def test_a_receipt_of_somebody_else_is_told_from_a_missing_one_by_nothing(bob, receipt, form):
    theirs, missing = (client_for(bob).get(f"{RECEIPTS}/{n}{form}") for n in (receipt.number, 10**18 - 1))

    told = [
        {name: said for name, said in answer.json().items() if name != "request_id"} for answer in (theirs, missing)
    ]
    assert (theirs.status_code, missing.status_code, told[0]) == (404, 404, told[1])
    assert Client().get(f"{RECEIPTS}/{receipt.number}{form}").status_code == 401


@pytest.mark.parametrize("path", ["", "/1", "/1.html", "/1.pdf"])
def test_keys_that_read_everything_read_receipts_and_nothing_beside_is_asked(settings, alice, mine, receipt, path):
    path = path.replace("1", str(receipt.number))
    keys = [key_of(alice, "read"), key_of(alice, "write")]
    programs = [Client(headers={"Authorization": f"Bearer {key.token}"}) for key in keys]

    assert [program.get(RECEIPTS + path).status_code for program in programs] == [200, 403]
    assert mine.get(f"{RECEIPTS}{path}?user=bob").json()["field"] == "user"
    settings.CLOUDBOX_BILLING = False
    assert mine.get(RECEIPTS + path).status_code == 404
