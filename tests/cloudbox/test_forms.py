"""Forms with a file (RFC 7578)."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.errors import BadInput, UnsupportedMediaType
from cloudbox.forms import multipart_file


def form_request(*parts: tuple[str, bytes], boundary: str = "xyz", closed: bool = True) -> WSGIRequest:
    """Return a POST of a form; a part is what follows `form-data; ` in its disposition, and its bytes."""
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), value)
        for head, value in parts
    )
    body += b"--%s--\r\n" % boundary.encode() if closed else b""
    return RequestFactory().post("/api/x", body, content_type=f"multipart/form-data; boundary={boundary}")


FILE = ('name="file"; filename="a.txt"', b"hello")


def test_a_form_has_one_file_and_texts_before_and_after_it():
    form = multipart_file(form_request(('name="a"', b"1"), FILE, ('name="b"', "ü".encode())))

    assert (form.filename, form.content_type, form.fields) == ("a.txt", "application/octet-stream", {"a": "1"})
    assert b"".join(form.chunks) == b"hello"
    assert form.fields == {"a": "1", "b": "ü"}


def test_the_file_is_shorter_than_the_form_which_bounds_it():
    request = form_request(FILE)

    assert multipart_file(request).limit == int(request.META["CONTENT_LENGTH"])


@given(body=st.binary() | st.from_regex(rb"(\r|\n|-|xyz|\r\n--xyz)*", fullmatch=True))
def test_whatever_the_file_holds_it_arrives_unchanged(body):
    form = multipart_file(form_request((FILE[0], body), boundary="a-boundary-that-no-example-draws"))

    assert b"".join(form.chunks) == body


@pytest.mark.parametrize(
    ("head", "filename"),
    [
        ('name="file"; filename="naïve ☕.txt"', "naïve ☕.txt"),
        ('name="file"; filename="a%22b.txt"', 'a"b.txt'),
        ("name=\"file\"; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
        ('name="file"; filename="x"; filename*=utf-8\'en\'%e2%82%ac.txt', "€.txt"),
        ('name="file"; filename=""', ""),
    ],
)
def test_a_file_has_the_name_that_browsers_and_programs_write(head, filename):
    assert multipart_file(form_request((head, b""))).filename == filename


@pytest.mark.parametrize(
    "parts", [[], [('name="a"', b"1")], [('name="picture"; filename="a"', b"")], [('name="file"', b"text")]]
)
def test_a_form_without_its_file_is_refused_by_name(parts):
    with pytest.raises(BadInput) as refused:
        multipart_file(form_request(*parts))

    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([FILE, FILE], "file"),
        ([('name="a"', b"1"), ('name="a"', b"2"), FILE], "a"),
        ([('name="a"', b"\xff"), FILE], "a"),
        ([('name="a"', b"x" * 70_000), FILE], "a"),
        ([("name=\"file\"; filename*=utf-8''%ff", b"")], "filename"),
        ([*[(f'name="{number}"', b"") for number in range(70)], FILE], "body"),
    ],
)
def test_a_form_that_can_be_read_in_two_ways_is_refused_by_name(parts, field):
    with pytest.raises(BadInput) as refused:
        list(multipart_file(form_request(*parts)).chunks)

    assert refused.value.field == field


def test_a_form_that_is_cut_off_is_refused():
    with pytest.raises(BadInput, match="malformed"):
        list(multipart_file(form_request(FILE, closed=False)).chunks)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/mixed; boundary=x", ""])
def test_another_kind_of_body_is_no_form(kind):
    with pytest.raises(UnsupportedMediaType):
        multipart_file(RequestFactory().post("/api/x", b"", content_type=kind))
