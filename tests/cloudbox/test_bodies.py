"""Reading bodies. What only a real server shows is in test_servers."""

import base64
import hashlib
import io
import time
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, transaction
from django.test import RequestFactory
from rest_framework.request import Request

from cloudbox import http
from cloudbox.errors import BadInput, BodyTooLarge, Busy, LengthMismatch, LengthRequired
from cloudbox.http import (
    CHUNK,
    FIRST_CHUNK,
    announced_size,
    body_chunks,
    declared_digests,
    read_whole,
    release_connection,
)
from cloudbox.rest import FormParser, JsonParser
from cloudbox.slots import body_slots
from tests.cloudbox.asking import putting


class Slow(io.BytesIO):
    """A stream of a server that returns when all is there that was asked for, from a sender of 4 MiB a second."""

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        time.sleep(len(chunk) / (4 * CHUNK))
        return chunk


def test_a_body_comes_in_chunks_that_grow_to_a_mebibyte_and_never_go_across_one():
    chunks = list(body_chunks(putting(b"x" * (3 * CHUNK))))

    assert [len(chunk) // 1024 for chunk in chunks] == [64, 128, 256, 512, 64, 1024, 1024]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_slow_body_comes_in_small_chunks_so_that_it_is_seen_to_come(chunked, monkeypatch):
    monkeypatch.setattr(http, "A_WHILE", 0.01)
    request = putting(b"x" * (CHUNK // 2), chunked=chunked, headers={"x-expected-entity-length": str(CHUNK // 2)})
    request.environ["wsgi.input"] = Slow(b"x" * (CHUNK // 2))

    assert {len(chunk) for chunk in body_chunks(request)} == {FIRST_CHUNK}


def test_an_empty_body_has_no_chunks():
    assert list(body_chunks(putting(b""))) == []


def test_the_length_of_a_body_is_known_before_it_is_read():
    assert announced_size(putting(b"hello")) == 5


@pytest.mark.parametrize("length", ["-1", "+5", "5.0", "0x5", "five", "9" * 30, "\N{ARABIC-INDIC DIGIT FIVE}"])
def test_a_length_that_is_no_number_is_refused(length):
    with pytest.raises(BadInput, match="whole number"):
        announced_size(putting(b"hello", chunked=True, headers={"x-expected-entity-length": length}))


def test_a_chunked_body_without_length_or_digest_is_refused_before_it_is_read():
    with pytest.raises(LengthRequired):
        body_chunks(putting(b"hello", chunked=True))


@pytest.mark.parametrize("header", ["x-expected-entity-length", "oc-total-length"])
def test_a_chunked_body_may_declare_its_length(header):
    request = putting(b"hello", chunked=True, headers={header: "5"})

    assert announced_size(request) == 5
    assert b"".join(body_chunks(request)) == b"hello"


@pytest.mark.parametrize("declared", ["4", "6"])
def test_a_chunked_body_of_another_length_than_declared_is_refused(declared):
    with pytest.raises(LengthMismatch):
        list(body_chunks(putting(b"hello", chunked=True, headers={"x-expected-entity-length": declared})))


def test_a_chunked_body_may_declare_a_digest_instead():
    digest = hashlib.sha256(b"hello").digest()
    declared = f"sha-256=:{base64.b64encode(digest).decode()}:"
    request = putting(b"hello", chunked=True, headers={"content-digest": declared})

    assert announced_size(request) is None
    assert declared_digests(request).sha256 == digest
    assert b"".join(body_chunks(request)) == b"hello"


def test_a_digest_of_an_algorithm_that_nobody_checks_is_not_enough():
    with pytest.raises(LengthRequired):
        body_chunks(putting(b"hello", chunked=True, headers={"content-digest": "unixsum=:AAAA:"}))


def test_a_body_that_ends_early_is_refused():
    request = putting(b"hello")
    request.environ["wsgi.input"] = io.BytesIO(b"hel")

    with pytest.raises(LengthMismatch) as refused:
        list(body_chunks(request))

    assert refused.value.facts == {"announced": 5, "received": 3}


def test_a_connection_that_breaks_is_a_body_that_ends_early():
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError(size)

    request = putting(b"hello")
    request.environ["wsgi.input"] = Broken()

    with pytest.raises(LengthMismatch):
        list(body_chunks(request))


def test_a_whole_body_over_its_limit_is_refused_before_it_is_read():
    with pytest.raises(BodyTooLarge) as refused:
        read_whole(putting(b"hello"), 4)

    assert refused.value.facts == {"limit": 4}
    assert read_whole(putting(b"hello"), 5) == b"hello"


def test_one_client_reads_only_so_many_bodies_at_a_time(settings):
    settings.CLOUDBOX_BODIES_PER_CLIENT = 1
    first = body_chunks(putting(b"x"))
    next(first)

    with pytest.raises(Busy) as refused:
        next(body_chunks(putting(b"x")))
    other = putting(b"x")
    other.META["REMOTE_ADDR"] = "198.51.100.9"

    assert refused.value.facts == {"retry_after": 5}
    assert next(body_chunks(other)) == b"x"
    first.close()
    assert next(body_chunks(putting(b"x"))) == b"x"


def test_three_quarters_of_the_threads_read_bodies_at_most(settings):
    settings.CLOUDBOX_THREADS = 4
    requests = [putting(b"x") for _ in range(4)]
    for number, request in enumerate(requests):
        request.META["REMOTE_ADDR"] = f"198.51.100.{number}"
    reading = [body_chunks(request) for request in requests[:3]]
    for chunks in reading:
        next(chunks)

    with pytest.raises(Busy):
        next(body_chunks(requests[3]))


def test_a_body_that_fails_gives_its_place_back(settings):
    settings.CLOUDBOX_BODIES_PER_CLIENT = 1
    for _ in range(3):
        with pytest.raises(LengthMismatch):
            list(body_chunks(putting(b"hello", chunked=True, headers={"x-expected-entity-length": "6"})))


@pytest.mark.django_db(transaction=True)
def test_the_database_connection_is_given_back():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    release_connection()

    assert connection.connection is None


class Watching(io.BytesIO):
    """A body that notes at each read whether this thread holds a database connection, and how many bodies are read."""

    def read(self, size: int | None = -1) -> bytes:
        self.seen = (connection.connection is not None, body_slots.total())
        return super().read(size)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_that_arrives_has_a_place_and_holds_no_connection(kind):
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    body = Watching(form if "form" in kind else b'{"a": "1"}')
    length = str(len(body.getvalue()))
    environ = RequestFactory().post("/", content_type=kind).environ
    request = WSGIRequest({**environ, "CONTENT_LENGTH": length, "wsgi.input": body})
    with connection.cursor() as cursor:  # as signing in does
        cursor.execute("SELECT 1")

    data: Any = Request(request, parsers=[JsonParser(), FormParser()]).data
    assert data["a"] == "1"
    assert body.seen == (False, 1)


@pytest.mark.django_db
def test_inside_a_transaction_it_is_kept():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        release_connection()
        cursor.execute("SELECT 2")

        assert cursor.fetchone() == (2,)
