"""The pages of money that no single kind of row can show: what was earned, and what goes into a spreadsheet."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.credentials import caller_of
from cloudbox.console.chart import Bar, bars, zero
from payments.services import revenue
from payments.services.revenue import Earned, Month
from payments.words import Mode

SPANS = (12, 24, 36)  # months


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


def _drawn(earned: Earned) -> Drawn:
    amounts = [month.revenue for month in earned.months]
    return Drawn(earned, bars(earned.months, lambda month: month.revenue), zero(amounts))
