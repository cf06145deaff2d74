"""The engine takes only living connections out of the pool."""

from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from cloudbox import process


@pytest.fixture
def lonely(db):
    """A wrapper with a pool of its own, in which there will be one connection."""
    wrapper: Any = connection.copy(alias="lonely")  # its types know no pools
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend_of(wrapper) -> int:
    """Return the process number of what serves the wrapper's connection, and give that back."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    wrapper.close()
    return int(pid)


def test_a_connection_goes_back_into_the_pool_and_is_used_again(lonely):
    assert backend_of(lonely) == backend_of(lonely)


def test_a_connection_that_postgresql_has_closed_is_replaced_unnoticed(lonely):
    closed = backend_of(lonely)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as staff:
        staff.execute("SELECT pg_terminate_backend(%s)", [closed])
        assert process.wait_until(
            lambda: not staff.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [closed]).fetchall(), 5
        )

    assert backend_of(lonely) != closed
