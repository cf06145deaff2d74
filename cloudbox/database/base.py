"""Where Django looks for an engine's DatabaseWrapper."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import _queries

# psycopg takes a statement longer than 4096 letters apart each time. Ours are constants, and the longest has 6000.
_queries.MAX_CACHED_STATEMENT_LENGTH = 8192


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes only living connections out of the pool.

    With CONN_HEALTH_CHECKS Django asks PostgreSQL for each, which costs an eighth of a small request. One
    that PostgreSQL has closed has something to read while nobody has asked anything: its end.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        while self.pool and _has_something_to_read(connection.fileno()):
            connection.close()
            self.pool.putconn(connection)  # which makes a new one in its place
            connection = super().get_new_connection(conn_params)
        return connection


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
