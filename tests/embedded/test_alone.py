"""One program by itself, with servers of your own, as containers run it."""

import http.client
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import free_port

pytestmark = pytest.mark.slow  # it starts one whole CloudBox after another; .ci/run does that, too

TOKEN = "a-token-of-the-operator"
OF_THE_TESTS = {"SECRET_KEY", "JWT_SECRET_KEY", "PORT", "WORKERS"}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty database on the server of the tests."""
    server = os.environ["DATABASE_URL"]
    name = f"alone_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def environment(database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What containers are told: which servers, and where the data is."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS and "CLOUDBOX" not in name}
    redis, data = urlsplit(os.environ["REDIS_URL"]), tmp_path_factory.mktemp("alone") / "data"
    apart = redis._replace(query="db=8") if redis.scheme == "unix" else redis._replace(path="/8")
    servers = {"DATABASE_URL": database, "REDIS_URL": apart.geturl()}
    ours = {"CLOUDBOX_DATA": str(data), "CLOUDBOX_BLOBS_TOKEN": TOKEN}
    return {**kept, **servers, **ours, "PORT": str(free_port()), "WORKERS": "1"}


@pytest.fixture(scope="module")
def prepared(environment: dict[str, str]) -> str:
    """What is said when the database is prepared for the first time."""
    done = process.run(command("prepare"), environment=environment)
    assert done.code == 0, done.errors
    return done.output


def command(*arguments: str) -> list[str | Path]:
    return [sys.executable, ROOT / "manage.py", "run", *arguments]


def status(port: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_one_program_needs_servers_of_your_own(environment):
    refused = process.run(command("web"), environment={**environment, "REDIS_URL": ""})

    assert refused.code == 1
    assert refused.errors == "One program alone needs servers of your own: set DATABASE_URL and REDIS_URL.\n"


def test_two_programs_never_sign_with_different_keys(environment, tmp_path):
    refused = process.run(command("worker"), environment={**environment, "CLOUDBOX_DATA": str(tmp_path)})

    assert refused.code == 1
    assert refused.errors.startswith("There is no SECRET_KEY")
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_there_is_not_is_refused():
    assert process.run(command("postgres")).code == 2


def test_the_database_is_prepared_once_and_the_first_password_is_told(prepared, environment):
    again = process.run(command("prepare"), environment=environment)

    assert "The first staff account: admin, its password: " in prepared
    assert (again.code, again.output) == (0, "")


def test_web_worker_and_beat_by_themselves_are_a_whole_cloudbox(prepared, environment, tmp_path):
    screens = {name: tmp_path / name for name in ("web", "worker", "beat")}
    running = {
        name: process.start(command(name), environment=environment, output=screen) for name, screen in screens.items()
    }
    try:
        ready = process.wait_until(lambda: status(environment["PORT"], "/readyz") == 200, 40)
        assert ready, [screen.read_text() for screen in screens.values()]
        assert {name: child.code() for name, child in running.items()} == dict.fromkeys(screens)
        assert status(environment["PORT"], "/api/v1/store/folders", Authorization=f"Bearer {TOKEN}") == 200
        assert TOKEN not in "".join(screen.read_text() for screen in screens.values())
    finally:
        codes = {name: stopped(child) for name, child in running.items()}
    assert codes == dict.fromkeys(screens, 0)


def test_a_simulator_by_itself_stands_in_for_paystack_only_where_there_is_none(prepared, environment, tmp_path):
    refused = process.run(command("simulator"), environment={**environment, "PAYSTACK_SECRET_KEY": "sk_test_01234567"})
    assert (refused.code, refused.errors.startswith("There is nothing to simulate")) == (1, True)

    simulator = process.start(command("simulator"), environment=environment, output=tmp_path / "simulator")
    port = str(int(environment["PORT"]) + 1)
    try:
        assert process.wait_until(lambda: status(port, "/") == 200, 20), (tmp_path / "simulator").read_text()
        assert status(port, "/transaction", Authorization="Bearer sk_test_of_somebody") == 401
    finally:
        code = stopped(simulator)
    assert code == 0


def test_a_simulator_by_hand_listens_where_it_is_told_to(prepared, environment, tmp_path):
    port = str(free_port())
    by_hand = [
        sys.executable,
        ROOT / "manage.py",
        "paystack_simulator",
        "--port",
        port,
        "--directory",
        tmp_path / "books",
    ]
    simulator = process.start(by_hand, environment=environment, output=tmp_path / "simulator")
    try:
        assert process.wait_until(lambda: status(port, "/") == 200, 30), (tmp_path / "simulator").read_text()
    finally:
        code = stopped(simulator)
    assert code == 0


def test_a_request_under_way_is_answered_when_the_web_is_told_to_stop(prepared, environment, tmp_path):
    web = process.start(command("web"), environment=environment, output=tmp_path / "web")
    port = int(environment["PORT"])
    body = b'{"username": "ada", "password": "three tame otters"}'
    try:
        assert process.wait_until(lambda: status(environment["PORT"], "/healthz") == 200, 40)
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        asking.putrequest("POST", "/api/v1/auth/register")
        asking.putheader("Content-Type", "application/json")
        asking.putheader("Content-Length", str(len(body)))
        asking.endheaders(body[:20])
        assert status(environment["PORT"], "/healthz") == 200  # so the one before has been taken
        web.signal(15)
        assert process.wait_until(lambda: status(environment["PORT"], "/healthz") == 0, 10)
        asking.send(body[20:])
        answered = asking.getresponse().status
        asking.close()
    finally:
        code = stopped(web)

    assert (answered, code) == (201, 0)


def stopped(child: process.Child) -> int | None:
    """Stop a program as a container is stopped, and return its exit status."""
    child.signal(15)
    child.ends_within(30)
    child.kill_group()
    return child.code()
