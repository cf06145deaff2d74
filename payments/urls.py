"""Below /api/v1/payments/, with and without the slash at the end; what is sold is not there where nothing is."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.views import APIView

from payments.api import ancestor, checkout, orders, prices, receipts, standing, webhook
from payments.billing import for_sale

NUMBER = "(?P<number>[0-9]{1,18})"


def _sold(address: str, view: type[APIView]) -> URLPattern:
    return re_path(rf"^{address}/?$", for_sale(view.as_view()))


_order = [
    _sold("", orders.Order),
    _sold("/timeline", orders.Timeline),
    _sold("/check", orders.Check),
    _sold("/cancel", orders.Cancel),
]
_payments: list[URLPattern | URLResolver] = [
    re_path(r"^/webhook/?$", webhook.hear),  # also where nothing is sold any more
    re_path(r"^/verify/webhook/?$", webhook.hear),  # as seed 4 has it
    _sold("", ancestor.Transactions),
    _sold("/plans", prices.Plans),
    _sold(r"/plans/(?P<plan>[A-Za-z0-9_-]{1,40})/quote", prices.Quote),
    _sold("/checkout", checkout.Checkout),
    _sold("/orders", orders.Orders),
    path("/orders/<uuid:order_id>", include(_order)),
    _sold("/plan", standing.MyPlan),
    _sold("/receipts", receipts.Receipts),
    _sold(f"/receipts/{NUMBER}", receipts.Receipt),
    _sold(rf"/receipts/{NUMBER}\.html", receipts.ReceiptPage),
    _sold(rf"/receipts/{NUMBER}\.pdf", receipts.ReceiptPdf),
    _sold("/pay", ancestor.Pay),
    _sold("/verify/(?P<reference>[^/]+)", ancestor.Verify),
    _sold("/(?P<reference>[^/]+)", ancestor.Verify),
]

urlpatterns = [path("payments", include(_payments))]
