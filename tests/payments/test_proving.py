"""Looking whether money and room agree: all is well, or it is named what is not."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from payments.services import proving, settling
from tests.payments.gateway.ordering import ordered

pytestmark = pytest.mark.django_db
ENTRY = "INSERT INTO payments_ledgerentry (transaction_id, account, amount_minor)"
ANOTHER = """
INSERT INTO accounts_allowance (id, owner_id, bytes, starts_at, ends_at, source, reason, created_at)
SELECT gen_random_uuid(), owner_id, 1, starts_at, ends_at, 'order:another', '', now()
FROM accounts_allowance WHERE revoked_at IS NULL
"""
CONTRARY = "orders paid without a payment, or unpaid with one"


@pytest.fixture
def order(alice, paystack):
    """One that is paid, and has taken over another one."""
    for plan in ("basic", "premium"):
        order = ordered(alice, plan)
        paystack.pay(order.reference)
        settling.settle(order.id, trigger="payer")
    return order


def wrong_after(statement: str) -> set[str]:
    """Do what no code of ours does and no guard of the database stops, and return what is named."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {statement}")
        found = set(proving.faults())
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"{ENTRY} SELECT id, 'sales', 5 FROM payments_ledgertransaction LIMIT 1", "movements that do not sum to zero"),
        ("UPDATE payments_ledgertransaction SET source = 'x' || id", "payments that are not booked"),
        ("UPDATE payments_order SET state = 'expired', paid_at = NULL", CONTRARY),
        ("DELETE FROM payments_payment", CONTRARY),
        ("UPDATE accounts_allowance SET revoked_at = now()", "money without its room"),
        ("UPDATE accounts_allowance SET bytes = bytes - 1", "money without its room"),
        ("UPDATE accounts_allowance SET ends_at = ends_at - interval '8 days'", "money without its room"),
        ("UPDATE accounts_allowance SET revoked_at = NULL", "room without its money"),
        ("UPDATE payments_order SET state = 'refunded'", "room without its money"),
        ("UPDATE payments_order SET stopped_at = now()", "room without its money"),
        (ANOTHER, "room of two packs at once"),
        ("DELETE FROM payments_receipt WHERE number = 2", "movements without a receipt"),
        ("UPDATE payments_receipt SET number = 3 WHERE number = 2", "numbers of receipts that are left out"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_named(order, statement, named):
    assert proving.faults() == {}
    assert named in wrong_after(statement)


def test_the_command_says_whether_money_and_room_agree(order):
    told = StringIO()
    call_command("payments_prove", stdout=told)
    assert told.getvalue() == "No differences.\n"

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_allowance SET revoked_at = now()")
    with pytest.raises(SystemExit):
        call_command("payments_prove", stdout=told)
    assert told.getvalue().endswith(f"money without its room: {order.id}\n")
