"""The database is copied before a migration changes it, and a newer one is left alone."""

import stat

import pytest
from django.db import connection

from cloudbox import dump
from cloudbox.embedded import prepare


@pytest.mark.django_db(transaction=True)
def test_a_dump_brings_back_what_was_there(django_user_model, alice, tmp_path):
    dump.dump(tmp_path / "copy.dump")
    django_user_model.objects.update(username="somebody else")

    dump.restore(tmp_path / "copy.dump")

    assert django_user_model.objects.filter(username=alice.username).exists()


@pytest.mark.django_db
def test_a_dump_is_readable_by_its_owner_only(tmp_path):
    dump.dump(tmp_path / "copy.dump")

    assert [path.name for path in tmp_path.iterdir()] == ["copy.dump"]
    assert stat.S_IMODE((tmp_path / "copy.dump").stat().st_mode) == 0o600


@pytest.mark.django_db
def test_a_dump_that_fails_leaves_no_file_that_looks_like_one(tmp_path):
    with pytest.raises(dump.DumpFailed, match="pg_restore failed"):
        dump.restore(tmp_path / "missing.dump")

    with pytest.raises(FileNotFoundError):
        dump.dump(tmp_path / "missing" / "copy.dump")


@pytest.mark.django_db
def test_the_last_dumps_are_kept_and_older_ones_removed(tmp_path):
    for day in range(1, 6):
        (tmp_path / f"before-2026010{day}T000000Z.dump").touch()

    prepare.keep_a_dump(tmp_path)

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == prepare.DUMPS
    assert kept[:2] == ["before-20260104T000000Z.dump", "before-20260105T000000Z.dump"]


@pytest.mark.django_db
def test_a_database_of_a_newer_cloudbox_is_left_alone():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_later', now())")

    with pytest.raises(SystemExit, match=r"newer CloudBox: it has accounts\.9999_later"):
        prepare.migrate()
