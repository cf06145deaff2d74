"""Revenue month by month is what the ledger says, of one kind of money at a time."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from cloudbox.console.chart import HEIGHT, bars, zero
from payments.models import LedgerEntry
from payments.services.revenue import revenue
from payments.words import Account
from tests.admin.payments.rows import gone_back, paid
from tests.people import caller_for

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOLD = 200_000


def at(month, day=15):
    return datetime(2026, month, day, tzinfo=UTC)


def test_what_went_back_counts_in_its_month_and_each_currency_by_itself(alice, staff, django_assert_num_queries):
    order = paid(alice, at=at(9))
    paid(alice, at=at(9, 30))
    paid(alice, at=at(11), currency="USD", amount_minor=150, fees=9)
    paid(alice, at=datetime(2025, 10, 1, tzinfo=UTC))
    gone_back(order, 50_000, at=at(10, 1))
    gone_back(order, SOLD, at=at(11), account=Account.DISPUTES)

    by = caller_for(staff)
    with django_assert_num_queries(1):
        naira, dollars = revenue(by=by, mode="simulated", months=12, now=NOW)

    assert (naira.currency, dollars.currency) == ("NGN", "USD")
    assert [month.first for month in naira.months][::11] == [date(2025, 12, 1), date(2026, 11, 1)]
    assert [month.revenue for month in naira.months[-4:]] == [0, 2 * SOLD, -50_000, -SOLD]
    assert [month.left for month in naira.months[-4:]] == [0, 2 * SOLD - 6000, -50_000, -SOLD]
    assert dollars.months[-1].left == 141


def test_the_chart_agrees_with_the_ledger_to_the_last_unit(alice, staff):
    orders = [paid(alice, at=at(month), fees=month) for month in range(1, 12)]
    for order in orders[::3]:
        gone_back(order, order.amount_minor // 3, at=NOW)

    [earned] = revenue(by=caller_for(staff), mode="simulated", months=12, now=NOW)

    entries = LedgerEntry.objects.values_list("account", "amount_minor")
    assert earned.total.left == sum(amount for account, amount in entries if account == Account.PAYSTACK)


def test_money_of_another_kind_is_shown_only_to_who_asks_and_is_marked(alice, dora, settings):
    paid(alice, mode="live")
    paid(alice)
    page = reverse("admin:revenue")
    trial = dora.get(page)
    assert "Simulated money: nobody has paid any of this." in trial.text

    real = dora.get(page, {"mode": "live", "months": "24"})
    strange = dora.get(page, {"mode": "<b>", "months": "1000000"})

    assert "nobody has paid" not in real.text
    assert [drawn.earned.total.sales for drawn in real.context["currencies"]] == [SOLD]
    assert (strange.context["mode"], strange.context["span"]) == ("simulated", 12)


def test_bars_of_months_in_which_more_went_back_than_came_go_down():
    amounts = [300, 0, -100]

    first, second, third = bars(amounts, lambda amount: amount)

    base = HEIGHT * 0.75
    assert zero(amounts) == base
    assert (first.y, first.height) == (0, base)
    assert (second.height, third.y, third.height) == (0, base, HEIGHT * 0.25)
    assert zero([]) == HEIGHT
