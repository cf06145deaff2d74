"""What must hold behind each proxy, as deploy/ configures it."""

import hashlib
import http.client
import io
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.console import Console
from tests.e2e.proxies.conftest import Front
from tests.server import STAFF_PASSWORD
from tests.visitors import Visitor, asked, place_of

MIB = 2**20
LARGE = 100 * MIB


class From(HTTPAdapter):
    """Asks from another address of this machine."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, source_address=("127.0.0.2", 0))


@pytest.fixture(scope="module")
def large() -> bytes:
    """Bytes of which no two MiB are the same."""
    return b"".join(hashlib.sha256(bytes([number])).digest() * (MIB // 32) for number in range(LARGE // MIB))


@pytest.fixture
def ada(front: Front) -> Iterator[Visitor]:
    """Somebody who has just come through the proxy."""
    with front.visitor() as visitor:
        yield visitor.registered("ada")


@contextmanager
def uploading(
    front: Front, token: str, path: str, size: int, *, waiting: bool = True
) -> Iterator[http.client.HTTPSConnection]:
    """Begin an upload of so many bytes, and send none; `waiting` asks whether to send them, as curl does."""
    context = ssl.create_default_context(cafile=front.certificate)
    connection = http.client.HTTPSConnection(urlsplit(front.url).netloc, timeout=60, context=context)
    connection.putrequest("PUT", path)
    connection.putheader("Authorization", f"Bearer {token}")
    connection.putheader("Content-Length", str(size))
    if waiting:
        connection.putheader("Expect", "100-continue")
    connection.endheaders()
    yield connection
    connection.close()


def test_100_mib_go_up_and_come_back_through_tls(ada, large):
    file = asked(ada.put(place_of("large.bin"), data=io.BytesIO(large)), 201)
    content = f"/api/v1/store/files/{file['id']}/content"

    whole, part = ada.get(content), ada.get(content, headers={"Range": f"bytes={MIB - 5}-{50 * MIB}"})
    again = ada.get(content, headers={"If-None-Match": whole.headers["ETag"]})

    assert (whole.status_code, part.status_code, again.status_code) == (200, 206, 304)
    assert whole.content == large
    assert part.content == large[MIB - 5 : 50 * MIB + 1]
    assert part.headers["Content-Range"] == f"bytes {MIB - 5}-{50 * MIB}/{LARGE}"
    assert whole.headers["Content-Length"] == str(LARGE)
    assert whole.headers["ETag"] == part.headers["ETag"] == again.headers["ETag"]
    assert whole.headers["ETag"].startswith('"')
    assert whole.headers["Content-Disposition"] == 'attachment; filename="large.bin"'
    for name in ("Repr-Digest", "Strict-Transport-Security", "X-Content-Type-Options", "Content-Security-Policy"):
        assert name in whole.headers


def test_nginx_sends_large_files_itself_and_nobody_asks_it_to(nginx, large):
    with nginx.visitor() as ada:
        ada.registered("ada")
        file = asked(ada.put(place_of("sent by nginx.bin"), data=large[: 8 * MIB]), 201)
        answer = ada.get(f"/api/v1/store/files/{file['id']}/content")
        blob = next(path for path in nginx.server.blobs.rglob("*") if path.is_file() and path.stat().st_size == 8 * MIB)
        direct = ada.get(f"/cloudbox-blobs/{blob.relative_to(nginx.server.blobs)}")

    assert answer.content == large[: 8 * MIB]
    assert f"/cloudbox-blobs/{blob.relative_to(nginx.server.blobs)}" in (nginx.place / "requests").read_text()
    assert "X-Accel-Redirect" not in answer.headers
    assert direct.status_code == 404


def test_a_real_client_tries_it(front):
    tried = process.run(
        ["bash", ROOT / "deploy/try.sh", front.url],
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "CURL_CA_BUNDLE": str(front.certificate)},
        timeout=120,
    )

    assert (tried.code, tried.errors) == (0, "")
    assert tried.output == f"{front.url} stores and gives back what it got.\n"


def test_the_log_has_the_address_of_the_client_whatever_it_says_itself(front):
    with front.visitor() as stranger:
        stranger.mount("https://", From())
        lies = dict.fromkeys(["X-Forwarded-For", "X_Forwarded_For", "X-Real-IP"], "203.0.113.9")
        answer = stranger.get("/", headers=lies)

    assert front.logged(answer.headers["X-Request-ID"])["address"] == "127.0.0.2"


def test_nginx_logs_no_link_that_lets_its_reader_in(nginx):
    visitor, secret = nginx.visitor(), "a-secret-that-nobody-else-reads-0123456789"
    doors = ("/password/reset/", "/email/verify/", "/invitations/", "/l/", "/api/v1/links/", "/api/v1/presigned/")
    for link in (f"{door}{secret}" for door in doors):
        assert visitor.get(link).status_code in {200, 302, 400, 404}
    visitor.get("/login/after-the-secrets")

    log = nginx.place / "requests"
    assert process.wait_until(lambda: "/login/after-the-secrets" in log.read_text(), 10)
    assert secret not in log.read_text()
    assert "/password/reset/..." in nginx.server.printed()


def test_what_does_not_fit_is_refused_before_it_is_sent(front, ada):
    with (
        uploading(front, ada.token, place_of("too-large.bin"), 301 * MIB) as connection,
        connection.getresponse() as answer,
    ):
        assert (answer.status, json.load(answer)["code"]) == (413, "quota_exceeded")
    assert ada.usage()["used"] == 0


def test_a_refusal_reaches_whoever_is_sending_a_large_body(front, large):
    """Also where they do not stop: nginx takes the rest, Caddy hangs up. CloudBox hanging up first would be a 502."""
    for _ in range(5):
        with uploading(front, "nobody's", place_of("refused.bin"), LARGE, waiting=False) as connection:
            with suppress(OSError):
                connection.send(large)
            with connection.getresponse() as answer:
                assert (answer.status, json.load(answer)["code"]) == (401, "token_refused")


def test_a_body_is_passed_on_as_it_comes(front, ada, large):
    before = stored(front)
    with uploading(front, ada.token, place_of("slow.bin"), LARGE) as connection:
        connection.send(large[: 32 * MIB])

        assert process.wait_until(lambda: stored(front) - before >= 24 * MIB, 30)
        assert front.held() == 0
        connection.send(large[32 * MIB :])
        with connection.getresponse() as answer:
            assert answer.status == 201


def test_the_staff_sign_in(front):
    with Console(front.url) as staff:
        staff.verify = str(front.certificate)
        staff.log_in("admin", STAFF_PASSWORD, comes_to="/admin/two-factor/")  # in production they need it

        assert {cookie.secure for cookie in staff.cookies} == {True}


def test_plain_http_leads_to_https(nginx):
    answer = requests.get(f"http://127.0.0.1:{nginx.plain}/some/path?a=b", allow_redirects=False, timeout=10)

    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://cloud.example.org/some/path?a=b"


def stored(front: Front) -> int:
    """Return how many bytes lie in CloudBox's store, finished or not."""
    return sum(path.stat().st_size for path in front.server.blobs.rglob("*") if path.is_file())
