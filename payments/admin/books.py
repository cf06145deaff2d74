"""What came, where it was booked, and what was written about it. Nobody changes it, and the database sees to that."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import RangeDateTimeFilter, RangeNumericFilter
from unfold.decorators import action, display

from accounts.credentials import caller_of
from cloudbox.errors import NotFound
from cloudbox.http import disposition
from payments.admin.shown import OfMoney, money
from payments.models import LedgerEntry, LedgerTransaction, Payment, Receipt
from payments.services import books, receipts
from payments.words import Account

MODE = "order__mode"
OF_ORDER = ("order__user",)


@admin.register(Payment)
class PaymentAdmin(OfMoney[Payment]):
    nothing = "Nothing was paid yet."
    list_display = ("created_at", "order_link", "user_link", "amount", "fees", "channel", "provider_id", "mode_shown")
    list_filter = ("mode", "currency", "channel", ("created_at", RangeDateTimeFilter), ("paid_at", RangeDateTimeFilter))
    list_select_related = OF_ORDER
    id_fields = ("pk", "order", "order__user")
    search_fields = ("order__reference__exact", "order__user__username", "order__email__iexact", "provider_id__exact")
    search_help_text = "The whole of a reference, of an e-mail address or of Paystack's id, or a part of a username"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("order_link", "user_link", "mode_shown", "id")}),
        ("Money", {"fields": ("amount", "asked_for", "fees", "channel")}),
        ("At Paystack", {"fields": ("provider_id", "paid_at", "created_at")}),
    )

    @display(description="Paid")
    def amount(self, payment: Payment) -> str:
        return money(payment.amount_minor, payment.currency)

    @display(description="Asked for")
    def asked_for(self, payment: Payment) -> str:
        return money(payment.requested_minor, payment.currency)

    @display(description="Paystack's fees")
    def fees(self, payment: Payment) -> str:
        return money(payment.fees_minor, payment.currency)


@admin.register(LedgerTransaction)
class LedgerAdmin(OfMoney[LedgerTransaction]):
    """Every movement of money, twice. Above the list stands what each account holds."""

    nothing = "No money has moved yet."
    list_before_template = "admin/payments/balances.html"
    list_display = ("at", "what", "order_link", "debits", "credits_", "mode_shown")
    list_filter = (MODE, "currency", "entries__account", ("at", RangeDateTimeFilter))
    list_select_related = ("order",)
    id_fields = ("order",)
    search_fields = ("source__startswith", "order__reference__exact")
    search_help_text = "The beginning of a source such as charge: or refund:, or the whole of a reference"
    ordering = ("-id",)
    fieldsets = ((None, {"fields": ("at", "source", "order_link", "debits", "credits_", "mode_shown")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerTransaction]:
        entries = LedgerEntry.objects.order_by("id")
        return super().get_queryset(request).prefetch_related(Prefetch("entries", entries))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        held = books.balances(by=caller_of(request)) if self.has_view_permission(request) else []
        return super().changelist_view(request, {**(extra_context or {}), "balances": held})

    @display(description="What")
    def what(self, moved: LedgerTransaction) -> str:
        return moved.source.partition(":")[0].capitalize()

    @display(description="Debits")
    def debits(self, moved: LedgerTransaction) -> str:
        return _side(moved, +1)

    @display(description="Credits")
    def credits_(self, moved: LedgerTransaction) -> str:
        return _side(moved, -1)


def _side(moved: LedgerTransaction, sign: int) -> str:
    entries = [entry for entry in moved.entries.all() if entry.amount_minor * sign > 0]
    told = ((Account(entry.account).label, money(abs(entry.amount_minor), moved.currency)) for entry in entries)
    lines = format_html_join("", '<span class="block">{}: <span class="whitespace-nowrap">{}</span></span>', told)
    return format_html("<div>{}</div>", lines)


@admin.register(Receipt)
class ReceiptAdmin(OfMoney[Receipt]):
    nothing = "No receipt was written yet."
    list_before_template = "admin/payments/numbers.html"
    actions_detail: ClassVar = ["pdf"]
    list_display = ("number", "issued_at", "what", "order_link", "user_link", "amount", "mode_shown")
    list_filter = (MODE, "currency", ("issued_at", RangeDateTimeFilter), ("number", RangeNumericFilter))
    list_select_related = OF_ORDER
    id_fields = ("order", "order__user")
    search_fields = ("number__exact", "order__reference__exact", "order__user__username", "order__email__iexact")
    search_help_text = "A number, the whole of a reference or of an e-mail address, or a part of a username"
    ordering = ("-number",)
    fieldsets = (
        (None, {"fields": ("number", "issued_at", "what", "amount", "order_link", "user_link", "mode_shown")}),
        ("Said", {"fields": ("source", "said")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        known = books.numbers(by=caller_of(request)) if self.has_view_permission(request) else None
        return super().changelist_view(request, {**(extra_context or {}), "numbers": known})

    @action(description="PDF", url_path="pdf", icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        try:
            name, printed = receipts.pdf_for(by=caller_of(request), number=int(object_id))
        except (ValueError, NotFound) as missing:
            raise Http404 from missing
        headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": "no-store"}
        return HttpResponse(printed, content_type="application/pdf", headers=headers)

    @display(description="What")
    def what(self, receipt: Receipt) -> str:
        return "credit note" if receipt.amount_minor < 0 else "receipt"

    @display(description="Amount")
    def amount(self, receipt: Receipt) -> str:
        return money(receipt.amount_minor, receipt.currency)
