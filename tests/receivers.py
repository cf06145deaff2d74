"""A receiver of webhooks for tests, on this machine: it keeps what it was sent, and answers as a test tells it to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

BEGINNINGS = {  # of answers after which nothing comes
    "hang": b"",
    "stops": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "broken": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
}


@dataclass(frozen=True)
class Call:
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def signed_with(self, secret: str) -> Any:
        """Return what it says, once the library of those who receive webhooks has verified it."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What a test asks of it. `acts` answer the next calls, the last of them all that follow."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    acts: list[str | int] = field(default_factory=lambda: [204])
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def next_act(self) -> str | int:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        told: Receiver = self.server.told  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told.calls.append(Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        with suppress(OSError):
            self._answer(told, told.next_act())

    def _answer(self, told: Receiver, act: str | int) -> None:
        if isinstance(act, int):
            self.send_response(act)
            self.send_header("Location", f"http://127.0.0.1:{told.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif act in BEGINNINGS:
            self.wfile.write(BEGINNINGS[act])
            told.over.wait(30)
        elif act == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not told.over.wait(0.05):
                self.wfile.write(b"X-More: 1\r\n")
                time.sleep(0)
        elif act == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(2**40))
            self.end_headers()
            while not told.over.is_set():
                self.wfile.write(b"x" * 2**16)
        # "close": nothing

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    told = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.told = told  # type: ignore[attr-defined]  # ours
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def home_lab(settings: Any) -> None:
    """Networks and plain HTTP that an operator allows: the receiver's."""
    settings.CLOUDBOX_WEBHOOK_HTTP = True
    settings.CLOUDBOX_WEBHOOK_PRIVATE = ["127.0.0.1"]


@pytest.fixture
def receiver(home_lab: None) -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
