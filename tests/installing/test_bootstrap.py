"""The Python environment: made, completed, repaired, and never somebody else's."""

import fcntl
import sys

import pytest

from cloudbox import process
from cloudbox.embedded import CannotStart
from cloudbox.embedded.bootstrap import ROOT, STAMP, UNFINISHED, Environment, level_for


@pytest.fixture
def environment(tmp_path):
    """An environment whose requirements are empty, so that nothing is fetched."""
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for name in ("uv", "base", "embedded", "dev"):
        (requirements / f"{name}.txt").touch()
    return Environment(tmp_path / ".venv", requirements)


@pytest.fixture
def installed(environment):
    environment.install("embedded")
    return environment


def site_packages(environment):
    (found,) = environment.directory.glob("lib/python*/site-packages")
    return found


def test_an_environment_is_complete_once_it_is_installed(environment):
    assert not environment.is_complete("base")

    environment.install("embedded")

    assert environment.is_complete("base")
    assert environment.is_complete("embedded")
    assert not environment.is_complete("dev")


def test_changed_requirements_are_installed_again(installed):
    (installed.requirements / "base.txt").write_text("# something new\n")

    assert not installed.is_complete("base")


def test_an_interrupted_installation_is_made_anew(installed):
    (installed.directory / UNFINISHED).touch()
    (installed.directory / STAMP).unlink()
    left = installed.directory / "half-written"
    left.touch()

    installed.install("base")

    assert installed.is_complete("base")
    assert not left.exists()


def test_a_lost_package_is_noticed_and_the_environment_made_anew(environment):
    environment.install("base")
    package = site_packages(environment) / "package"
    package.mkdir()
    environment.install("base")  # stamps it

    package.rmdir()

    assert not environment.is_complete("base")
    environment.install("base")
    assert environment.is_complete("base")


def test_a_lost_interpreter_is_noticed_and_the_environment_made_anew(installed):
    installed.python.unlink()

    assert not installed.is_complete("embedded")
    installed.install("embedded")
    assert process.run([installed.python, "-c", "print('runs')"]).output == "runs\n"


def test_a_stamp_that_is_not_ours_counts_as_none(installed):
    (installed.directory / STAMP).write_text('{"level": "everything"}')

    assert not installed.is_complete("base")


def test_a_directory_that_is_no_environment_is_left_alone(environment):
    environment.directory.mkdir()
    (environment.directory / "thesis.txt").write_text("years of work")

    with pytest.raises(CannotStart, match="left alone"):
        environment.install("base")

    assert (environment.directory / "thesis.txt").read_text() == "years of work"


def test_requirements_that_cannot_be_installed_are_a_sentence(environment):
    (environment.requirements / "base.txt").write_text("this is no requirement\n")

    with pytest.raises(CannotStart, match="could not be installed"):
        environment.install("base")

    assert not environment.is_complete("base")


def test_an_installer_that_outlives_its_start_keeps_the_lock(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = process.start(["sleep", "60"], keep_open=(lock.fileno(),), output=tmp_path / "output")

    with (tmp_path / "lock").open("w") as again, pytest.raises(BlockingIOError):
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    child.kill_group()


@pytest.mark.parametrize("name", ["DATABASE_URL", "DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD"])
def test_real_services_need_no_embedded_ones(monkeypatch, tmp_path, name):
    for known in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(known, raising=False)
    (tmp_path / ".env").write_text(f"{name}=db\n")

    assert level_for("up", (), tmp_path / ".env") == "embedded"
    monkeypatch.setenv("REDIS_URL", "redis://redis:6379/0")
    assert level_for("up", (), tmp_path / ".env") == "base"
    assert level_for("up", (), tmp_path / "no.env") == "embedded"
    monkeypatch.setenv(name, "db")
    assert level_for("up", (), tmp_path / "no.env") == "base"
    assert level_for("test") == "dev"


def test_only_what_is_asked_for_is_installed_into_an_image():
    assert level_for("setup") == "dev"
    assert level_for("setup", ["base"]) == "base"
    assert level_for("run", ["web"]) == "base"
    with pytest.raises(CannotStart, match="no level 'all'; there are base, embedded, dev"):
        level_for("setup", ["all"])


def test_an_old_python_is_told_what_is_needed():
    program = f"import sys; sys.version_info = (3, 10); exec(open({str(ROOT / 'manage.py')!r}).read())"

    done = process.run([sys.executable, "-c", program])

    assert done.errors == "CloudBox needs Python 3.11 or newer; this is 3.10.\n"
