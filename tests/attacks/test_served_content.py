"""What somebody stored must never run, be sniffed or be kept when somebody else opens it."""

import re

import pytest

from tests.visitors import asked, place_of

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
POLYGLOT = b"GIF89a/*\x00\x00*/=1;alert(1)//<html><script>alert(1)</script>"
ACTIVE = {
    "page.html": "text/html",
    "page.xhtml": "application/xhtml+xml",
    "drawing.svg": "image/svg+xml",
    "drawing.SVG": "",
    "feed.xml": "text/xml",
    "program.js": "text/javascript",
    "style.xsl": "text/xsl",
    "mail.mht": "multipart/related",
    "image.png": "image/png; charset=utf-7",
    "a.html": "image/svg+xml;x=image/png",
    "sneaky.png": "text/html",
    "capital.htm": "TEXT/HTML",
    "none": "no type at all",
    "applet.swf": "application/x-shockwave-flash",
}


@pytest.mark.parametrize(("name", "kind"), ACTIVE.items(), ids=ACTIVE.keys())
@pytest.mark.parametrize("data", [SCRIPT, POLYGLOT], ids=["script", "polyglot"])
@pytest.mark.parametrize("how", ["content", "view"])
def test_nothing_that_could_run_is_ever_shown_inline(alice, name, kind, data, how):
    file = asked(alice.put(place_of(name), data=data, headers={"Content-Type": kind} if kind else {}), 200, 201)

    answer = alice.get(f"/api/v1/store/files/{file['id']}/{how}")

    assert answer.status_code == 200
    is_image = answer.headers["Content-Type"] == "image/png; charset=utf-7"  # which no browser runs
    assert answer.headers["Content-Disposition"].startswith("attachment") or (is_image and how == "view")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_a_picture_is_shown_only_where_somebody_asked_to_see_it(alice):
    file = asked(alice.put(place_of("otter.png"), data=b"\x89PNG\r\n", headers={"Content-Type": "image/png"}), 201)

    shown = alice.get(f"/api/v1/store/files/{file['id']}/view").headers["Content-Disposition"]
    fetched = alice.get(f"/api/v1/store/files/{file['id']}/content").headers["Content-Disposition"]

    assert (shown.split(";")[0], fetched.split(";")[0]) == ("inline", "attachment")


@pytest.mark.parametrize("name", ['a"; filename="b.exe', "a%22%3b b", "a\\", "é🦦\"'", "=?utf-8?q?a?=", "a\u2028b"])
def test_a_name_never_breaks_out_of_its_header(alice, name):
    file = asked(alice.post("/api/v1/store/folders?on_conflict=rename", json={"name": name}), 201)
    asked(alice.patch(f"/api/v1/store/folders/{file['id']}", json={"name": f"{name} "}))
    stored = alice.store("plain.txt", b"x")
    asked(alice.patch(f"/api/v1/store/files/{stored['id']}", json={"name": name}))

    header = alice.get(f"/api/v1/store/files/{stored['id']}/content").headers["Content-Disposition"]
    alice.delete(f"/api/v1/store/files/{stored['id']}?purge=1")

    assert re.fullmatch(r'attachment; filename="[^"\\]*"(; filename\*=UTF-8\'\'[A-Za-z0-9!#$&+.^_`|~%-]+)?', header)


@pytest.mark.parametrize("status", [200, 206, 304, 416])
def test_no_proxy_keeps_what_is_private(alice, status):
    file = alice.store("private.txt", b"0123456789")
    etag = alice.get(f"/api/v1/store/files/{file['id']}/content").headers["ETag"]
    headers = {206: {"Range": "bytes=1-2"}, 304: {"If-None-Match": etag}, 416: {"Range": "bytes=99-"}}

    answer = alice.get(f"/api/v1/store/files/{file['id']}/content", headers=headers.get(status, {}))

    assert answer.status_code == status
    assert answer.headers["Cache-Control"] in {"private, no-cache", "no-store"}
    assert "public" not in answer.headers["Cache-Control"]


RANGES = [
    "bytes=0-0,0-0",
    "bytes=" + ",".join("0-" for _ in range(1000)),
    "bytes=" + ",".join(f"{start}-{start}" for start in range(2000)),
    "bytes=9-0",
    "bytes=-0",
    "bytes=--1",
    "bytes=-",
    "bytes=",
    "bytes=a-b",
    "bytes=0x0-0x5",
    "bytes=99999999999999999999999999-",
    "bytes=0-99999999999999999999999999",
    "bytes=-99999999999999999999999999",
    "bytes=1 - 2",
    "bits=0-5",
    "bytes=0-5;q=1",
    "bytes=\u0660-\u0665",
]


@pytest.mark.parametrize("asked_range", RANGES, ids=[text[:30] for text in RANGES])
def test_a_strange_range_never_costs_more_than_the_file(alice, asked_range):
    file = alice.store("ranges.txt", b"0123456789")

    answer = alice.get(f"/api/v1/store/files/{file['id']}/content", headers={"Range": asked_range.encode()})

    assert answer.status_code in {200, 206, 400, 416}
    assert len(answer.content) <= 10 or answer.status_code in {400, 416}
