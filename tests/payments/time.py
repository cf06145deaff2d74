"""Letting days pass for what was paid for: its dates move into the past, also of a server that runs.

Nothing of it is asked to do anything: whatever follows, follows by itself.
"""

from django.db import connection

from tests.server import Server

# Every moment of orders, of what came of them, of what they give, and of how long a limit holds. The guards of what is
# only ever added to sleep meanwhile, which the owner of the database alone can make them do.
_MOVE = """
DO $$
DECLARE moved record;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR moved IN
        SELECT quote_ident(table_name) AS name, string_agg(
            quote_ident(column_name) || ' = ' || quote_ident(column_name) || ' - interval ''{seconds} seconds''', ', '
        ) AS earlier
          FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'timestamp with time zone'
           AND (starts_with(table_name, 'payments_') OR table_name = 'accounts_allowance'
                OR (table_name, column_name) = ('accounts_usage', 'limit_until'))
         GROUP BY table_name
    LOOP
        EXECUTE 'ALTER TABLE ' || moved.name || ' DISABLE TRIGGER USER';
        EXECUTE 'UPDATE ' || moved.name || ' SET ' || moved.earlier;
        SET CONSTRAINTS ALL IMMEDIATE;
        EXECUTE 'ALTER TABLE ' || moved.name || ' ENABLE TRIGGER USER';
    END LOOP;
    SET CONSTRAINTS ALL DEFERRED;
END $$
"""


def let_pass(days: float, *, server: Server | None = None) -> None:
    """Let so many days have gone by since all that anybody has ordered, paid, got or been told of it.

    For this test's own database, or for the people of a server.
    """
    statement = _MOVE.format(seconds=days * 86400)
    if server:
        server.rows(statement)
        return
    with connection.cursor() as cursor:
        cursor.execute(statement)
