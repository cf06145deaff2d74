"""Shapes of HTTP that two programs could read in two ways, and clients that hold on to the server."""

import gzip
import re
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.visitors import Visitor, asked, at_once, place_of
from tests.wire import Reply, Wire, ask

JSON = "Content-Type: application/json"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def bearer(visitor: Visitor) -> str:
    return f"Authorization: Bearer {visitor.token}"


def is_refused(reply: Reply) -> bool:
    """Say whether the server has answered 4xx, 501 (RFC 9112 section 6.1) or hung up, as on broken HTTP."""
    return reply.status in {0, 501} or 400 <= reply.status < 500


AMBIGUOUS = {
    "a length and a transfer coding": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "a list of lengths": ["Content-Length: 5, 6"],
    "a length below zero": ["Content-Length: -5"],
    "a length with a sign": ["Content-Length: +5"],
    "a length in hex": ["Content-Length: 0x5"],
    "a length that is no number": ["Content-Length: five"],
    "an endless length": ["Content-Length: 99999999999999999999999"],
    "an unknown transfer coding": ["Transfer-Encoding: xchunked"],
    "chunked twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "chunked that is not last": ["Transfer-Encoding: chunked, identity"],
    "a vertical tab in the coding": ["Transfer-Encoding: \x0bchunked"],
    "a space before the colon": ["Content-Length : 5"],
    "a folded header": ["Content-Length:\r\n 5"],
    "a NUL in a header": ["X-Thing: a\0b"],
    "a bare carriage return": ["X-Thing: a\rContent-Length: 5"],
}


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_an_ambiguous_body_is_refused_and_what_follows_it_is_no_request(door, alice, headers):
    with Wire(door) as wire:
        wire.head("PUT", place_of("smuggled.txt"), bearer(alice), *headers)
        wire.send(b"0\r\n\r\n" + SMUGGLED)
        reply = wire.reply("PUT")

    assert is_refused(reply), reply
    assert "smuggled.txt" not in names_of(alice)


def names_of(visitor: Visitor) -> list[str]:
    return [item["name"] for item in asked(visitor.get("/api/v1/store/folders/content"))["items"]]


def test_a_chunked_body_without_length_or_digest_is_411_and_stores_nothing(door, alice):
    with Wire(door) as wire:
        wire.head("PUT", place_of("endless.txt"), bearer(alice), "Transfer-Encoding: chunked")
        wire.send(b"5\r\nhello\r\n0\r\n\r\n")
        reply = wire.reply("PUT")

    assert reply.status == 411
    assert b"length_required" in reply.body
    assert "endless.txt" not in names_of(alice)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_never_overridden(door, alice, header):
    folder = alice.make_folder(f"kept in spite of {header} at {urlsplit(door).port}")

    ask(door, "GET", f"/api/v1/store/folders/{folder}", bearer(alice), f"{header}: DELETE")
    ask(door, "POST", f"/api/v1/store/folders/{folder}?_method=DELETE", bearer(alice), f"{header}: DELETE", JSON)

    assert alice.get(f"/api/v1/store/folders/{folder}").status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "GETT", "G\x01T"])
def test_an_unknown_method_is_refused(door, alice, method):
    assert is_refused(ask(door, method, "/api/v1/store/folders", bearer(alice)))


PATHS = {
    "a NUL": "/api/v1/store/folders/files/a%00b",
    "invalid UTF-8": "/api/v1/store/folders/files/%ff%fe",
    "an overlong slash": "/api/v1/store/folders/files/%c0%af",
    "an encoded surrogate": "/api/v1/store/folders/files/%ed%a0%80",
    "dots up": "/api/v1/store/folders/files/..%2f..%2fetc%2fpasswd",
    "dots": "/api/v1/store/folders/files/%2e%2e",
    "a backslash path": "/static/..%5c..%5cmanage.py",
    "dots out of static": "/static/../../manage.py",
    "encoded dots out of static": "/static/%2e%2e/%2e%2e/manage.py",
    "double encoding": "/static/%252e%252e/manage.py",
    "an empty id": "/api/v1/store/folders//content",
    "an id that is none": "/api/v1/store/files/1/content",
    "the id of nothing": "/api/v1/store/files/00000000-0000-0000-0000-000000000000/content",
    "line breaks": "/api/v1/%0d%0aSet-Cookie:%20a=b",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_strange_path_is_refused(door, alice, method, path):
    reply = ask(door, method, path, bearer(alice), "Content-Length: 0")

    assert is_refused(reply), reply
    assert b"passwd" not in reply.body
    assert "set-cookie" not in reply.headers


def test_a_huge_address_and_huge_headers_are_refused(door, alice):
    long_path = ask(door, "GET", "/api/v1/" + "a" * 200_000, bearer(alice))
    long_header = ask(door, "GET", "/api/v1/store/folders", f"X-Long: {'a' * 500_000}")
    many_headers = ask(door, "GET", "/api/v1/store/folders", *(f"X-{number}: a" for number in range(5000)))

    assert [is_refused(reply) for reply in (long_path, long_header, many_headers)] == [True, True, True]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "evil.example:80", "[::1", "a b", ""])
