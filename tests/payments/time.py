"""Letting days pass for what was paid for, on any server whose database this is: its dates move into the past.

Nothing of it is asked to do anything: whatever follows, follows by itself.
"""

from datetime import timedelta

from django.db import connection, transaction

_MOMENTS = """
SELECT table_name, string_agg(format('%%1$I = %%1$I - %%%%(past)s', column_name), ', ')
  FROM information_schema.columns
 WHERE table_schema = current_schema() AND data_type = 'timestamp with time zone'
   AND (table_name LIKE 'payments\\_%%' OR table_name = 'accounts_allowance'
        OR (table_name, column_name) = ('accounts_usage', 'limit_until'))
 GROUP BY table_name
"""
_GUARDED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'"


def let_pass(days: float) -> None:
    """Let so many days have gone by since all that anybody has ordered, paid, got or been told of it.

    The guards of what is only ever added to sleep meanwhile, which the owner of the database alone can make them do.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # whatever waits for the end of a transaction
        cursor.execute(_GUARDED, [])
        guarded = {row[0] for row in cursor.fetchall() if row[0].startswith("payments_")}
        cursor.execute(_MOMENTS, [])
        for table, earlier in cursor.fetchall():
            asleep = table in guarded
            if asleep:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
            cursor.execute(f"UPDATE {table} SET {earlier}", {"past": timedelta(days=days)})
            if asleep:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
