"""Programs are started, watched and stopped in order."""

import os
import re
import signal

import pytest

from cloudbox import process
from cloudbox.embedded import CannotStart, instance
from cloudbox.embedded.logs import Log
from cloudbox.embedded.supervisor import RESTARTS, Program, Stopped, Supervisor


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path)
    yield log
    log.close()


@pytest.fixture
def owner(tmp_path):
    owner = instance.take(tmp_path)
    yield owner
    owner.release()


@pytest.fixture
def supervisor(log, owner):
    with Supervisor(log, owner) as supervisor:
        yield supervisor


def shell(name, script, **more):
    return Program(name, lambda: process.start(["sh", "-c", script]), **more)


def written(tmp_path):
    return re.sub(r"^\S+ ", "", (tmp_path / "cloudbox.log").read_text(), flags=re.MULTILINE)


def test_what_a_program_prints_is_in_the_log_with_its_name(supervisor, tmp_path):
    supervisor.finish(shell("one", "echo out; echo error >&2; printf rest"))

    assert written(tmp_path) == "one      | out\none      | error\none      | rest\n"


def test_a_program_cannot_draw_on_the_terminal(supervisor, tmp_path):
    supervisor.finish(shell("one", r"printf '\033[2Jgone\n'"))

    assert written(tmp_path) == "one      | ?[2Jgone\n"


def test_a_failing_preparation_is_told_by_its_last_line(supervisor):
    with pytest.raises(CannotStart, match=r"^the reason$"):
        supervisor.finish(shell("one", "echo something; echo the reason; exit 1"))


def test_a_program_that_ends_before_it_is_ready_is_told_with_its_last_lines(supervisor):
    with pytest.raises(CannotStart, match=r"one has ended \(status 3\); its last lines:\nno room"):
        supervisor.start([shell("one", "echo no room; exit 3", is_ready=lambda _pid: False)])


def test_a_program_that_keeps_ending_stops_everything(supervisor):
    supervisor.start([shell("other", "sleep 60"), shell("one", "sleep 0.01; exit 1", delay=0.01)])

    with pytest.raises(CannotStart, match=f"one has ended {RESTARTS + 1} times; giving up"):
        supervisor.watch(lambda: None)


def test_a_signal_ends_the_watch_even_where_a_shell_ignores_it(supervisor):
    supervisor.start([shell("one", "sleep 60")])

    with pytest.raises(Stopped):
        supervisor.watch(lambda: os.kill(os.getpid(), signal.SIGINT))


def test_the_last_stage_is_stopped_first_and_nothing_stays(supervisor, tmp_path):
    for name in ("database", "web"):
        supervisor.start([shell(name, f"trap 'echo {name} stops; exit' TERM; echo up; while :; do sleep 0.01; done")])
    process.wait_until(lambda: supervisor._read(0.05) or written(tmp_path).count("up\n") == 2, 5)

    supervisor.stop()

    assert re.findall(r"(\w+) stops", written(tmp_path)) == ["web", "database"]
    assert '"started": {}' in (tmp_path / "instance.json").read_text()


def test_a_program_that_does_not_stop_is_killed_with_its_children(supervisor, tmp_path):
    supervisor.start([shell("one", "trap '' TERM; sleep 60 & echo $! > %s; wait; sleep 60" % (tmp_path / "child"),
                            stop=((signal.SIGTERM, 0.1),))])  # fmt: skip
    process.wait_until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "", 5)
    child = int((tmp_path / "child").read_text())

    supervisor.stop()

    assert process.wait_until(lambda: process.identity(child) is None, 5)
    assert "one does not stop; it is killed." in written(tmp_path)


def test_a_data_directory_has_one_owner(owner, tmp_path):
    with pytest.raises(CannotStart, match=rf"running on {tmp_path} already \(process {os.getpid()}\)"):
        instance.take(tmp_path)


def test_a_process_that_got_the_number_of_an_old_one_is_left_alone(tmp_path):
    stranger = process.start(["sleep", "60"], output=tmp_path / "output")
    record = {"started": {"web": {"pid": stranger.pid, "identity": "an earlier one", "stop_signal": signal.SIGTERM}}}
    (tmp_path / "instance.json").write_text(str(record).replace("'", '"').replace("<Signals.SIGTERM: 15>", "15"))

    instance.take(tmp_path).release()

    assert stranger.code() is None
    stranger.kill_group()


@pytest.mark.parametrize(
    "record", ['{"started": []}', '{"started": {"web": {"pid": 1, "since": 2}}}', '{"started": {"web": 1}}']
)
def test_a_record_that_another_version_wrote_is_no_hindrance(tmp_path, record):
    (tmp_path / "instance.json").write_text(record)

    instance.take(tmp_path).release()

    assert not (tmp_path / "instance.json").exists()