def test_a_foreign_host_is_refused_and_never_echoed_in_links(door, host):
    with Wire(door) as wire:
        wire.send(f"GET /api/v1/store/folders HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        reply = wire.reply()

    assert is_refused(reply)
    assert b"evil.example" not in reply.body


def test_two_hosts_are_refused(door):
    with Wire(door) as wire:
        wire.head("GET", "/api/v1/store/folders", "Host: evil.example")
        reply = wire.reply()

    assert is_refused(reply)
    assert b"evil.example" not in reply.body


POISON = ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "Referer"]


@pytest.mark.parametrize("header", POISON)
def test_a_header_of_the_client_changes_no_link_and_no_address(door, header):
    value = "host=evil.example" if header == "Forwarded" else "/admin/" if "URL" in header else "evil.example"

    reply = ask(door, "GET", "/api/v1/store/folders", f"{header}: {value}")

    assert reply.status == 401
    assert b"evil.example" not in reply.body


def test_a_compressed_body_is_refused_by_json_and_content_alike(door, alice):
    packed = gzip.compress(b'{"name": "packed"}')
    headers = (bearer(alice), JSON, "Content-Encoding: gzip", f"Content-Length: {len(packed)}")

    made = ask(door, "POST", "/api/v1/store/folders", *headers, body=packed)
    stored = ask(door, "PUT", place_of("packed.json"), *headers, body=packed)

    assert (made.status, stored.status) == (400, 400)
    assert not {"packed", "packed.json"} & set(names_of(alice))


def test_requests_in_a_row_are_answered_in_their_order(door):
    request = "GET /{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: {}\r\n\r\n"
    with Wire(door) as wire:
        wire.send((request.format("healthz", "keep-alive") + request.format("nowhere", "close")).encode())
        answers = wire.rest()

    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"404"]


@pytest.mark.parametrize("version", ["HTTP/0.9", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "HTTP", "PTTH/1.1"])
def test_another_version_of_http_never_fails_the_server(door, version):
    with Wire(door) as wire:
        wire.send(f"GET /healthz {version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        reply = wire.reply()

    assert reply.status in {0, 200, 400, 426, 505}


def test_the_preface_of_http_2_and_of_tls_is_no_request(door):
    for hello in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)):
        with Wire(door, patience=3) as wire:
            wire.send(hello)
            wire.stop_sending()
            assert is_refused(wire.reply())
    assert ask(door, "GET", "/healthz").status == 200


def test_two_tokens_do_not_add_up(door, alice, bob):
    reply = ask(door, "GET", "/api/v1/auth/profile", bearer(alice), bearer(bob))

    assert reply.status in {0, 400, 401}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_no_foreign_page_reads_an_answer(door, alice, origin):
    asking = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization")
    before = ask(door, "OPTIONS", "/api/v1/store/folders", f"Origin: {origin}", *asking)
    answer = ask(door, "GET", "/api/v1/store/folders", f"Origin: {origin}", bearer(alice))

    assert not [name for reply in (before, answer) for name in reply.headers if name.startswith("access-control-allow")]


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(door, alice):
    used = alice.usage()["used"]
    with Wire(door) as wire:
        wire.head("PUT", place_of("half.bin"), bearer(alice), "Content-Length: 1000000")
        wire.send(b"x" * 500_000)
        wire.stop_sending()
        reply = wire.reply("PUT")

    assert is_refused(reply)
    assert "half.bin" not in names_of(alice)
    assert (alice.usage()["used"], alice.usage()["reserved"]) == (used, 0)


def test_an_answer_before_the_body_reaches_a_client_that_waits_for_it(door, alice):
    with Wire(door) as wire:
        wire.head("PUT", place_of("too-big.bin"), bearer(alice), f"Content-Length: {2**40}", "Expect: 100-continue")
        reply = wire.reply("PUT")

    assert reply.status == 413
    assert b"quota_exceeded" in reply.body


def test_a_body_for_nobody_is_refused_before_it_is_read(door):
    with Wire(door) as wire:
        wire.head("PUT", place_of("stranger.bin"), f"Content-Length: {10**9}", "Expect: 100-continue")
        reply = wire.reply("PUT")

    assert reply.status == 401


def test_more_refused_bodies_than_a_server_lingers_for_are_answered_all_the_same(server):
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.url)) for _ in range(100)]
        for wire in wires:
            wire.head("PUT", place_of("nobody.bin"), f"Content-Length: {2**30}")
            wire.send(b"x")

        assert {wire.reply("PUT").status for wire in wires} == {401}


def test_slow_bodies_do_not_stop_quick_requests(door, alice):
    def begin(number: int) -> Wire:
        wire = Wire(door)
        wire.head("PUT", place_of(f"slow-{number}.bin"), bearer(alice), "Content-Length: 1000")
        wire.send(b"x")
        return wire

    slow = [begin(number) for number in range(12)]
    try:
        statuses = at_once(lambda _: ask(door, "GET", "/healthz").status, range(20), most=4)
    finally:
        for wire in slow:
            wire.break_off()

    assert statuses == [200] * 20


def test_requests_that_never_end_are_not_answered_as_if_they_had(door):
    parts = urlsplit(door)
    with socket.create_connection((parts.hostname, parts.port), timeout=1) as unfinished:
        unfinished.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Never")
        with pytest.raises(TimeoutError):
            unfinished.recv(1)
        assert ask(door, "GET", "/healthz").status == 200
