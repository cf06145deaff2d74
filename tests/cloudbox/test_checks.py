"""What is asked of PostgreSQL."""

import pytest
from django.db import connection

from cloudbox.checks import OLDEST, postgresql_is_fit

pytestmark = pytest.mark.django_db


def test_the_database_of_the_tests_is_fit():
    assert postgresql_is_fit(["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")

        assert int(cursor.fetchone()[0]) >= OLDEST


def test_without_a_database_nothing_is_asked():
    assert postgresql_is_fit(None) == []


def test_texts_are_compared_byte_for_byte():
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['b', 'a', 'B', 'é', '_']) x")

        assert cursor.fetchone() == (["B", "_", "a", "b", "é"],)
