"""Receipts, as those see them to whom they were issued."""

from accounts.callers import Caller
from activity.attachments import Attachment
from cloudbox.duties import FINANCE
from cloudbox.errors import NotFound
from cloudbox.pages import Page, page_of, values_of
from payments import printing
from payments.models import Receipt
from payments.receipts import ReceiptInfo, info_of

ATTACHED = "receipt"  # what mails call it when it goes with them


def receipts_of(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[ReceiptInfo]:
    """Return the caller's receipts, the newest first. Raises BadInput for a bad cursor."""
    rows = Receipt.objects.filter(order__user_id=by.must_see_account()).order_by("-number")
    after = values_of(cursor, int)
    if after:
        rows = rows.filter(number__lt=after[0])
    return page_of(list(rows[: limit + 1]), limit, shown=info_of, after=lambda row: (row.number,))


def receipt(*, by: Caller, number: int) -> ReceiptInfo:
    """Return one of the caller's receipts. Raises NotFound, also for those of others: numbers can be counted."""
    row = Receipt.objects.filter(order__user_id=by.must_see_account(), number=number).first()
    if row is None:
        raise NotFound
    return info_of(row)


def pdf_of(*, by: Caller, number: int) -> tuple[str, bytes]:
    """Return one of the caller's receipts as a PDF in the language of now, and what the file is called.

    Raises NotFound.
    """
    return _printed(receipt(by=by, number=number))


def pdf_for(*, by: Caller, number: int) -> tuple[str, bytes]:
    """Return anybody's receipt as a PDF, for the staff. Raises NotFound."""
    by.must_be_staff(FINANCE)
    row = Receipt.objects.filter(number=number).first()
    if row is None:
        raise NotFound
    return _printed(info_of(row))


def attached(number: str) -> Attachment:
    """Return a receipt as it goes with the mail that tells of it."""
    name, content = _printed(info_of(Receipt.objects.get(number=int(number))))
    return Attachment(name=name, type="application/pdf", content=content)


def _printed(found: ReceiptInfo) -> tuple[str, bytes]:
    return f"{found.name}.pdf", printing.pdf(found)
