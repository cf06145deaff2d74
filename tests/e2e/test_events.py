"""Listening at a real server: it ends with the connection, and keeps nobody else waiting."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import Server, free_port

PLACES = 4


@pytest.fixture(params=["granian", "gunicorn"])
def web(request, server: Server, tmp_path) -> Iterator[str]:
    """Another web of one process on the shared server's data, of which half may listen."""
    port, screen = free_port(), tmp_path / "screen"
    commands: dict[str, list[Any]] = {
        "granian": [sys.executable, ROOT / "manage.py", "run", "web", "--port", str(port)],
        "gunicorn": [
            *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8"),
            *("--bind", f"127.0.0.1:{port}", "cloudbox.wsgi:application"),
        ],
    }
    environment = {**server.environment(), "WORKERS": "1", "CLOUDBOX_THREADS": "8", "CLOUDBOX_LISTENERS": str(PLACES)}
    url = f"http://127.0.0.1:{port}"
    child = process.start(commands[request.param], environment={**environment, "PORT": str(port)}, output=screen)
    try:
        assert process.wait_until(lambda: answers(url), 60), screen.read_text()
        yield url
    finally:
        child.kill_group()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_listeners_at_every_place_keep_nobody_else_waiting(web, meet):
    dana, erin = meet("dana"), meet("erin")

    def listen(who):
        headers = {"Authorization": who.headers["Authorization"]}
        return requests.get(f"{web}/api/v1/events", headers=headers, stream=True, timeout=60)

    listeners = [listen(who) for who in (dana, erin) * (PLACES // 2)]
    refused = listen(dana)
    assert [answer.status_code for answer in listeners] == [200] * PLACES
    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_listeners")

    usage = requests.get(f"{web}/api/v1/account/usage", headers=dict(dana.headers), timeout=10)
    assert usage.status_code == 200
    folder = dana.make_folder("photos")
    told = next(line for line in listeners[0].iter_lines() if b"folder_made" in line)
    assert folder.encode() in told

    listeners.pop().close()
    assert process.wait_until(lambda: has_place(listen(erin)), 10)


def has_place(answer: requests.Response) -> bool:
    with answer:
        return answer.status_code == 200
