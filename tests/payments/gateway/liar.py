"""Something that answers in Paystack's place, as a test tells it to: also late, never, half, too much or not at all."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BEGINNINGS = {
    "hang": b"",
    "drip": b"HTTP/1.1 200 OK\r\n",
    "trickle": b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n",
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n{}",
}
ENDLESS = {"hang": b"", "drip": b"X-", "trickle": b" "}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def key(self) -> str:
        return self.headers["authorization"].removeprefix("Bearer ")


@dataclass(frozen=True)
class Raw:
    """An answer that is sent as it is."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Liar:
    """What a test asks of it. `answers` are given one after the other, the last of them to all that follow.

    An answer is (status, JSON), Raw, or one of the words `hang`, `drip`, `trickle`, `half`, `close`.
    """

    port: int = 0
    answers: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, *answers: Any) -> None:
        self.answers = list(answers)

    def say(self, data: Any, **more: Any) -> None:
        """Say yes."""
        self.answer(yes(data, **more))

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def yes(data: Any, **more: Any) -> tuple[int, Any]:
    return 200, {"status": True, "message": "Fine", "data": data, **more}


def no(status: int, message: str, **more: Any) -> tuple[int, Any]:
    return status, {"status": False, "message": message, **more}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        liar: Liar = self.server.liar  # type: ignore[attr-defined]
        self.close_connection = True
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        liar.asked.append(
            Asked(
                method=self.command,
                path=parts.path,
                query={name: values[-1] for name, values in parse_qs(parts.query).items()},
                body=json.loads(body) if body else None,
                headers={name.lower(): value for name, value in self.headers.items()},
            )
        )
        with suppress(OSError):
            self._answer(liar, liar.next_answer())

    def do_POST(self) -> None:
        self.do_GET()

    def _answer(self, liar: Liar, answer: Any) -> None:
        if isinstance(answer, tuple):
            self._send(Raw(answer[0], json.dumps(answer[1]).encode()))
        elif isinstance(answer, Raw):
            self._send(answer)
        elif answer in BEGINNINGS:
            self.wfile.write(BEGINNINGS[answer])
            while answer in ENDLESS and not liar.over.wait(0.05):
                self.wfile.write(ENDLESS[answer])
        # "close": nothing

    def _send(self, answer: Raw) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    liar: Liar

    def handle_error(self, *_: object) -> None:
        """Say nothing of those who hang up."""


@contextmanager
def lying(tls: ssl.SSLContext | None = None) -> Iterator[Liar]:
    liar = Liar()
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.liar = liar
    liar.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield liar
    finally:
        liar.over.set()
        server.shutdown()
        server.server_close()
