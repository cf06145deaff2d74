"""Flags, ports, secrets and sources: what `up` works out before it starts anything."""

import socket
import stat

import pytest

from cloudbox.embedded import CannotStart, ports
from cloudbox.embedded.flags import parse
from cloudbox.embedded.plan import make_plan, on_a_free_port, secret_key
from cloudbox.embedded.sources import Sources
from tests.server import free_port


@pytest.fixture(autouse=True)
def _no_services(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "PORT", "WORKERS", "DB_HOST", "CLOUDBOX_DATA"):
        monkeypatch.delenv(name, raising=False)


def test_port_and_workers_of_the_ancestors_are_honoured(monkeypatch):
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("WORKERS", "3")

    plan = make_plan(parse([]))

    assert (plan.port, plan.workers) == (port, 3)


def test_a_flag_says_more_than_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("CLOUDBOX_DATA", "/elsewhere")

    plan = make_plan(parse(["--port", "0", "--data", str(tmp_path)]))

    assert on_a_free_port(plan).port > 1
    assert plan.data == tmp_path


def test_the_ancestors_database_names_replace_the_embedded_database(monkeypatch):
    monkeypatch.setenv("DB_HOST", "db.example.org")

    assert "db.example.org" in make_plan(parse(["--port", "0"])).database_url


@pytest.mark.parametrize(("store", "remote"), [("local", False), ("database", False), ("s3", True), ("cold", True)])
def test_a_program_more_is_planned_for_a_store_that_may_be_away(monkeypatch, store, remote):
    monkeypatch.setenv("S3_BUCKET_NAME", "ours")
    monkeypatch.setenv("CLOUDBOX_STORES", "cold=s3://cellar")
    monkeypatch.setenv("CLOUDBOX_STORE", store)

    assert make_plan(parse(["--port", "0"])).store_is_remote is remote


@pytest.mark.parametrize(("previews", "planned"), [("true", True), ("false", False)])
def test_a_program_more_is_planned_where_small_pictures_are_made(monkeypatch, previews, planned):
    monkeypatch.setenv("CLOUDBOX_PREVIEWS", previews)

    assert make_plan(parse(["--port", "0"])).previews is planned


@pytest.mark.parametrize("flags", [["--port", "many"], ["--port", "65536"], ["--no-such-flag"]])
def test_a_wrong_flag_is_refused(flags):
    with pytest.raises(SystemExit, match="2"):
        parse(flags)


def test_a_taken_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotStart, match="is taken"):
        ports.checked("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1 is not an address of this machine"):
        ports.checked("192.0.2.1", 0)


def test_the_secret_key_is_made_once(tmp_path):
    first = secret_key(tmp_path)

    assert len(first) >= 50
    assert secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_an_empty_secret_key_of_a_crashed_start_is_replaced(tmp_path):
    (tmp_path / "secret_key").touch()

    assert len(secret_key(tmp_path)) >= 50


def test_a_changed_source_file_is_noticed_once(tmp_path):
    (tmp_path / "var").mkdir()
    sources = Sources(tmp_path, without=tmp_path / "var")
    (tmp_path / "var" / "data.py").touch()
    assert not sources.changed()

    (tmp_path / "new.py").touch()
    (tmp_path / ".#new.py").symlink_to("an editor's note of who edits it")

    assert sources.changed()
    assert not sources.changed()
