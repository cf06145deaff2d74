"""What waits for the staff, and when Paystack last told anything, for the staff's first page."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from payments.words import DisputeState, RefundState, State


@dataclass(frozen=True)
class Figures:
    """How many things of each kind wait for somebody, and when what should go on did so last."""

    mismatches: int
    findings: int
    stuck_refunds: int
    disputes: int
    dispute_due: datetime | None
    lost_webhooks: int
    last_webhook: datetime | None
    last_payment: datetime | None
    last_comparison: datetime | None


def figures() -> Figures:
    """Count now, in one query. Ids of payments are in the order of time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM payments_order WHERE state = %(mismatch)s),
                   (SELECT count(*) FROM payments_finding WHERE resolved_at IS NULL),
                   (SELECT count(*) FROM payments_refund WHERE state = %(stuck)s),
                   (SELECT count(*) FROM payments_dispute WHERE state = %(open)s),
                   (SELECT min(due_at) FROM payments_dispute WHERE state = %(open)s),
                   (SELECT count(*) FROM payments_providerevent WHERE state = 'failed'),
                   (SELECT received_at FROM payments_providerevent ORDER BY id DESC LIMIT 1),
                   (SELECT created_at FROM payments_payment ORDER BY id DESC LIMIT 1),
                   (SELECT finished_at FROM payments_reconciliation WHERE finished_at IS NOT NULL
                       AND error = '' ORDER BY id DESC LIMIT 1)
            """,
            {"mismatch": State.MISMATCH, "stuck": RefundState.NEEDS_ATTENTION, "open": DisputeState.OPEN},
        )
        return Figures(*cursor.fetchone())
