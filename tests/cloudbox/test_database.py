"""The engine takes only living connections out of the pool."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from cloudbox import process, strict_json


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


def test_times_are_in_utc_however_they_are_fetched(lonely):
    with lonely.cursor() as cursor:
        cursor.execute("SELECT timestamptz '2026-11-21 03:00+03'")
        (fetched,) = cursor.fetchone()
    with lonely.chunked_cursor() as kept:
        kept.execute("SELECT timestamptz '2026-11-21 03:00+03'")
        (streamed,) = kept.fetchone()

    assert {fetched, streamed} == {datetime(2026, 11, 21, tzinfo=UTC)}
    assert (fetched.utcoffset(), streamed.utcoffset()) == (timedelta(0), timedelta(0))
    assert strict_json.dumps(fetched) == b'"2026-11-21T00:00:00Z"'
