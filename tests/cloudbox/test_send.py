"""Sending content: whole, in part, or not at all (RFC 9110), and to browsers safely."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.errors import Busy, PreconditionFailed, RangeNotSatisfiable
from cloudbox.http import Content, disposition, send
from tests.cloudbox.asking import getting, heading

MODIFIED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LETTERS = bytes(range(97, 123)) * 30_000
BLOCK = 2**18  # bytes


def blocks_of(body: bytes, closed: list[str] | None = None) -> Any:
    def blocks(start: int, stop: int) -> Iterator[bytes]:
        try:
            for at in range(start, stop, BLOCK):
                yield body[at : min(at + BLOCK, stop)]
        finally:
            if closed is not None:
                closed.append("closed")

    return blocks


def content(body: bytes = LETTERS, **more: Any) -> Content:
    described = {"etag": "abc", "modified": MODIFIED, "content_type": "text/plain", "name": "letters.txt", **more}
    return Content(**{"open": blocks_of(body), "size": len(body), **described})


def test_everything_is_sent_with_its_length_and_tag():
    response = send(getting(), content())

    assert (response.status_code, b"".join(response)) == (200, LETTERS)
    assert response.headers["Content-Length"] == str(len(LETTERS))
    assert response.headers["ETag"] == '"abc"'
    assert response.headers["Last-Modified"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_part_is_sent_with_its_place():
    response = send(getting({"range": "bytes=100000-700000"}), content())

    assert (response.status_code, b"".join(response)) == (206, LETTERS[100_000:700_001])
    assert response.headers["Content-Range"] == f"bytes 100000-700000/{len(LETTERS)}"
    assert response.headers["Content-Length"] == "600001"


@given(first=st.integers(0, len(LETTERS) - 1), length=st.integers(1, len(LETTERS)))
def test_any_part_has_exactly_its_bytes(first, length):
    response = send(getting({"range": f"bytes={first}-{first + length - 1}"}), content())

    assert b"".join(response) == LETTERS[first : first + length]


def test_the_digest_of_the_whole_is_sent_with_the_whole_only():
    digest = hashlib.sha256(LETTERS).digest()
    whole = send(getting(), content(sha256=digest))
    part = send(getting({"range": "bytes=0-9"}), content(sha256=digest))

    assert whole.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert "Repr-Digest" not in part.headers


def test_a_range_outside_is_refused():
    with pytest.raises(RangeNotSatisfiable):
        send(getting({"range": f"bytes={len(LETTERS)}-"}), content())


def test_a_range_of_an_older_version_gets_everything():
    assert send(getting({"range": "bytes=0-9", "if-range": '"older"'}), content()).status_code == 200
    assert send(getting({"range": "bytes=0-9", "if-range": '"abc"'}), content()).status_code == 206


def test_who_has_it_already_gets_no_body_and_keeps_what_describes_it():
    response = send(getting({"if-none-match": '"abc"', "range": "bytes=0-9"}), content())

    assert (response.status_code, b"".join(response)) == (304, b"")
    assert response.headers["Content-Length"] == str(len(LETTERS))  # RFC 9110 section 8.6: what a 200 would say
    assert response.headers["ETag"] == '"abc"'
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Content-Type" not in response.headers


def test_a_failed_precondition_is_refused():
    with pytest.raises(PreconditionFailed):
        send(getting({"if-match": '"older"'}), content())


def test_head_opens_nothing_and_ignores_ranges():
    def never(start: int, stop: int) -> Iterator[bytes]:
        raise AssertionError((start, stop))

    response = send(heading({"range": "bytes=0-9"}), content(open=never))

    assert (response.status_code, b"".join(response)) == (200, b"")
    assert response.headers["Content-Length"] == str(len(LETTERS))


def test_an_empty_file_is_sent_without_opening_it():
    response = send(getting({"range": "bytes=-5"}), content(b""))

    assert (response.status_code, response.headers["Content-Length"]) == (200, "0")


def test_a_blob_that_cannot_be_read_is_an_error_before_anything_is_sent():
    def gone(start: int, stop: int) -> Iterator[bytes]:
        for at in range(start, stop):
            raise FileNotFoundError(at)
        yield b""

    with pytest.raises(FileNotFoundError):
        send(getting(), content(open=gone))


def test_the_blob_is_closed_when_the_reader_goes():
    closed: list[str] = []
    response = send(getting(), content(open=blocks_of(LETTERS, closed)))
    next(iter(response))

    response.close()

    assert closed == ["closed"]


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_bytes_flow():
    held: list[bool] = []

    def blocks(start: int, stop: int) -> Iterator[bytes]:
        held.append(connection.connection is not None)
        yield LETTERS[start : start + BLOCK]
        held.append(connection.connection is not None)
        yield LETTERS[start + BLOCK : stop]

    ask_the_database()
    response = send(getting(), content(open=blocks))
    ask_the_database()  # as a middleware does that saves a session

    assert b"".join(response) == LETTERS
    assert held == [False, False]


def ask_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_no_cache_but_the_readers_own_keeps_it():
    assert send(getting(), content()).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("kind", ["image/png", "text/plain; charset=utf-8", "application/pdf", "video/mp4"])
def test_harmless_types_are_shown_when_asked_for(kind):
    assert send(getting(), content(content_type=kind, inline=True)).headers["Content-Disposition"].startswith("inline")
    assert send(getting(), content(content_type=kind)).headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "kind",
    ["image/svg+xml", "text/html", "IMAGE/SVG+XML", "application/xhtml+xml", "text/xml", "text/javascript", ""],
)
def test_types_that_run_scripts_are_saved_even_when_asked_for(kind):
    headers = send(getting(), content(content_type=kind, inline=True)).headers

    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox;")


def test_a_player_may_fetch_its_own_file_and_nothing_runs_in_it():
    policy = send(getting(), content(content_type="video/mp4", inline=True)).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy


def test_only_a_pdf_that_is_shown_may_stand_in_a_frame_of_ours_and_nothing_runs_in_it():
    shown = send(getting(), content(content_type="application/pdf", inline=True)).headers
    saved = send(getting(), content(content_type="application/pdf")).headers
    page = send(getting(), content(content_type="text/html", inline=True)).headers

    assert (shown["X-Frame-Options"], "frame-ancestors 'self'" in shown["Content-Security-Policy"]) == (
        "SAMEORIGIN",
        True,
    )
    assert shown["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "script" not in shown["Content-Security-Policy"]
    for headers in (saved, page):
        assert "X-Frame-Options" not in headers  # so the middleware says DENY
        assert headers["Content-Security-Policy"].startswith("sandbox;")


def test_what_a_cache_is_told_of_anew_guards_as_before():
    whole = send(getting(), content(content_type="application/pdf", inline=True)).headers
    again = send(getting({"if-none-match": whole["ETag"]}), content(content_type="application/pdf", inline=True))

    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == whole["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["text/plain\r\nSet-Cookie: a=b", "nonsense", "a/b\0", "text/plain; a=\u202e"])
def test_a_malformed_type_is_sent_as_plain_bytes(kind):
    assert send(getting(), content(content_type=kind)).headers["Content-Type"] == "application/octet-stream"


def test_nginx_sends_large_files_where_it_is_asked_to(settings):
    settings.CLOUDBOX_ACCEL = True
    large = content(size=9 * 2**20, path=Path("ab/cd ef"))

    assert send(getting(), large).headers["X-Accel-Redirect"] == "/cloudbox-blobs/ab/cd%20ef"
    assert "X-Accel-Redirect" not in send(getting({"range": "bytes=0-9"}), large).headers
    assert "X-Accel-Redirect" not in send(getting({"if-match": '"abc"'}), large).headers
    assert "X-Accel-Redirect" not in send(getting(), content(path=Path("ab/cd"))).headers


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plain.txt", 'attachment; filename="plain.txt"'),
        ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ('a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("a\r\nSet-Cookie: x.txt", 'attachment; filename="a__Set-Cookie: x.txt"'),
        ("exe.\u202egpj.txt", 'attachment; filename="exe._gpj.txt"'),
        ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
        ("\ud800.txt", 'attachment; filename="_.txt"'),
        ("", 'attachment; filename="download"'),
    ],
)
def test_a_name_is_carried_safely(name, header):
    assert disposition("attachment", name) == header


@given(name=st.text(st.characters()))
def test_no_name_breaks_out_of_its_header(name):
    header = disposition("attachment", name)

    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "\\" not in header


def test_a_store_that_hangs_holds_up_half_of_the_threads_at_most(settings):
    settings.CLOUDBOX_THREADS = 4
    hangs, entered = threading.Event(), threading.Semaphore(0)

    def hanging(_start: int, _stop: int) -> Iterator[bytes]:
        entered.release()
        assert hangs.wait(30)
        yield LETTERS

    waiting = content(open=hanging, remote=True)
    readers = [threading.Thread(target=send, args=[getting(), waiting]) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        assert all(entered.acquire(timeout=30) for _ in readers)

        with pytest.raises(Busy):
            send(getting(), waiting)
        assert send(getting(), content()).status_code == 200  # from here
        assert send(heading(), waiting).status_code == 200
    finally:
        hangs.set()
        for reader in readers:
            reader.join()

    assert send(getting(), waiting).status_code == 200
