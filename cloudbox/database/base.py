"""Where Django looks for an engine's DatabaseWrapper."""

import select
from datetime import UTC
from typing import Any

from django.db.backends.postgresql import base
from psycopg import _queries, adapters
from psycopg.pq import Format

# psycopg takes a statement longer than 4096 letters apart each time. Ours are constants, and the longest has 6000.
_queries.MAX_CACHED_STATEMENT_LENGTH = 8192

_IN_C = adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes only living connections out of the pool.

    With CONN_HEALTH_CHECKS Django asks PostgreSQL for each, which costs an eighth of a small request. One
    that PostgreSQL has closed has something to read while nobody has asked anything: its end.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """Let psycopg load times in the zone of the connection, in C; Django's loader does it in Python, one by one."""
        params = super().get_connection_params()
        if self.timezone == UTC and _IN_C:
            params["context"].register_loader("timestamptz", _IN_C)
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor, named if the server keeps it. Django's method would look for its own loader of times."""
        if self.timezone != UTC or not _IN_C:
            return super().create_cursor(name)
        if name:
            return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)
        return self.connection.cursor()

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
