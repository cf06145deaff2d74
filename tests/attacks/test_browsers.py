"""What a foreign page, or a name that somebody chose, could make a browser of the staff do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.console import Console
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import PASSWORD, Visitor, asked, place_of

PAGES = ["accounts/user", "assets/asset", "assets/version", "activity/auditentry"]
NOBODY = "00000000-0000-7000-8000-000000000000"
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "filename Zm9yZ2Vk"}
SCRIPT = "<img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture(scope="module")
def console(server: Server) -> Iterator[Console]:
    """A browser in which the first staff account is signed in."""
    with Console(server.url) as console:
        console.log_in("admin", STAFF_PASSWORD)
        yield console


def test_only_the_staff_come_in(server, alice):
    with Console(server.url) as console:
        with pytest.raises(AssertionError):
            console.log_in(alice.name, PASSWORD)

        statuses = {console.get(f"{server.url}/admin/{page}/", allow_redirects=False).status_code for page in PAGES}

    assert statuses <= {302, 403}


def test_a_token_opens_no_page_of_the_console(alice):
    assert {alice.get(f"/admin/{page}/", allow_redirects=False).status_code for page in PAGES} <= {302, 403}


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/admin/", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_login_leads_to_no_foreign_page(server, target):
    with Console(server.url) as console:
        form = console.get(f"{server.url}/admin/login/", params={"next": target}, timeout=30)
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)[0]
        fields = {"csrfmiddlewaretoken": token, "username": "admin", "password": STAFF_PASSWORD}
        answer = console.post(form.url, data=fields, headers={"Referer": form.url}, allow_redirects=False, timeout=30)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/")


@pytest.mark.parametrize("page", PAGES)
def test_no_name_becomes_a_part_of_a_page(console, alice, page):
    alice.make_folder(SCRIPT) if page == "assets/asset" else None
    shown = console.list(page, "onerror" if page == "assets/asset" else "")

    assert "<img src=x" not in shown
    assert page != "assets/asset" or "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in shown


WITHOUT_CSRF: dict[str, Any] = {
    "a folder": ("POST", "/api/v1/store/folders", {"json": {"name": "forged"}}),
    "a file": ("PUT", place_of("forged.txt"), {"data": b"forged"}),
    "a form": ("POST", "/api/v1/store/files", {"files": {"file": b"forged"}}),
    "a profile": ("PATCH", "/api/v1/auth/profile", {"json": {"first_name": "forged"}}),
    "the trash": ("DELETE", "/api/v1/store/trash", {}),
    "a simple form": ("POST", "/api/v1/store/folders", {"data": "name=forged"}),
    "many at once": ("POST", "/api/v1/store/bulk", {"json": {"action": "trash", "assets": []}}),
    "an address": ("POST", "/api/v1/store/presign", {"json": {"download": NOBODY}}),
    "an offer": ("POST", f"/api/v1/store/assets/{NOBODY}/transfer", {"json": {"to": "evil"}}),
    "a link": ("POST", f"/api/v1/store/assets/{NOBODY}/links", {"json": {"role": "editor"}}),
    "an order": ("POST", "/api/v1/payments/checkout", {"json": {"plan": "basic", "currency": "NGN"}}),
    "its payment": ("POST", f"/api/v1/payments/orders/{NOBODY}/check", {}),
    "its end, too": ("POST", f"/api/v1/payments/orders/{NOBODY}/cancel", {}),
    "a resumable upload": ("POST", "/api/v1/uploads/", {"headers": TUS}),
    "its end": ("POST", f"/api/v1/uploads/{NOBODY}", {"headers": TUS | {"X-HTTP-Method-Override": "DELETE"}}),
}


@pytest.mark.parametrize("call", WITHOUT_CSRF.values(), ids=WITHOUT_CSRF.keys())
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_foreign_page_changes_nothing_in_the_name_of_a_browser(server, console, call, origin):
    answer = _forged(server, console, call, origin)

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


OF_ANCESTORS: dict[str, Any] = {
    "an object": ("POST", "/data/file", {"files": {"file": b"forged"}, "data": {"file_identifier": "forged"}}),
    "a blob": ("POST", "/v1/blobs", {"json": {"id": "forged", "data": ""}}),
    "a path": ("PUT", "/api/v1/file/upload/forged", {"data": b"forged"}),
    "a form at a path": ("POST", "/api/v1/file/upload/forged", {"files": {"file": b"forged"}}),
    "the end of one": ("POST", "/api/v1/file/delete", {"json": {"path": "forged"}}),
}


@pytest.mark.parametrize("call", OF_ANCESTORS.values(), ids=OF_ANCESTORS.keys())
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_no_ancestors_door_takes_a_foreign_page_for_its_reader(server, console, call, origin):
    assert _forged(server, console, call, origin).status_code in {401, 403}
    assert not server.rows("SELECT 1 FROM assets_asset WHERE name ^@ 'forged'")


def _forged(server: Any, console: Any, call: Any, origin: str | None) -> requests.Response:
    method, path, options = call
    headers = options.get("headers", {}) | ({"Origin": origin} if origin else {})
    options = {name: value for name, value in options.items() if name != "headers"}
    answer: requests.Response = console.request(method, server.url + path, headers=headers, timeout=30, **options)
    return answer


def test_a_form_of_the_console_needs_its_token(server, console):
    answer = console.post(f"{server.url}/admin/accounts/user/", data={"action": "suspend"}, timeout=30)

    assert answer.status_code == 403


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(console, server):
    with Console(server.url) as browser:
        browser.log_in("admin", STAFF_PASSWORD)
        session = next(cookie for cookie in browser.cookies if "session" in cookie.name)

    assert session.has_nonstandard_attr("HttpOnly")
    assert session.get_nonstandard_attr("SameSite") == "Lax"


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs", "/api/v1/store/folders", "/nowhere"])
def test_every_page_says_what_it_may_load_and_who_may_frame_it(anonymous, path):
    headers = anonymous.get(path, headers={"Accept": "text/html"}).headers

    assert re.search("default-src '(self|none)'", headers["Content-Security-Policy"])
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_secret_is_in_the_log(server, meet):
    dana: Visitor = meet("dana")
    dana.get(f"/api/v1/store/folders?token={dana.token}&password=otters-in-the-query")
    dana.store("secret.txt", b"otters in the content")
    asked(dana.post("/api/v1/auth/login", json={"login": dana.name, "password": PASSWORD}))
    folder = dana.make_folder("shared")
    wish = {"role": "viewer", "password": PASSWORD}
    link = asked(dana.post(f"/api/v1/store/assets/{folder}/links", json=wish), 201)["url"].rstrip("/").split("/")[-1]
    letting_in = asked(dana.post(f"/api/v1/links/{link}/unlock", json={"password": PASSWORD}))["link_pass"]
    dana.get(f"/api/v1/links/{link}/folders/{folder}", headers={"X-CloudBox-Link-Pass": letting_in})
    dana.get(f"/api/v1/links/{link}/no/such/door")
    to = {"upload": {"folder": folder, "name": "one", "max_bytes": 1}}
    signed = asked(dana.post("/api/v1/store/presign", json=to))["url"].split("/")[-1]
    dana.put(f"/api/v1/presigned/{signed}", data=b"more than one")

    log = "".join(path.read_text() for path in (server.data / "log").iterdir())

    assert dana.name not in PASSWORD
    for secret in (dana.token, dana.refresh_token, PASSWORD, STAFF_PASSWORD, "otters-in-the-query", "otters in the"):
        assert secret not in log
    for secret in (link, letting_in, signed):
        assert secret not in log
    assert '"path":"/api/v1/store/folders"' in log
