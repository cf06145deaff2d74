"""Tables of money for spreadsheets."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import AuditEntry
from payments.models import LedgerEntry
from payments.services.exports import TABLES
from tests.admin.payments.rows import gone_back, one_of_each, order_of, paid
from tests.admin.test_roles import browser_with

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:exports")
YEAR = {"since": "2026-01-01", "until": "2026-12-31", "mode": ""}


def table(browser, what, **fields):
    answer = browser.post(PAGE, YEAR | {"what": what} | fields)
    assert answer["Content-Type"].startswith("text/csv"), answer.text
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


@pytest.fixture
def november():
    return datetime(2026, 11, 21, tzinfo=UTC)


def test_the_ledger_sums_to_zero_and_what_went_back_is_a_number(dora, alice, november):
    gone_back(paid(alice, at=november), 50_000, at=november)

    rows = table(dora, "ledger")

    assert sum(Decimal(row["amount"]) for row in rows) == 0
    assert {row["amount"] for row in rows} >= {"-500.00", "-2000.00", "1970.00"}
    assert len(rows) == LedgerEntry.objects.count()


def test_what_somebody_wrote_is_no_formula(dora, alice, november):
    order_of(alice, plan_name='=cmd|"/c calc"!A1', failure="@SUM(1)", email="+1@example.com", created_at=november)

    [row] = table(dora, "orders")

    assert (row["plan name"], row["failure"]) == ('\'=cmd|"/c calc"!A1', "'@SUM(1)")
    assert row["email"] == "'+1@example.com"
    assert (row["amount"], row["bytes"]) == ("2000.00", str(2**30))


def test_a_table_has_the_days_and_the_kind_of_money_that_were_asked_for(dora, alice, november):
    days = [november.replace(day=day) for day in (1, 2, 3)]
    orders = [paid(alice, at=day, mode="live") for day in days] + [paid(alice, at=days[1])]

    rows = table(dora, "payments", since="2026-11-02", until="2026-11-02", mode="live")

    assert [(row["reference"], row["money"]) for row in rows] == [(orders[1].reference, "live")]
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.actor_label, entry.target_label) == ("money_exported", "dora", "payments")
    assert entry.facts["since"] == "2026-11-02"


@pytest.mark.parametrize("what", TABLES)
def test_a_long_table_costs_as_many_queries_as_a_short_one(what, alice, dora):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            rows = table(dora, what, since="2026-06-01", until="2027-05-31")
        return len(rows), len(queries)

    one_of_each(alice)
    few, cheap = cost()
    for _ in range(5):
        one_of_each(alice)
    many, dear = cost()

    assert many == 6 * few
    assert dear == cheap


@pytest.mark.parametrize(
    ("field", "value"),
    [("what", "users"), ("since", "yesterday"), ("until", "2025-12-31"), ("until", "9999-12-31"), ("mode", "gold")],
)
def test_what_cannot_be_a_table_is_refused_beside_its_field(field, value, dora):
    answer = dora.post(PAGE, YEAR | {"what": "orders"} | {field: value})

    assert field in answer.context["form"].errors
    assert not AuditEntry.objects.filter(verb="money_exported").exists()


def test_only_finance_takes_tables(alice):
    assert browser_with("support").post(PAGE, YEAR | {"what": "orders"}).status_code == 403
    assert not AuditEntry.objects.filter(verb="money_exported").exists()
