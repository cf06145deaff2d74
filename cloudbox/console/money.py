"""The pages of money that no single kind of row can show: what was earned, and what goes into a spreadsheet."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.callers import SYSTEM
from accounts.credentials import caller_of
from cloudbox.console.chart import Bar, bars, zero
from cloudbox.errors import BadInput
from cloudbox.http import disposition
from payments.services import exports, revenue
from payments.services.revenue import Earned, Month
from payments.words import Mode

SPANS = (12, 24, 36)  # months
DAY = {"type": "date"}  # the browser has a calendar of its own


@dataclass(frozen=True)
class Drawn:
    """The months of a currency with their chart; `zero` is the height of its base."""

    earned: Earned
    chart: list[Bar[Month]]
    zero: float


def revenue_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the page of the revenue shows: of real money, unless somebody asks for another kind."""
    present = revenue.present_mode()
    mode = request.GET.get("mode", present)
    mode = mode if mode in Mode.values else present
    asked = request.GET.get("months", "")
    span = int(asked) if asked in {str(months) for months in SPANS} else SPANS[0]
    by = caller_of(request)
    return {
        "currencies": [_drawn(earned) for earned in revenue.revenue(by=by, mode=mode, months=span)],
        "mode": Mode(mode),
        "modes": [Mode(one) for one in Mode.values if one in {mode, present, *revenue.modes(by=by)}],
        "span": span,
        "spans": SPANS,
    }


def this_month() -> dict[str, Any] | None:
    """Return what the first page tells those of the month who may see it; nothing where nothing is sold, or was."""
    mode = revenue.present_mode()
    found = revenue.revenue(by=SYSTEM, mode=mode, months=1)
    if not found and not settings.CLOUDBOX_BILLING:
        return None
    return {"mode": Mode(mode), "sums": [(earned.total.revenue, earned.currency) for earned in found]}


class ExportForm(forms.Form):
    """Which table, and of which days."""

    what = forms.ChoiceField(
        label="What", choices=[(name, name.capitalize()) for name in exports.TABLES], widget=UnfoldAdminSelectWidget
    )
    since = forms.DateField(label="From", help_text="Days are of UTC.", widget=UnfoldAdminTextInputWidget(DAY))
    until = forms.DateField(
        label="To", help_text=f"At most {exports.LONGEST.days} days later.", widget=UnfoldAdminTextInputWidget(DAY)
    )
    mode = forms.ChoiceField(
        label="Money", required=False, choices=[*Mode.choices, ("", "Any")], widget=UnfoldAdminSelectWidget
    )


def exported(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show the form of the tables; filled in, send one."""
    today = timezone.now().date()
    initial = {"since": today.replace(day=1), "until": today, "mode": revenue.present_mode(), **request.GET.dict()}
    form = ExportForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            pieces = exports.export(by=caller_of(request), **given)
        except BadInput as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            name = f"cloudbox-{given['what']}-{given['since']}-{given['until']}.csv"
            headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": "no-store"}
            return StreamingHttpResponse(
                pieces, content_type="text/csv; charset=utf-8; header=present", headers=headers
            )
    return TemplateResponse(request, "admin/payments/exports.html", {**context, "form": form})


def _drawn(earned: Earned) -> Drawn:
    amounts = [month.revenue for month in earned.months]
    return Drawn(earned, bars(earned.months, lambda month: month.revenue), zero(amounts))
