"""Forms that are broken, or say one thing in two ways."""

import pytest

from tests.visitors import asked

KIND = "multipart/form-data; boundary=b"
PART = b'Content-Disposition: form-data; name="file"; filename="form.txt"\r\n'


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part for part in parts) + end


BROKEN = {
    "no boundary": ("multipart/form-data", form(PART + b"\r\nx\r\n")),
    "an empty boundary": ('multipart/form-data; boundary=""', form(PART + b"\r\nx\r\n")),
    "another boundary": ("multipart/form-data; boundary=c", form(PART + b"\r\nx\r\n")),
    "a boundary of 10 000 letters": (f"multipart/form-data; boundary={'b' * 10_000}", form(PART + b"\r\nx\r\n")),
    "another kind of multipart": ("multipart/mixed; boundary=b", form(PART + b"\r\nx\r\n")),
    "no end": (KIND, form(PART + b"\r\nx\r\n", end=b"")),
    "half a head": (KIND, b"--b\r\nContent-Disposition: form-da"),
    "nothing": (KIND, b""),
    "no parts": (KIND, b"--b--\r\n"),
    "no file": (KIND, form(b'Content-Disposition: form-data; name="file"\r\n\r\nx\r\n')),
    "no name": (KIND, form(b'Content-Disposition: form-data; filename="form.txt"\r\n\r\nx\r\n')),
    "no disposition": (KIND, form(b"Content-Type: text/plain\r\n\r\nx\r\n")),
    "two files": (KIND, form(PART + b"\r\nx\r\n", PART + b"\r\ny\r\n")),
    "an unknown field": (KIND, form(b'Content-Disposition: form-data; name="owner"\r\n\r\nx\r\n', PART + b"\r\nx\r\n")),
    "a field after the file": (
        KIND,
        form(PART + b"\r\nx\r\n", b'Content-Disposition: form-data; name="owner"\r\n\r\nx\r\n'),
    ),
    "a head of 100 000 bytes": (KIND, form(PART + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\nx\r\n")),
    "a head of 1000 lines": (KIND, form(PART + b"X-Line: a\r\n" * 1000 + b"\r\nx\r\n")),
    "a path up": (KIND, form(PART.replace(b"form.txt", b"../form.txt") + b"\r\nx\r\n")),
    "a path": (KIND, form(PART.replace(b"form.txt", b"/etc/form.txt") + b"\r\nx\r\n")),
    "an empty file name": (KIND, form(PART.replace(b"form.txt", b"") + b"\r\nx\r\n")),
    "a NUL in the file name": (KIND, form(PART.replace(b"form.txt", b"form\0.txt") + b"\r\nx\r\n")),
    "a file name that is no UTF-8": (KIND, form(PART.replace(b"form.txt", b"form\xff.txt") + b"\r\nx\r\n")),
    "bytes before the form": (KIND, b"garbage" + form(PART + b"\r\nx\r\n")),
    "JSON": ("application/json", b'{"file": "x"}'),
    "a form of another kind": ("application/x-www-form-urlencoded", b"file=x"),
}


@pytest.mark.parametrize(("kind", "body"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_form_stores_nothing(alice, kind, body):
    before = asked(alice.get("/api/v1/store/folders/content"))["items"], alice.usage()

    answer = alice.post("/api/v1/store/files", data=body, headers={"Content-Type": kind})

    assert answer.status_code in {400, 415}
    assert (asked(alice.get("/api/v1/store/folders/content"))["items"], alice.usage()) == before


def test_a_file_that_looks_like_a_form_stays_what_it_is(alice):
    inner = form(PART + b"\r\nx\r\n").replace(b"--b", b"--c")
    outer = PART.replace(b"form.txt", b"nested.txt")

    stored = asked(
        alice.post("/api/v1/store/files", data=form(outer + b"\r\n" + inner + b"\r\n"), headers={"Content-Type": KIND}),
        201,
    )

    assert alice.get(f"/api/v1/store/files/{stored['id']}/content").content == inner


REGISTRATIONS = {
    "a NUL in the name": {"username": "a\0b"},
    "a line break in the name": {"username": "a\r\nBcc: b@example.com"},
    "a name turned round": {"username": "a\u202eb"},
    "an invisible name": {"username": "\u200b\u200d"},
    "an empty name": {"username": ""},
    "a name of 255 letters": {"username": "a" * 255},
    "the name of the staff in other letters": {"username": "\uff21dmin"},
    "a line break in the address": {"email": "a@example.com\nBcc: b@example.com"},
    "two addresses": {"email": "a@example.com,b@example.com"},
    "an address with a name": {"email": "Alice <a@example.com>"},
    "a NUL in the first name": {"username": "form-1", "first_name": "a\0b"},
    "a day that is none": {"username": "form-2", "date_of_birth": "2026-02-30"},
    "a common password": {"username": "form-3", "password": "password123"},
    "a short password": {"username": "form-4", "password": "a"},
    "no password": {"username": "form-5", "password": ""},
    "a password like the name": {"username": "otters-of-the-sea", "password": "otters-of-the-sea"},
    "a password that is a list": {"username": "form-6", "password": ["three tame otters"]},
}


@pytest.mark.parametrize("fields", REGISTRATIONS.values(), ids=REGISTRATIONS.keys())
def test_a_registration_that_cannot_be_is_refused_by_name(anonymous, fields):
    answer = anonymous.post("/api/v1/auth/register", json={"password": "three tame otters"} | fields)

    assert answer.status_code in {400, 409}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status_code == 409 or answer.json()["errors"][0]["field"] in {*fields, "username"}
