"""What Paystack tells us, and what comparing its books with ours finds."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from accounts.credentials import caller_of
from cloudbox.errors import Refusal
from cloudbox.staff import Shown, dialog_again, go_to
from payments.admin.shown import OfMoney, money, short, why_not
from payments.dialogs import COMPARE, DISMISS, SETTLE, DaysForm, ReasonForm
from payments.models import Finding, ProviderEvent, Reconciliation
from payments.services import findings, reconciling, webhooks
from payments.words import Difference

EVENT_LABELS = {"New": "info", "Done": "success", "Ignored": "", "Failed": "danger"}
SETTLE_BUTTON = '<button class="money-button" name="settle" value="{}">Look again</button>'
AMOUNTS = {"amount", "theirs", "ours", "theirs_back", "ours_back"}  # facts that are minor units
MINOR = re.compile(r"(-?\d+) ([A-Z]{3})")  # or are told so with their currency
LONGEST_SHOWN = 20_000  # characters of a webhook's body


@admin.register(Finding)
class FindingAdmin(OfMoney[Finding]):
    nothing = "Paystack's books and ours agree."
    list_display = ("found_at", "what", "called", "told", "seen_at", "became")
    list_filter = ("kind", ("resolved_at", admin.EmptyFieldListFilter), ("found_at", RangeDateTimeFilter))
    list_select_related = ("order",)
    id_fields = ("pk", "order")
    search_fields = ("reference__exact", "key__startswith")
    search_help_text = "The whole of a reference"
    ordering = (F("resolved_at").desc(nulls_first=True), "-found_at")
    actions_detail: ClassVar = ["settle", "dismiss"]
    fieldsets = (
        (None, {"fields": ("what", "reference", "order_link", "told", "found_at", "seen_at", "id")}),
        ("What became of it", {"fields": ("resolved_at", "resolved_by", "resolution")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Settle what a button of the list is for, and show the list."""
        wanted = request.POST.get("settle", "")
        if not wanted:
            return super().changelist_view(request, extra_context)
        if not self.may_do(request, "settle"):
            raise PermissionDenied
        self._settle(request, wanted)
        return redirect(request.get_full_path())

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer something for what is open."""
        finding = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if finding and finding.resolved_at is None else []

    @action(description="Look again", url_path="settle", icon="sync", dialog=SETTLE)
    def settle(self, request: HttpRequest, _form: BaseDialogForm, object_id: str) -> HttpResponse:
        self._settle(request, object_id)
        return go_to(reverse("admin:payments_finding_change", args=[object_id]))

    @action(description="Dismiss", url_path="dismiss", icon="done", dialog=DISMISS)
    def dismiss(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        by, reason = caller_of(request), form.cleaned_data["reason"]
        try:
            findings.dismiss(by=by, finding_id=UUID(object_id), reason=reason)
        except Refusal as refusal:
            return dialog_again(request, DISMISS, form, refusal)
        return go_to(reverse("admin:payments_finding_changelist"))

    def _settle(self, request: HttpRequest, finding_id: str) -> None:
        """Look at a difference again, and tell what came of it."""
        try:
            is_gone = findings.settle_finding(by=caller_of(request), finding_id=UUID(finding_id))
        except ValueError:
            messages.error(request, "There is no such difference.")
        except Refusal as refusal:
            messages.error(request, why_not(refusal))
        else:
            level = messages.SUCCESS if is_gone else messages.WARNING
            messages.add_message(request, level, "It is settled." if is_gone else "It is as it was.")

    @display(description="What became of it")
    def became(self, finding: Finding) -> str:
        if finding.resolved_at is None:
            return format_html(SETTLE_BUTTON, finding.id)
        return f"{date_format(finding.resolved_at)}: {finding.resolution}"

    @display(description="What")
    def what(self, finding: Finding) -> str:
        return str(Difference(finding.kind).label)

    @display(description="Reference")
    def called(self, finding: Finding) -> str:
        return self.order_link(finding) if finding.order else short(finding.reference) or "-"

    @display(description="Facts")
    def told(self, finding: Finding) -> str:
        facts = {name: value for name, value in finding.facts.items() if name != "currency"}
        return ", ".join(f"{name.replace('_', ' ')}: {_fact(finding, name)}" for name in facts) or "-"


def _fact(finding: Finding, name: str) -> str:
    """Return a fact of a difference, an amount as people read it: the currency stands beside it, or is the order's."""
    value = finding.facts[name]
    minor = MINOR.fullmatch(value) if isinstance(value, str) else None
    if minor:
        return money(int(minor[1]), minor[2])
    if name in AMOUNTS and isinstance(value, int):
        currency = finding.order.currency if finding.order else finding.key.rpartition(":")[2]  # `total:NGN`
        return money(value, str(finding.facts.get("currency") or currency))
    return str(value)


