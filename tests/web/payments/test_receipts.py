"""The receipt of a payment: on its page, as a file, and with the mail that tells of it."""

import re

import pytest

from activity import outbox
from activity.models import Mail
from payments.models import Order
from tests.payments.pdf import text_of_pdf
from tests.web.browsing import text_of

pytestmark = pytest.mark.django_db


def test_the_receipt_is_a_page_and_a_file_in_the_readers_language(alices, buying):
    buying("standard")

    page = alices.get("/account/receipts/1", headers={"accept-language": "de"})
    file = alices.get("/account/receipts/1.pdf", headers={"accept-language": "de"})

    assert "Quittung R-000001" in text_of(page)
    assert "Quittung" in text_of_pdf(file.content)
    assert file["Content-Disposition"] == 'attachment; filename="R-000001.pdf"'
    assert (file["Content-Type"], file["Cache-Control"]) == ("application/pdf", "no-store")
    assert file["X-Content-Type-Options"] == "nosniff"


def test_the_mail_that_tells_of_a_payment_has_the_receipt_with_it_in_its_own_language(
    alices, buying, mailoutbox, django_capture_on_commit_callbacks
):
    alices.cookies["language"] = "de"
    buying("standard")

    outbox.deliver(Mail.objects.get(kind="payment_receipt").pk)

    (message,) = [mail for mail in mailoutbox if "Receipt R-000001" in mail.subject]
    ((name, content, kind),) = message.attachments
    assert (name, kind) == ("R-000001.pdf", "application/pdf")
    assert "Maria" not in text_of_pdf(content)
    assert all(word in text_of_pdf(content) for word in ("Receipt", "5,000.00", Order.objects.get().reference))
    assert "NGN\xa05,000.00" in message.body


def test_a_number_that_nobody_has_is_nobodys(alices, buying):
    buying("standard")

    for number in ("2", "0", "9" * 18, "1e3"):
        assert alices.get(f"/account/receipts/{number}").status_code == 404
    assert not re.search(r"\bTraceback\b", alices.get("/account/receipts/2").text)
