"""`manage.py up`, started and stopped as an operator does."""

import json
import os
import re
import signal
import socket
import stat
import sys

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.places import places_in
from tests.server import Server, processes_of

pytestmark = pytest.mark.slow  # it starts one whole CloudBox after another; .ci/run does that, too


@pytest.fixture(scope="module")
def served(up):
    """An instance that every test of this module may look at."""
    instance = up()
    instance.wait_until_ready()
    return instance


def test_everything_serves_once_it_says_so(served):
    assert served.get("/readyz") == 200
    programs = {"postgres", "valkey", "web", "worker", "painter", "courier", "beat", "simulator"}
    assert set(served.processes()) == programs


def test_the_addresses_are_printed(served):
    assert f"http://127.0.0.1:{served.port}/admin/" in served.printed()


def test_the_first_staff_password_is_shown_on_the_screen_and_kept_out_of_the_log(served):
    (password,) = re.findall(r"admin, its password: (\S+)", served.printed())

    assert len(password) >= 12
    assert password not in (served.data / "log" / "cloudbox.log").read_text()


def test_the_secret_key_is_readable_by_its_owner_only(served):
    path = served.data / "secret_key"

    assert len(path.read_text()) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_sockets_are_closed_to_everybody_else(served):
    sockets = places_in(served.data).run

    assert (sockets / "redis.sock").exists()
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_a_second_start_on_the_same_data_is_refused(served, up):
    said = up(data=served.data).refusal()

    assert f"running on {served.data} already (process {served.child.pid}, serving http://127.0.0.1:" in said
    assert served.get("/readyz") == 200


def test_a_taken_port_is_refused_before_anything_is_made(up, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = up("--port", str(port), data=tmp_path / "data").refusal()

    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert not (tmp_path / "data").exists()


def test_a_database_of_a_newer_postgresql_is_left_alone(up, tmp_path):
    files = tmp_path / "data" / "postgres"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("19\n")

    said = up(data=tmp_path / "data").refusal()

    assert "was written by PostgreSQL 19" in said
    assert [path.name for path in files.iterdir()] == ["PG_VERSION"]


def test_a_data_directory_that_cannot_be_made_is_a_sentence(up, tmp_path):
    (tmp_path / "file").touch()

    said = up(data=tmp_path / "file" / "data").refusal()

    assert said.startswith(f"The data directory {tmp_path}/file/data cannot be used")


def test_a_wrong_setting_is_a_sentence(up, tmp_path, monkeypatch):
    monkeypatch.setenv("DB_PORT", "many")

    assert "DB_PORT must be a whole number" in up(data=tmp_path / "data").refusal()


def test_a_command_of_django_uses_the_running_database(served):
    own = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "CLOUDBOX_DATA": str(served.data)}

    done = process.run([sys.executable, ROOT / "manage.py", "showmigrations", "accounts"], environment=own)

    assert "[X] 0001_initial" in done.output, done.errors


def test_a_program_that_dies_is_started_again(served):
    before = served.processes()["beat"]["pid"]

    os.kill(before, signal.SIGKILL)

    assert process.wait_until(lambda: served.processes().get("beat", {}).get("pid", before) != before, 10)
    assert "beat has ended (killed by SIGKILL); starting it again in 1 s." in " ".join(served.printed().split())


def test_a_killed_run_is_cleaned_up_and_a_stopped_one_leaves_nothing(up):
    one = up()
    one.wait_until_ready()
    one.child.signal(signal.SIGKILL)
    one.child.ends_within(5)
    left = left_on_the_port_of(one)

    one.start()
    one.wait_until_ready()

    assert left.ends_within(0)
    assert "first staff account" not in one.printed()
    assert one.get("/readyz") == 200
    assert one.stop(signal.SIGINT) == 0
    assert processes_of(one.data) == []
    assert not (one.data / "instance.json").exists()


def left_on_the_port_of(killed: Server) -> process.Child:
    """Return what stands for a web process of a killed run that does not end by itself and keeps the port."""
    assert process.wait_until(lambda: killed.get("/healthz") == 0, 10)
    serving = f"import socket, time; s = socket.create_server(('127.0.0.1', {killed.port})); time.sleep(600)"
    left = process.start([sys.executable, "-c", serving], output=killed.screen)
    record = json.loads((killed.data / "instance.json").read_text())
    record["started"]["web"] |= {"pid": left.pid, "identity": process.identity(left.pid)}
    (killed.data / "instance.json").write_text(json.dumps(record))
    assert process.wait_until(lambda: is_open(killed.port), 10)
    return left


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_in_the_first_second_is_a_clean_end(up):
    one = up()
    assert process.wait_until((one.data / "postgres.new").exists, 20)

    os.killpg(one.child.pid, signal.SIGINT)  # as a terminal does: everything in the foreground gets it

    assert one.child.ends_within(40)
    assert one.child.code() == 0, one.printed()
    assert processes_of(one.data) == []


def test_a_file_that_cannot_be_opened_is_a_sentence(up, tmp_path):
    (tmp_path / "data" / "instance.lock").mkdir(parents=True)

    assert f"cannot go on: Is a directory ({tmp_path}/data/instance.lock)" in up(data=tmp_path / "data").refusal()