@admin.register(Reconciliation)
class ReconciliationAdmin(Shown[Reconciliation]):
    nothing = "The books were not compared yet."
    actions_list: ClassVar = ["compare"]
    list_display = ("started_at", "since", "until", "charges", "refunds", "totals_shown", "finished_at", "error")
    list_filter = (("started_at", RangeDateTimeFilter),)
    id_fields = ()
    search_fields = ("error",)
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = ((None, {"fields": ("started_at", "finished_at", "since", "until", "charges", "refunds",
                                    "totals_shown", "error")}),)  # fmt: skip

    @action(description="Compare now", url_path="compare", icon="sync", dialog=COMPARE)
    def compare(self, request: HttpRequest, form: DaysForm) -> HttpResponse:
        try:
            reconciling.compare_soon(by=caller_of(request), days=form.cleaned_data["days"])
        except Refusal as refusal:
            return dialog_again(request, COMPARE, form, refusal)
        messages.success(request, "A task compares the books. It stands here as soon as it has begun.")
        return go_to(reverse("admin:payments_reconciliation_changelist"))

    @display(description="Totals at Paystack, and here")
    def totals_shown(self, compared: Reconciliation) -> str:
        lines = (line for currency, sums in compared.totals.items() for line in _totals(currency, sums))
        return format_html("<div>{}</div>", format_html_join("", '<span class="block">{} {}, {}</span>', lines)) or "-"


def _totals(currency: str, sums: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    for said, suffix in (("came", ""), ("went back", "_back")):
        theirs, ours = sums.get(f"theirs{suffix}", 0), sums.get(f"ours{suffix}", 0)
        if theirs or ours:
            yield said, money(theirs, currency), money(ours, currency)


@admin.register(ProviderEvent)
class ProviderEventAdmin(OfMoney[ProviderEvent]):
    """Webhooks whose signature was right, as they came."""

    nothing = "No webhook has come yet."
    list_display = ("received_at", "event_shown", "called", "times", "state_shown", "attempts", "error")
    list_filter = ("state", ("event", FieldTextFilter), ("received_at", RangeDateTimeFilter))
    list_select_related = ("order",)
    id_fields = ("order",)
    search_fields = ("reference__exact", "event")
    search_help_text = "The whole of a reference, or a part of the event's name"
    actions: ClassVar = ["process_again"]
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("event_shown", "reference", "order_link", "received_at", "times")}),
        ("Work", {"fields": ("state_shown", "attempts", "next_at", "processed_at", "error")}),
        ("As it came", {"fields": ("body", "dedupe")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEvent]:
        return super().get_queryset(request).defer("raw")  # a list of them would be megabytes

    @admin.action(description="Process again what was given up")
    def process_again(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> None:
        by = caller_of(request)
        self.do_each(request, events, lambda event: webhooks.try_again(by=by, event_id=event.pk), done="queued")

    @display(description="Reference")
    def called(self, event: ProviderEvent) -> str:
        return self.order_link(event) if event.order else short(event.reference) or "-"

    @display(description="Event")
    def event_shown(self, event: ProviderEvent) -> str:
        return event.event or "(none)"

    @display(description="State", label=EVENT_LABELS)
    def state_shown(self, event: ProviderEvent) -> str:
        return str(ProviderEvent.State(event.state).label)

    @display(description="Body")
    def body(self, event: ProviderEvent) -> str:
        return bytes(event.raw).decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_SHOWN]
