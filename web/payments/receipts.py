"""/account/receipts/<number>: a receipt to read, to print and to keep."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.callers import Caller
from cloudbox.http import disposition
from payments.billing import for_sale
from payments.services import receipts
from web.pages import for_people, show, shown
from web.payments.plan import around


@for_sale
@shown
@for_people
def receipt(request: HttpRequest, by: Caller, number: str) -> HttpResponseBase:
    """One receipt, which prints without what stands around it."""
    found = receipts.receipt(by=by, number=int(number))
    return show(request, "payments/receipt.html", {**around(), "receipt": found})


@for_sale
@shown
@for_people
def receipt_pdf(_: HttpRequest, by: Caller, number: str) -> HttpResponseBase:
    """The same as a PDF to keep."""
    name, content = receipts.pdf_of(by=by, number=int(number))
    headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
