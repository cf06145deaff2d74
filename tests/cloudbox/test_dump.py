"""Dumps of the database, with PostgreSQL's own programs."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from cloudbox.dump import DumpFailed, dump, restore

pytestmark = pytest.mark.django_db(transaction=True)


def answer(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def table():
    """A table that is there only for a test, with a row in it."""
    answer("CREATE TABLE kept (what text)")
    answer("INSERT INTO kept VALUES ('an otter')")
    yield
    answer("DROP TABLE IF EXISTS kept")


def test_a_dump_holds_the_database_and_a_restore_brings_it_back(table, tmp_path: Path):
    target = tmp_path / "cloudbox.dump"
    dump(target)
    answer("DELETE FROM kept")
    connection.close()

    restore(target)

    assert answer("SELECT what FROM kept") == [("an otter",)]
    assert target.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["cloudbox.dump"]


def test_a_dump_that_fails_says_why_and_has_no_name(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "nothing_of_that_name")

    with pytest.raises(DumpFailed, match="nothing_of_that_name"):
        dump(tmp_path / "cloudbox.dump")
    assert not (tmp_path / "cloudbox.dump").exists()
