"""What Paystack tells us, and what comparing its books with ours finds."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from cloudbox.staff import Shown
from payments.admin.shown import OfMoney, money, short
from payments.models import Finding, ProviderEvent, Reconciliation
from payments.words import Difference

EVENT_LABELS = {"New": "info", "Done": "success", "Ignored": "", "Failed": "danger"}
LONGEST_SHOWN = 20_000  # characters of a webhook's body


@admin.register(Finding)
class FindingAdmin(OfMoney[Finding]):
    nothing = "Paystack's books and ours agree."
    list_display = ("found_at", "what", "called", "told", "seen_at", "resolved_at", "resolution")
    list_filter = ("kind", ("found_at", RangeDateTimeFilter), ("resolved_at", RangeDateTimeFilter))
    list_select_related = ("order",)
    id_fields = ("pk", "order")
    search_fields = ("reference__exact", "key__startswith")
    search_help_text = "The whole of a reference"
    ordering = (F("resolved_at").desc(nulls_first=True), "-found_at")
    fieldsets = (
        (None, {"fields": ("what", "reference", "order_link", "told", "found_at", "seen_at", "id")}),
        ("What became of it", {"fields": ("resolved_at", "resolved_by", "resolution")}),
    )

    @display(description="What")
    def what(self, finding: Finding) -> str:
        return str(Difference(finding.kind).label)

    @display(description="Reference")
    def called(self, finding: Finding) -> str:
        return self.order_link(finding) if finding.order else short(finding.reference) or "-"

    @display(description="Facts")
    def told(self, finding: Finding) -> str:
        return ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in finding.facts.items()) or "-"


@admin.register(Reconciliation)
class ReconciliationAdmin(Shown[Reconciliation]):
    nothing = "The books were not compared yet."
    list_display = ("started_at", "since", "until", "charges", "refunds", "totals_shown", "finished_at", "error")
    list_filter = (("started_at", RangeDateTimeFilter),)
    id_fields = ()
    search_fields = ("error",)
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = ((None, {"fields": ("started_at", "finished_at", "since", "until", "charges", "refunds",
                                    "totals_shown", "error")}),)  # fmt: skip

    @display(description="Totals at Paystack, and here")
    def totals_shown(self, compared: Reconciliation) -> str:
        return "; ".join(_totals(currency, sums) for currency, sums in compared.totals.items()) or "-"


def _totals(currency: str, sums: dict[str, Any]) -> str:
    return f"{money(sums.get('theirs', 0), currency)}, and {money(sums.get('ours', 0), currency)}"


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
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("event_shown", "reference", "order_link", "received_at", "times")}),
        ("Work", {"fields": ("state_shown", "attempts", "next_at", "processed_at", "error")}),
        ("As it came", {"fields": ("body", "dedupe")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEvent]:
        return super().get_queryset(request).defer("raw")  # a list of them would be megabytes

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
