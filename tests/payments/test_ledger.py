"""The database keeps the ledger: what has moved stays, and every movement sums to zero."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments import ledger
from payments.models import LedgerEntry, LedgerTransaction, Payment, Receipt, Step
from payments.services import settling
from payments.words import Account
from tests.payments.gateway.ordering import ordered

pytestmark = pytest.mark.django_db
MONEY = [Payment, LedgerTransaction, LedgerEntry, Receipt, Step]


@pytest.fixture
def order(alice, paystack):
    order = ordered(alice)
    paystack.pay(order.reference)
    settling.settle(order.id, trigger="payer")
    return order


def run(statement: str, *values) -> None:
    """Run a statement as whoever has the database might, to the end of its transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@transaction.atomic
def move(order, amounts) -> None:
    moved = LedgerTransaction.objects.create(source="a theft", order=order, currency="NGN")
    for amount in amounts:
        LedgerEntry.objects.create(transaction=moved, account="sales", amount_minor=amount)
    run("SELECT 1")


@pytest.mark.parametrize("kind", MONEY)
def test_nobody_changes_or_deletes_money_that_has_moved(order, kind):
    table, key = kind._meta.db_table, kind._meta.pk.column
    before = list(kind.objects.values())
    assert before

    for statement in (
        f"UPDATE {table} SET {key} = {key}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1 ON CONFLICT ({key}) DO UPDATE SET {key} = EXCLUDED.{key}",
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        kind.objects.first().save()

    assert list(kind.objects.values()) == before


@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (2**62, 2**62), (1, 1, -1)])
def test_a_transaction_that_does_not_sum_to_zero_is_refused(order, amounts):
    before = LedgerEntry.objects.count()

    with pytest.raises(DatabaseError, match="entries that sum to"):
        move(order, amounts)

    assert LedgerEntry.objects.count() == before


def test_an_entry_added_to_a_transaction_later_is_refused_unless_the_sum_stays(order):
    moved = LedgerTransaction.objects.get()
    add = "INSERT INTO payments_ledgerentry (transaction_id, account, amount_minor) VALUES (%s, 'sales', %s)"

    with pytest.raises(DatabaseError, match="entries that sum to 7"):
        run(add, moved.id, 7)
    with pytest.raises(IntegrityError, match="an_entry_moves_something"):
        run(add, moved.id, 0)


def test_one_source_is_booked_once(order):
    payment = Payment.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.book_charge(payment, is_sale=True)


def test_money_that_was_owed_and_is_accepted_is_a_sale(alice, paystack):
    owed = ordered(alice)
    paystack.misbehave(amount=-50_000)
    paystack.pay(owed.reference)
    settling.settle(owed.id, trigger="payer")
    payment = Payment.objects.get()

    with transaction.atomic():
        ledger.book_as_sale(payment, at=payment.created_at)
        run("SELECT 1")

    sums = dict.fromkeys(Account.values, 0)
    for account, amount in LedgerEntry.objects.values_list("account", "amount_minor"):
        sums[account] += amount
    assert {name: amount for name, amount in sums.items() if amount} == {
        "paystack": 147_750, "fees": 2_250, "sales": -150_000,
    }  # fmt: skip
