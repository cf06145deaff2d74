"""The proxy of these tests does what its faults say, and otherwise changes nothing."""

import contextlib
import http.client
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cloudbox import process
from tests.faults.proxy import Fault, Proxy

DATA = os.urandom(300_000)
FLIPPED = DATA[:150_000] + bytes([DATA[150_000] ^ 1]) + DATA[150_001:]
PATIENCE = 2  # seconds


class Keeper(BaseHTTPRequestHandler):
    """Keeps what it is sent, and gives it back, in chunks if the path says so."""

    protocol_version = "HTTP/1.1"
    kept: dict[str, bytes]

    def do_PUT(self) -> None:
        self.kept[self.path] = self._body()
        self._answer(201, b"kept")

    def do_GET(self) -> None:
        self._answer(200, self.kept["/a"])

    def do_HEAD(self) -> None:
        self._answer(200, self.kept["/a"])

    def log_message(self, *_: object) -> None:
        pass

    def _body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def kept() -> dict[str, bytes]:
    return {"/a": DATA}


@pytest.fixture
def proxy(kept: dict[str, bytes]) -> Iterator[Proxy]:
    keeper = type("Keeper", (Keeper,), {"kept": kept})
    with ThreadingHTTPServer(("127.0.0.1", 0), keeper) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        with Proxy(("127.0.0.1", server.server_port)) as proxy:
            yield proxy
        server.shutdown()


def asked(proxy: Proxy, method: str = "GET", path: str = "/a", body: bytes | None = None) -> tuple[int, bytes]:
    """Return status and body of an answer; a status of 0 means that none came, or not whole."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    return 0, b""


def test_without_a_fault_everything_passes_unchanged_on_one_connection(proxy: Proxy, kept: dict[str, bytes]):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("PUT", "/b", DATA, {"Expect": "100-continue"})
        connection.getresponse().read()
        connection.request("PUT", "/c", iter([DATA[:7], DATA[7:]]), encode_chunked=True)
        connection.getresponse().read()
        connection.request("HEAD", "/a")
        head = connection.getresponse()
        head.read()
        connection.request("GET", "/chunked")
        chunked = connection.getresponse().read()

    assert (kept["/b"], kept["/c"], int(head.headers["Content-Length"]), chunked) == (DATA, DATA, len(DATA), DATA)
    assert proxy.passed == {"PUT": 2, "HEAD": 1, "GET": 1}
    assert proxy.counts == {}


@pytest.mark.parametrize(
    ("fault", "answer", "arrives"),
    [
        (Fault.ERROR, 500, None),
        (Fault.LOST, 0, DATA),
        (Fault.SPOILT_UP, 201, FLIPPED),
        (Fault.SLOW, 201, DATA),
    ],
)
def test_a_fault_of_what_goes_up_is_the_one_that_was_asked_for(
    proxy: Proxy, kept: dict[str, bytes], fault: Fault, answer: int, arrives: bytes | None
):
    with proxy.suffering(fault):
        status, _ = asked(proxy, "PUT", "/b", DATA)

    assert status == answer
    assert kept.get("/b") == arrives
    assert proxy.counts == {fault: 1}
    assert asked(proxy) == (200, DATA)


@pytest.mark.parametrize(
    ("fault", "answer"), [(Fault.CUT, (0, b"")), (Fault.SPOILT_DOWN, (200, FLIPPED)), (Fault.SLOW, (200, DATA))]
)
def test_a_fault_of_what_comes_down_is_the_one_that_was_asked_for(
    proxy: Proxy, fault: Fault, answer: tuple[int, bytes]
):
    with proxy.suffering(fault, 1, "GET"):
        got = asked(proxy)

    assert got == answer
    assert proxy.counts == {fault: 1}


@pytest.mark.parametrize(("fault", "arrives"), [(Fault.SILENT, False), (Fault.HELD, True)])
def test_a_request_waits_for_an_answer_until_the_fault_is_over(
    proxy: Proxy, kept: dict[str, bytes], fault: Fault, arrives: bool
):
    answers: list[tuple[int, bytes]] = []
    waiting = threading.Thread(target=lambda: answers.append(asked(proxy, "PUT", "/b", DATA)))
    with proxy.suffering(fault, 1, "PUT"):
        waiting.start()
        held = process.wait_until(lambda: proxy.held == 1, 10)
        others = asked(proxy)

    waiting.join()
    assert held
    assert others == (200, DATA)
    assert answers == [(0, b"")]
    assert ("/b" in kept) is arrives


def test_what_is_asked_again_may_be_spared(proxy: Proxy):
    with proxy.suffering(Fault.ERROR, once=True):
        statuses = [asked(proxy, method)[0] for method in ("GET", "GET", "HEAD", "GET")]

    assert statuses == [500, 200, 500, 200]


def test_who_has_hung_up_is_not_waited_for(proxy: Proxy):
    with proxy.suffering(Fault.SILENT):
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
        connection.request("GET", "/a")
        held = process.wait_until(lambda: proxy.held == 1, 10)
        connection.close()
        let_go = process.wait_until(lambda: proxy.held == 0, 10)

    assert held
    assert let_go


def test_what_is_down_refuses_every_connection_and_comes_back_on_the_same_port(proxy: Proxy):
    with proxy.down():
        refused = asked(proxy)

    assert refused == (0, b"")
    assert asked(proxy) == (200, DATA)


def test_a_share_of_the_requests_is_hit_and_which_is_decided_by_the_seed(proxy: Proxy):
    with proxy.suffering(Fault.ERROR, 0.3):
        statuses = [asked(proxy, "HEAD")[0] for _ in range(100)]

    assert statuses.count(500) == proxy.counts[Fault.ERROR] == 27
    assert statuses.count(200) == 100 - proxy.counts[Fault.ERROR]
