"""Letting days pass for what was paid for, on any server whose database this is: its dates move into the past.

Nothing of it is asked to do anything: whatever follows, follows by itself.
"""

from datetime import timedelta

from django.db import connection, transaction

MOVED = {  # every moment of orders, of what they give, and of who is told what of them
    "payments_order": (
        *("created_at", "expires_at", "checked_at", "next_check_at"),
        *("paid_at", "starts_at", "ends_at", "stopped_at"),
    ),
    "accounts_allowance": ("starts_at", "ends_at", "revoked_at", "created_at"),
    "accounts_usage": ("limit_until",),
}


def let_pass(days: float) -> None:
    """Let so many days have gone by for everybody who has paid for something."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in MOVED.items():
            earlier = ", ".join(f"{column} = {column} - %(past)s" for column in columns)
            cursor.execute(f"UPDATE {table} SET {earlier}", {"past": timedelta(days=days)})
