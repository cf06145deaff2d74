"""What was ordered, paid, booked and written, as tables for a spreadsheet."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from accounts.callers import Caller
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import BadInput
from cloudbox.money import plainly
from cloudbox.spreadsheets import Cell, written
from payments.models import LedgerEntry, Order, Payment, Receipt
from payments.words import Mode, RefundState

LONGEST = timedelta(days=366)
CHUNK = 1000  # rows that are fetched together
_REFUNDED = Sum("refunds__amount_minor", filter=Q(refunds__state=RefundState.PROCESSED), default=0)


@dataclass(frozen=True)
class Table:
    """One kind of table: its columns by their names, how a row of the database fills them, and by which time."""

    rows: Callable[[], QuerySet[Any]]
    time: str
    mode: str
    columns: dict[str, str]
    money: frozenset[str]


TABLES = {
    "orders": Table(
        rows=lambda: Order.objects.annotate(refunded=_REFUNDED),
        time="created_at",
        mode="mode",
        columns={
            "ordered at": "created_at", "reference": "reference", "state": "state", "money": "mode",
            "username": "user__username", "email": "email", "plan": "plan_code", "plan name": "plan_name",
            "bytes": "bytes", "days": "days", "currency": "currency", "amount": "amount_minor",
            "refunded": "refunded", "paid at": "paid_at", "starts at": "starts_at", "ends at": "ends_at",
            "failure": "failure",
        },
        money=frozenset({"amount", "refunded"}),
    ),
    "payments": Table(
        rows=Payment.objects.all,
        time="created_at",
        mode="mode",
        columns={
            "settled at": "created_at", "paid at": "paid_at", "reference": "order__reference",
            "paystack id": "provider_id", "money": "mode", "username": "order__user__username",
            "currency": "currency", "amount": "amount_minor", "asked for": "requested_minor", "fees": "fees_minor",
            "channel": "channel",
        },
        money=frozenset({"amount", "asked for", "fees"}),
    ),
    "ledger": Table(
        rows=LedgerEntry.objects.all,
        time="transaction__at",
        mode="transaction__order__mode",
        columns={
            "at": "transaction__at", "transaction": "transaction_id", "source": "transaction__source",
            "reference": "transaction__order__reference", "money": "transaction__order__mode", "account": "account",
            "currency": "transaction__currency", "amount": "amount_minor",
        },
        money=frozenset({"amount"}),
    ),
    "receipts": Table(
        rows=Receipt.objects.all,
        time="issued_at",
        mode="order__mode",
        columns={
            "number": "number", "issued at": "issued_at", "reference": "order__reference", "money": "order__mode",
            "buyer": "said__buyer", "email": "said__email", "plan": "said__plan", "currency": "currency",
            "amount": "amount_minor", "source": "source",
        },
        money=frozenset({"amount"}),
    ),
}  # fmt: skip


def export(*, by: Caller, what: str, since: date, until: date, mode: str = "") -> Iterator[bytes]:
    """Return a table as CSV, in pieces: all rows of some days (UTC, both ends too), of one kind of money or of all.

    It is one query, read as it is sent. Raises BadInput.
    """
    by.must_be_staff(FINANCE)
    table = TABLES.get(what)
    if table is None:
        raise BadInput("what", f"One of {', '.join(TABLES)}.")
    if mode and mode not in Mode.values:
        raise BadInput("mode", f"One of {', '.join(Mode.values)}, or empty.")
    if not timedelta() <= until - since <= LONGEST:
        raise BadInput("until", f"From the first day on, and at most {LONGEST.days} days after it.")
    record(
        "money_exported",
        by=by.who,
        target=Target("table", what, what),
        since=since.isoformat(),
        until=until.isoformat(),
        mode=mode,
    )
    return written(table.columns, _rows(table, since, until, mode))


def _rows(table: Table, since: date, until: date, mode: str) -> Iterator[Iterable[Cell]]:
    span = datetime.combine(since, time.min, UTC), datetime.combine(until, time.max, UTC)
    when: dict[str, Any] = {f"{table.time}__range": span} | ({table.mode: mode} if mode else {})
    rows = table.rows().filter(**when).order_by(table.time, "pk").values_list(*table.columns.values())
    are_money = [name in table.money for name in table.columns]
    for row in rows.iterator(chunk_size=CHUNK):
        yield [_major(cell) if is_money else cell for cell, is_money in zip(row, are_money, strict=True)]


def _major(minor: int) -> Decimal:
    """Return an amount in major units: `2000.00`."""
    return Decimal(plainly(minor))
