"""The database is copied before a migration changes it, and a newer one is left alone."""

import shutil

import pytest
from django.db import connection

from cloudbox.embedded import prepare

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(settings, tmp_path):
    settings.CLOUDBOX_DATA = tmp_path
    return tmp_path


def comment_on_sessions() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('django_session'::regclass)")
        return cursor.fetchone()[0]


def applied_to(app: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = %s ORDER BY name", [app])
        return [name for (name,) in cursor.fetchall()]


def test_an_existing_database_is_dumped_before_a_migration_and_only_then(settings, data):
    prepare.migrate()
    assert not (data / "dumps").exists()

    settings.MIGRATION_MODULES = {"sessions": "tests.embedded.migrations"}
    prepare.migrate()
    prepare.migrate()

    (kept,) = (data / "dumps").iterdir()
    assert kept.read_bytes().startswith(b"PGDMP")
    assert comment_on_sessions() == "later"


def test_an_upgrade_that_fails_leaves_the_database_as_it_was_and_says_how_to_go_on(settings, data):
    prepare.migrate()
    settings.MIGRATION_MODULES = {"sessions": "tests.embedded.broken.migrations"}

    with pytest.raises(SystemExit, match=r"as it was before: .*nothing_of_that_name.* in sessions\.0003_") as refused:
        prepare.migrate()

    (kept,) = (data / "dumps").iterdir()
    assert str(kept) in str(refused.value)
    assert comment_on_sessions() is None
    assert applied_to("sessions") == ["0001_initial"]


def test_a_copy_that_does_not_fit_stops_the_upgrade_before_it_begins(settings, data, monkeypatch):
    prepare.migrate()
    full = shutil.disk_usage(data)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _directory: full)
    settings.MIGRATION_MODULES = {"sessions": "tests.embedded.migrations"}

    with pytest.raises(SystemExit, match="has only 1000 bytes free"):
        prepare.migrate()

    assert applied_to("sessions") == ["0001_initial"]


def test_no_copy_is_made_where_the_operator_makes_them(settings, data):
    settings.CLOUDBOX_UPGRADE_DUMP = False
    settings.MIGRATION_MODULES = {"sessions": "tests.embedded.migrations"}

    prepare.migrate()

    assert not (data / "dumps").exists()
    assert comment_on_sessions() == "later"


def test_the_last_dumps_are_kept_and_older_ones_removed(tmp_path):
    for day in range(1, 6):
        (tmp_path / f"before-2026010{day}T000000Z.dump").touch()

    prepare.keep_a_dump(tmp_path)

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == prepare.DUMPS
    assert kept[:2] == ["before-20260104T000000Z.dump", "before-20260105T000000Z.dump"]


def test_a_database_of_a_newer_cloudbox_is_left_alone():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_later', now())")

    with pytest.raises(SystemExit, match=r"newer CloudBox: it has accounts\.9999_later"):
        prepare.migrate()
