"""Whether money and room agree, in every row there is: no room without money, no money without room.

The database keeps most of that by itself, and the tests prove the rest. It is looked at all the same, every night and
by `manage.py payments_prove`: neither a mended backup nor somebody at the database's prompt has passed a test.
"""

from typing import Any

import structlog
from django.db import connection

from accounts.callers import SYSTEM
from activity.services import Target, record
from payments.words import KEPT, UNPAID, State

MOST_NAMED = 10
PROVEN = "money_proven"

# What gives room: a pack whose money we have, unless another has taken it over or its room went with a part of it.
_GIVING = """
SELECT id, user_id, bytes, starts_at, ends_at, 'order:' || id AS source FROM payments_order
WHERE state = ANY(%(kept)s) AND stopped_at IS NULL AND into_id IS NULL AND starts_at < ends_at
"""
_LIVING = "SELECT * FROM accounts_allowance WHERE source LIKE 'order:%%' AND revoked_at IS NULL"

QUESTIONS = {
    "movements that do not sum to zero": """
        SELECT t.source FROM payments_ledgertransaction t LEFT JOIN payments_ledgerentry e ON e.transaction_id = t.id
        GROUP BY t.id HAVING count(e.id) < 2 OR sum(e.amount_minor) <> 0""",
    "payments that are not booked": """
        SELECT p.id::text FROM payments_payment p
        WHERE NOT EXISTS (SELECT FROM payments_ledgertransaction t WHERE t.source = 'charge:' || p.id)""",
    "orders paid without a payment, or unpaid with one": """
        SELECT o.id::text FROM payments_order o LEFT JOIN payments_payment p ON p.order_id = o.id
        WHERE (o.state = ANY(%(unpaid)s) AND p.id IS NOT NULL)
           OR (o.state <> ALL(%(unpaid)s) AND o.state <> %(mismatch)s AND p.id IS NULL)""",
    "money without its room": f"""
        SELECT o.id::text FROM ({_GIVING}) o LEFT JOIN ({_LIVING}) a
          ON a.source = o.source AND a.owner_id = o.user_id AND a.bytes = o.bytes
             AND a.starts_at = o.starts_at AND a.ends_at >= o.ends_at
        WHERE a.id IS NULL""",  # noqa: S608  made of constants
    "room without its money": f"""
        SELECT a.source FROM ({_LIVING}) a WHERE NOT EXISTS (SELECT FROM ({_GIVING}) o WHERE o.source = a.source)""",  # noqa: S608  made of constants
    "room of two packs at once": f"""
        SELECT a.source FROM ({_LIVING}) a JOIN ({_LIVING}) b ON a.owner_id = b.owner_id AND a.id < b.id
         AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
         AND least(a.ends_at, b.ends_at) > now()""",  # noqa: S608  made of constants
    "movements without a receipt": """
        SELECT t.source FROM payments_ledgertransaction t LEFT JOIN payments_receipt r ON r.source = t.source
        WHERE r.number IS NULL
          AND NOT EXISTS (SELECT FROM payments_ledgerentry e WHERE e.transaction_id = t.id
                          AND t.source LIKE 'charge:%%' AND e.account = 'unassigned')""",
    "numbers of receipts that are left out": """
        SELECT number::text FROM (SELECT number, number - row_number() OVER (ORDER BY number) AS ahead
                                  FROM payments_receipt) r WHERE ahead <> 0""",
}

log = structlog.get_logger(__name__)


def faults() -> dict[str, list[str]]:
    """Return what is wrong, and of what, some of each; nothing when all is well. It changes nothing."""
    found = {what: _answers(question) for what, question in QUESTIONS.items()}
    return {what: subjects for what, subjects in found.items() if subjects}


def prove() -> dict[str, list[str]]:
    """Say in the log what is wrong, if anything is, and return it. The staff's first page tells how it was last."""
    found = faults()
    record(PROVEN, by=SYSTEM.who, target=Target("payments", "books"), faults=list(found))
    for what, subjects in found.items():
        log.error("money_is_off", what=what, first=subjects)
    return found


def _answers(question: str) -> list[str]:
    values: dict[str, Any] = {"kept": list(KEPT), "unpaid": list(UNPAID), "mismatch": State.MISMATCH}
    with connection.cursor() as cursor:
        cursor.execute(f"{question} LIMIT {MOST_NAMED}", values)
        return [row[0] for row in cursor.fetchall()]
