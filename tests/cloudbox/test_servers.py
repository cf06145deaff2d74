"""What only a real server shows, under granian and under gunicorn's threads: each trap was fallen into once."""

import hashlib
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import repeat

import pytest
import requests

from tests.cloudbox.conftest import THREADS, Server, serving

MEBIBYTE = 2**20
PATIENCE = 10  # seconds for what takes a moment


def exchange(server: Server, *pieces: bytes) -> bytes:
    """Send the pieces and return what comes back until the server closes, or has nothing to say."""
    with server.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        return answer_on(connection)


def answer_on(connection: socket.socket) -> bytes:
    """Return one final answer, head and body, or what came before the connection closed."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = connection.recv(65536)
        if not more:
            return answer
        answer = (answer + more).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, body = answer.split(b"\r\n\r\n", 1)
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < (lengths or [0])[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ")[1]) if answer else 0


def put(path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"PUT {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def becomes_true(happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)
    return happened()


def test_a_body_arrives_whole(server):
    body = b"x" * (3 * MEBIBYTE + 1)

    told = requests.put(f"{server.url}/api/sink", data=body, timeout=PATIENCE).json()

    assert told == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def test_a_chunked_body_without_length_is_refused_and_not_stored_empty(server):
    response = requests.put(f"{server.url}/api/sink", data=repeat(b"x", 5), timeout=PATIENCE)

    assert (response.status_code, response.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(("declared", "status"), [("5", 200), ("4", 400), ("6", 400)])
def test_a_chunked_body_that_declares_its_length_has_that_length(server, declared, status):
    headers = {"X-Expected-Entity-Length": declared}

    response = requests.put(f"{server.url}/api/sink", data=repeat(b"x", 5), headers=headers, timeout=PATIENCE)

    assert response.status_code == status


def test_a_chunked_body_that_declares_its_digest_has_that_digest(server):
    right = {"Content-Digest": "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"}

    def code(body: bytes) -> int:
        return requests.put(f"{server.url}/api/sink", data=iter([body]), headers=right, timeout=PATIENCE).status_code

    assert (code(b"hello"), code(b"hell")) == (200, 400)


def test_a_chunked_json_body_is_not_taken_for_an_empty_one(server):
    headers = {"Content-Type": "application/json", "X-Expected-Entity-Length": "12"}

    response = requests.post(f"{server.url}/api/things", iter([b'{"name":"a"}']), headers=headers, timeout=PATIENCE)

    assert response.json() == {"name": "a"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("Content-Length: 1000000",), b"x" * 1000),
        (("Transfer-Encoding: chunked", "X-Expected-Entity-Length: 1000000"), b"5\r\nhello\r\n"),
        (("Transfer-Encoding: chunked", f"Content-Digest: sha-256=:{'A' * 43}=:"), b"5\r\nhello\r\n"),
    ],
)
def test_a_client_that_dies_in_the_middle_stores_nothing(server, tmp_path, headers, body):
    marker = tmp_path / "stored"
    before = server.log.read_text().count("/api/sink")
    with server.connect() as connection:
        connection.sendall(put(f"/api/sink?marker={marker}", *headers, body=body))
        connection.shutdown(socket.SHUT_RDWR)

    assert becomes_true(lambda: server.log.read_text().count("/api/sink") > before)
    assert not marker.exists()


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Transfer-Encoding: xchunked",),
        ("Content-Length: +5",),
    ],
)
def test_a_body_that_could_be_read_in_two_ways_is_refused(server, headers):
    answer = exchange(server, put("/api/sink", *headers, body=b"5\r\nhello\r\n0\r\n\r\n"))

    assert status_of(answer) in {400, 411, 501}


def test_a_header_with_an_underscore_does_not_cut_a_body_off(server):
    answer = exchange(server, put("/api/sink", "Content-Length: 5", "Content_Length: 3", body=b"hello"))

    assert status_of(answer) == 400 or b'"size": 5' in answer


def test_what_a_reader_has_already_is_answered_without_a_body_and_the_connection_goes_on(server):
    with requests.Session() as session:
        unchanged = session.get(f"{server.url}/api/source?size=100", headers={"If-None-Match": '"abc"'}, timeout=20)
        whole = session.get(f"{server.url}/api/source?size=100", timeout=20)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers.get("Content-Length", "100") == "100"
    assert len(whole.content) == 100


def test_a_refusal_is_answered_before_the_body_is_sent(server):
    answer = exchange(server, put("/api/busy", "Content-Length: 1000000000", "Expect: 100-continue"))

    assert status_of(answer) == 503


def test_the_body_of_a_refused_request_is_never_taken_for_the_next_request(server):
    smuggled = b"GET /api/crash HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(put("/api/busy", f"Content-Length: {len(smuggled)}", body=smuggled))
        refused = status_of(answer_on(connection))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        following = status_of(answer_on(connection))

    assert refused == 503
    assert following in {200, 0}  # it is answered, or the connection was closed


def test_a_nul_in_an_address_and_a_host_of_somebody_else_are_refused(server):
    assert status_of(exchange(server, b"GET /api/a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n")) == 400
    assert status_of(exchange(server, b"GET /api/query HTTP/1.1\r\nHost: evil.example\r\n\r\n")) == 400
    assert status_of(exchange(server, b"GET /api/query HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n")) == 400


def test_the_health_is_told_to_any_host(server):
    assert status_of(exchange(server, b"GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n")) == 200


def small_upload(server: Server) -> bytes:
    return exchange(server, put("/api/sink", "Content-Length: 1", body=b"x"))


def bodies_read(server: Server) -> int:
    return int(requests.get(f"{server.url}/api/query", timeout=PATIENCE).json()["bodies"])


def test_stalled_uploads_leave_threads_for_everybody_else(server):
    bodies = THREADS * 3 // 4
    with ExitStack() as stack:
        for _ in range(bodies):
            connection = stack.enter_context(server.connect())
            connection.sendall(put("/api/sink", "Content-Length: 1000", body=b"x"))

        assert becomes_true(lambda: bodies_read(server) == bodies)
        refused = small_upload(server)
        assert (status_of(refused), b"\r\nretry-after: 5\r\n" in refused.lower()) == (503, True)
        assert requests.get(f"{server.url}/api/query", timeout=PATIENCE).ok
    assert becomes_true(lambda: status_of(small_upload(server)) == 200)


def test_gunicorn_drops_a_body_that_brings_nothing(tmp_path):
    with serving("gunicorn", tmp_path, CLOUDBOX_UPLOAD_LEASE="2") as impatient, impatient.connect() as connection:
        connection.sendall(put("/api/sink", "Content-Length: 1000", body=b"x"))

        assert status_of(answer_on(connection)) == 400


def test_a_server_opens_no_more_connections_than_it_may(server):
    def backend(_: int) -> int:
        return int(requests.get(f"{server.url}/api/query", timeout=PATIENCE).json()["backend"])

    with ThreadPoolExecutor(THREADS * 2) as many:
        backends = set(many.map(backend, range(60)))

    assert len(backends) <= 2


def test_slow_downloads_hold_no_database_connection(server):
    with ExitStack() as stack:
        for _ in range(THREADS - 2):  # three times as many as there are connections
            connection = stack.enter_context(server.connect())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /api/source?size=100000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(8) == b"HTTP/1.1"
        started = time.monotonic()
        response = requests.get(f"{server.url}/api/query", timeout=PATIENCE)

    assert response.ok
    assert time.monotonic() - started < 5  # it would wait 10 s for a connection


def test_a_slow_reader_and_a_large_body_cost_no_memory(server):
    requests.get(f"{server.url}/api/source?size=1000000", timeout=PATIENCE)
    before = server.resident()
    with server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /api/source?size=200000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(8) == b"HTTP/1.1"
        requests.put(f"{server.url}/api/sink", data=Zeros(200 * MEBIBYTE), timeout=60)
        reading = server.resident()

    assert reading - before < 16 * MEBIBYTE


def test_an_answer_that_breaks_off_ends_before_its_length_and_with_its_connection(server):
    with server.connect() as connection:
        connection.sendall(b"GET /api/source?size=10000000&gone_at=3145728 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")

    assert status_of(head) == 200
    assert b"content-length: 10000000" in head.lower()
    assert len(body) <= 3 * MEBIBYTE
    assert becomes_true(lambda: "answer_broken_off" in server.log.read_text())


def test_a_store_that_is_gone_before_the_first_byte_is_told_so(server):
    response = requests.get(f"{server.url}/api/source?size=10000000&gone_at=0", timeout=PATIENCE)

    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert response.headers["Retry-After"] == "10"


def test_a_part_of_a_large_answer_and_its_head_are_right(server):
    part = requests.get(f"{server.url}/api/source?size=10000000", headers={"Range": "bytes=-3"}, timeout=PATIENCE)
    head = requests.head(f"{server.url}/api/source?size=10000000", timeout=PATIENCE)

    assert (part.status_code, part.headers["Content-Range"], len(part.content)) == (
        206,
        "bytes 9999997-9999999/10000000",
        3,
    )
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "10000000", b"")


def test_a_form_arrives_whole(server):
    body = bytes(range(256)) * 8192

    files = {"file": ("naïve.bin", body)}
    told = requests.post(f"{server.url}/api/form", files=files, data={"a": "b"}, timeout=PATIENCE).json()

    assert told == {"name": "naïve.bin", "fields": {"a": "b"}, "sha256": hashlib.sha256(body).hexdigest()}


def test_a_request_keeps_a_sane_id_and_gets_a_new_one_for_any_other(server):
    def id_for(given: str) -> str:
        return requests.get(f"{server.url}/healthz", headers={"X-Request-ID": given}, timeout=PATIENCE).headers[
            "X-Request-ID"
        ]

    assert id_for("trace-0123456789") == "trace-0123456789"
    assert len(id_for("no")) == len(id_for("a b c d e f g h")) == len(id_for("x" * 65)) == 32


def test_the_log_has_no_query_strings_and_no_tokens(server):
    requests.get(f"{server.url}/api/query?code=hunter2", timeout=PATIENCE)
    requests.get(f"{server.url}/api/links/hunter3", timeout=PATIENCE)
    requests.put(f"{server.url}/api/sink", b"hunter4", headers={"Authorization": "Bearer hunter5"}, timeout=PATIENCE)

    assert becomes_true(lambda: "/api/links/..." in server.log.read_text())
    assert "hunter" not in server.log.read_text()


class Zeros:
    """A body of zeros that nobody holds."""

    def __init__(self, size: int) -> None:
        self.left = size

    def __len__(self) -> int:
        return self.left

    def read(self, size: int = -1) -> bytes:
        size = min(size if size > 0 else MEBIBYTE, self.left)
        self.left -= size
        return bytes(size)


def test_whoever_is_refused_before_the_body_is_told_whether_the_connection_goes_on(server):
    with server.connect() as connection:
        connection.sendall(put("/api/nowhere", "Content-Length: 5"))
        goes_on = b"connection: close" not in answer_on(connection).lower()
        if goes_on:
            connection.sendall(b"hello" + put("/api/nowhere", "Content-Length: 0"))
        more = answer_on(connection)

    assert status_of(more) == (404 if goes_on else 0)
