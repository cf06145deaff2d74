"""The simulator: Paystack's calls over HTTP, its pages, its webhooks, and its faults."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from payments.simulator.book import Book, Charge, Dispute, Refund, Webhook
from payments.simulator.calls import Answer, Asked, Calls, answer
from payments.simulator.control import LATE, Control
from payments.simulator.faults import Faults, Trouble
from payments.simulator.pages import Pages
from payments.simulator.panel import Panel
from payments.simulator.returns import Returns
from payments.simulator.till import Till
from payments.simulator.webhooks import QUICK, Outbox, Sender

LONGEST_BODY = 2**16  # bytes
CONNECTIONS = 512  # at a time; each has a thread
T = TypeVar("T")
IDLE = 60  # seconds until a connection is closed on which nobody asks anything


class Simulator:
    """A Paystack on this machine. Without a directory it forgets everything at its end.

    Without `webhook_url` webhooks are kept, not sent: a test hands them over when it wants to.
    """

    def __init__(
        self,
        key: str,
        webhook_url: str = "",
        directory: Path | None = None,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        *,
        address: tuple[str, int] = ("127.0.0.1", 0),
        checkout: str = "",
        retries: Sequence[float] = QUICK,
        late: float = LATE,
        poll: float = 0.02,  # seconds within which it ends when it is closed
    ) -> None:
        self._http = _Server(address, self)
        self.key = key
        self._usual = self._faults = faults or Faults()
        self._befallen: Counter[Trouble] = Counter()
        self._counting = threading.Lock()
        self.closing = threading.Event()
        self._book = Book(directory)
        self._outbox = Outbox(self._book, key, clock, self._current)
        self.till = Till(self._book, self._outbox, clock, self._current)
        self.returns = Returns(self._book, self._outbox, self.till, clock, self._current)
        self._sender = Sender(self._outbox, self._due, clock, retries)
        self._sender.url = webhook_url
        self.url = f"http://{_host(address[0])}:{self._http.server_address[1]}"
        self._calls = Calls(self.till, self.returns, self._book, checkout or self.url)
        self._control = Control(
            self.till, self.returns, self._book, self._outbox, faults=self._current, misbehave=self._only
        )
        self._pages = Pages(self.till, late)
        self._panel = Panel(key, self._book, self._control, self._current)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(poll,), name="simulator", daemon=True)

    def start(self) -> Self:
        self._sender.start()
        self._thread.start()
        return self

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._sender.stop()
        self._book.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._change(faults)

    def misbehave(self, **changes: Any) -> None:
        """Change some of the faults. Raises WrongFault."""
        self._change(self._faults.but(**changes))

    @property
    def webhook_url(self) -> str:
        return self._sender.url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self._sender.url = url
        self._sender.wake()

    @property
    def webhook_host(self) -> str:
        """The name that the receiver is called by, where it is not that of its address."""
        return self._sender.host

    @webhook_host.setter
    def webhook_host(self, host: str) -> None:
        self._sender.host = host

    @property
    def webhooks(self) -> list[Webhook]:
        return self._book.every(Webhook)

    @property
    def charges(self) -> list[Charge]:
        return self._book.every(Charge)

    @property
    def refunds(self) -> list[Refund]:
        return self._book.every(Refund)

    @property
    def disputes(self) -> list[Dispute]:
        return self._book.every(Dispute)

    def charge(self, reference: str) -> Charge:
        """Return a transaction. Raises SaidNo."""
        return self.till.charge(reference=reference)

    def pay(self, reference: str, *, after: float | None = None) -> Charge:
        """Do what a payer does who pays, or whose money arrives so many seconds later."""
        return self._then_wake(self.till.pay(reference, after=after))

    def forget(self) -> None:
        """Be as new: without transactions and faults."""
        self._book.clear()
        self._change(self._usual)

    def fail(self, reference: str) -> Charge:
        """Do what a bank does that declines."""
        return self.till.fail(reference)

    def move_refund(self, refund_id: int, status: str = "processed") -> Refund:
        """Have a refund go on."""
        return self._then_wake(self.returns.move(refund_id, status))

    def dispute(self, reference: str, amount: int | None = None) -> Dispute:
        """Have the payer's bank want the money back."""
        return self._then_wake(self.returns.dispute(reference, amount))

    def resolve(self, reference: str, *, lost: bool) -> Dispute:
        """End a dispute."""
        return self._then_wake(self.returns.resolve(reference, lost=lost))

    def befalls(self, call: str) -> Trouble | None:
        """Return what befalls this call now, and count it."""
        with self._counting:
            for trouble in self._faults.troubles:
                if trouble.call in {call, "*"} and not (trouble.times and self._befallen[trouble] >= trouble.times):
                    self._befallen[trouble] += 1
                    return trouble
        return None

    def answered(self, asked: Asked) -> Answer | None:
        """Return the answer to a request; None cuts the connection."""
        if asked.path == "/":
            return self._then_wake(self._panel.answered(asked))
        if asked.path == "/simulator.css" or asked.path.startswith("/pay/"):
            return self._then_wake(self._pages.answered(asked))
        if not asked.has_key(self.key):
            return answer(401, {"status": False, "message": "Invalid key"})
        if asked.path.startswith("/simulator/"):
            return self._then_wake(self._control.answered(asked))
        trouble = self.befalls(name) if (name := self._calls.name(asked)) else None
        return self._troubled(asked, trouble) if trouble else self._then_wake(self._calls.answered(asked))

    def _troubled(self, asked: Asked, trouble: Trouble) -> Answer | None:
        """Answer a call that goes wrong."""
        is_done = trouble.after or not (trouble.status or trouble.cut)
        true = self._then_wake(self._calls.answered(asked)) if is_done else None
        self.closing.wait(trouble.hang)
        if trouble.cut:
            return None
        if trouble.status:
            html = b"<html><body><h1>Bad gateway</h1></body></html>"
            return Answer(status=trouble.status, body=html, content_type="text/html")
        return true

    def _current(self) -> Faults:
        return self._faults

    def _only(self, **changes: Any) -> None:
        """Behave as at the start, but for these faults. Raises WrongFault."""
        self._change(self._usual.but(**changes))

    def _change(self, faults: Faults) -> None:
        with self._counting:
            self._faults = faults
            self._befallen.clear()

    def _due(self) -> float | None:
        """Let happen whose time has come, and return when something else will."""
        coming = [self.till.arrivals(), self.returns.moves()]
        return min((each for each in coming if each is not None), default=None)

    def _then_wake(self, done: T) -> T:
        """Return it, once the thread that sends knows that there may be something."""
        self._sender.wake()
        return done


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self._open: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if len(self._open) >= CONNECTIONS:
            self.shutdown_request(request)
            return
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away."""

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE
    server: _Server

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._send(answer(413, {"status": False, "message": "The body is too long"}))
            return
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            authorization=self.headers.get("Authorization", ""),
            content_type=self.headers.get("Content-Type", ""),
            cookies=_cookies(self.headers.get("Cookie", "")),
            body=self.rfile.read(int(length)),
        )
        found = self.server.simulator.answered(asked)
        if found is None:
            self.close_connection = True
        else:
            self._send(found)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names that http.server calls

    def _send(self, found: Answer) -> None:
        self.send_response(found.status)
        for name, value in (
            ("Content-Type", found.content_type),
            *found.headers,
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, *_: object) -> None:
        """Keep access codes and references from the screen."""


def _cookies(header: str) -> dict[str, str]:
    return {name: value for name, _, value in (each.strip().partition("=") for each in header.split(";"))}


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104 - where it is reached
