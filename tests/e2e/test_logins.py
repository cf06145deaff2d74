"""Many logins at once, at a real server: they fit into a small machine, and its processes count them together."""

import sys
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.memory import MIB, watched
from tests.server import Server, free_port
from tests.visitors import PASSWORD, asked, at_once

MOST = 256 * MIB  # bytes that all web processes together may take for them
LIMIT = 12  # requests in a day


def test_twenty_logins_at_once_stay_within_256_mib(server: Server, meet, record_property):
    people = [meet("crowd") for _ in range(20)]
    web = {pid: name for pid, name in server.family().items() if name == "web"}

    def log_in(number: int) -> int:
        body = {"login": people[number].name, "password": PASSWORD}
        return requests.post(f"{server.url}/api/v1/auth/login", json=body, timeout=60).status_code

    with watched(web) as peaks:
        statuses = at_once(log_in, range(20))

    record_property("MiB", round(peaks.growth_of_all() / MIB))
    assert statuses == [200] * 20
    assert peaks.growth_of_all() <= MOST


@pytest.fixture(scope="module")
def two_processes(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second web on the shared server's data, of two processes and with limits."""
    port, screen = free_port(), tmp_path_factory.mktemp("limited") / "screen"
    limits = {"CLOUDBOX_RATE_PER_ADDRESS": f"{LIMIT}/day", "CLOUDBOX_PROXIES": "127.0.0.1"}
    command = (
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "8",
        "--log-level",
        "error",
    )
    child = process.start(
        [sys.executable, *command, "--bind", f"127.0.0.1:{port}", "cloudbox.wsgi:application"],
        environment={**server.environment(), **limits, "PYTHONPATH": str(ROOT), "PORT": str(port)},
        output=screen,
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/healthz", timeout=5).ok
        except OSError:
            return False

    try:
        assert process.wait_until(answers, 30), screen.read_text()
        yield url
    finally:
        child.signal(15)
        child.ends_within(10)
        child.kill_group()


def test_two_processes_count_the_requests_of_one_address_together(two_processes: str):
    def ask(_: int) -> requests.Response:
        headers = {"X-Forwarded-For": "198.51.100.77", "Connection": "close"}  # whichever process takes it
        return requests.get(f"{two_processes}/api/v1/no/such", headers=headers, timeout=60)

    answers = at_once(ask, range(40))

    assert Counter(answer.status_code for answer in answers) == {401: LIMIT, 429: 40 - LIMIT}
    remaining = sorted(int(answer.headers["RateLimit-Remaining"]) for answer in answers if answer.status_code == 401)
    assert remaining == list(range(LIMIT))
    assert all(int(answer.headers["Retry-After"]) > 1000 for answer in answers if answer.status_code == 429)
    elsewhere = requests.get(f"{two_processes}/healthz", headers={"X-Forwarded-For": "198.51.100.77"}, timeout=60)
    assert elsewhere.ok


def test_a_limit_of_one_address_is_nothing_to_another(two_processes: str):
    body = {"login": "nobody at all", "password": PASSWORD}
    headers = {"X-Forwarded-For": "203.0.113.77"}

    refused = requests.post(f"{two_processes}/api/v1/auth/login", json=body, headers=headers, timeout=60)

    assert asked(refused, 401)["code"] == "wrong_credentials"
    assert refused.headers["RateLimit-Remaining"] == str(LIMIT - 1)
