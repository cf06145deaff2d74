"""Proxies, other sites, and ids that follow a request into its tasks."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery import current_app, shared_task
from celery.signals import before_task_publish
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django_structlog.celery.receivers import CeleryReceiver

from cloudbox.middleware import real_address

pytestmark = pytest.mark.urls(__name__)


def whose(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.META['REMOTE_ADDR']} {request.scheme}")


def queue(request: HttpRequest) -> HttpResponse:
    current_app.signature("assets.no_such_task").apply_async()
    return HttpResponse()


@shared_task(name="tests.nothing")
def nothing() -> None:
    """Do nothing."""


def browsing(request: HttpRequest) -> HttpResponse:
    """Say what the request has that only browsers need, and remember a visit."""
    if hasattr(request, "session"):
        request.session["visits"] = 1
    return HttpResponse(" ".join(name for name in ("session", "user", "_messages") if hasattr(request, name)))


urlpatterns = [
    path("api/v1/whose", whose),
    path("api/v1/queue", queue),
    path("api/v1/browsing", browsing),
    path("browsing", browsing),
    path("elsewhere", whose),
]


def asked(settings: Any, sender: str, proxies: list[str], **headers: str) -> str:
    settings.CLOUDBOX_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=sender, headers=headers)
    answer = real_address(whose)(request)
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


FORWARDED = {"x-forwarded-for": "203.0.113.9, 198.51.100.1, 10.0.0.7", "x-forwarded-proto": "https"}


def test_a_proxy_tells_who_asks_and_how(settings):
    assert asked(settings, "10.0.0.8", ["10.0.0.0/8"], **FORWARDED) == "198.51.100.1 https"


def test_a_server_that_listens_on_ipv6_knows_its_proxies_by_their_ipv4_addresses(settings):
    assert asked(settings, "::ffff:10.0.0.8", ["10.0.0.0/8"], **FORWARDED) == "198.51.100.1 https"
    assert asked(settings, "::ffff:192.0.2.1", ["10.0.0.0/8"], **FORWARDED) == "192.0.2.1 http"


def test_nobody_else_is_believed(settings):
    assert asked(settings, "192.0.2.1", ["10.0.0.0/8"], **FORWARDED) == "192.0.2.1 http"
    assert asked(settings, "10.0.0.8", [], **FORWARDED) == "10.0.0.8 http"


@pytest.mark.parametrize(
    ("hops", "address"),
    [("10.0.0.5", "10.0.0.5"), ("unknown, 10.0.0.5", "10.0.0.5"), ("", "10.0.0.8"), ("x", "10.0.0.8")],
)
def test_who_asks_always_has_an_address(settings, hops, address):
    assert asked(settings, "10.0.0.8", ["10.0.0.0/8"], **{"x-forwarded-for": hops}) == f"{address} http"


def test_an_answer_that_says_nothing_of_caches_is_for_its_reader_only(client):
    assert client.get("/api/v1/whose").headers["Cache-Control"] == "private, no-cache"


def test_an_answer_says_how_long_it_is(client):
    answer = client.get("/api/v1/whose")

    assert answer.headers["Content-Length"] == str(len(answer.content))


@pytest.mark.django_db
def test_a_program_with_a_token_meets_nothing_that_is_for_browsers(client):
    token = {"authorization": "Bearer x"}

    assert client.get("/api/v1/browsing", headers=token).content == b""
    assert not client.cookies
    assert client.get("/browsing", headers=token).content == b"session user _messages"
    assert client.get("/api/v1/browsing").content == b"session user _messages"
    assert client.cookies


@pytest.mark.parametrize("sender", ["", "unix:", "10.0.0.8:1234"])
def test_an_address_that_is_none_is_no_proxy(settings, sender):
    assert asked(settings, sender, ["10.0.0.0/8"], **FORWARDED) == f"{sender} http"


def test_a_scheme_that_is_none_is_not_believed(settings):
    assert asked(settings, "10.0.0.8", ["10.0.0.0/8"], **{"x-forwarded-proto": "gopher"}).endswith(" http")


SITE = {"origin": "https://app.example.org"}


def test_other_sites_may_not_call_unless_they_are_named(client):
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/whose", headers=SITE).headers


def test_a_site_that_is_named_may_call_the_api_without_cookies(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    asking = {
        **SITE,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization,if-match",
    }

    preflight = client.options("/api/v1/whose", headers=asking)
    answer = client.get("/api/v1/whose", headers=SITE)

    assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert {"authorization", "if-match", "idempotency-key", "range"} <= set(
        preflight.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert {"etag", "x-request-id"} <= set(answer.headers["Access-Control-Expose-Headers"].lower().split(", "))
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get("/elsewhere", headers=SITE).headers


@pytest.fixture
def queued() -> Iterator[list[dict[str, Any]]]:
    """The headers of each task that reaches the queue."""
    seen: list[dict[str, Any]] = []

    def note(headers: dict[str, Any], **_: object) -> None:
        seen.append(headers)

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)
    with current_app.connection_for_write() as connection:
        connection.SimpleQueue("celery").clear()


def test_a_task_has_the_id_of_the_request_that_queued_it(client, queued):
    client.get("/api/v1/queue", headers={"x-request-id": "trace-0123456789"})

    assert queued[0]["__django_structlog__"]["request_id"] == "trace-0123456789"


def test_a_worker_logs_under_the_id_that_came_with_the_task():
    nothing.push_request(**{"__django_structlog__": {"request_id": "trace-0123456789"}})  # noqa: PIE804 - its types know no such name

    CeleryReceiver().receiver_task_prerun("id-of-the-task", nothing)

    assert structlog.contextvars.get_contextvars()["request_id"] == "trace-0123456789"
    nothing.pop_request()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the house's own handler writes."""
    written = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def test_a_log_line_is_one_json_object_that_tells_the_request(lines):
    Client().get("/api/v1/whose?token=hunter2", headers={"x-request-id": "trace-0123456789"})

    told = json.loads(lines.getvalue())
    assert {name: told[name] for name in ("event", "method", "path", "status", "request_id", "level", "address")} == {
        "event": "request",
        "method": "GET",
        "path": "/api/v1/whose",
        "status": 200,
        "request_id": "trace-0123456789",
        "level": "info",
        "address": "127.0.0.1",
    }
    assert told["timestamp"].endswith("Z")
    assert "hunter2" not in lines.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "/", "/folders/x", "/no/such/thing", "/unlock"])
@pytest.mark.parametrize("door", ["links", "presigned"])
def test_an_address_that_lets_its_reader_in_is_logged_without_its_secret(lines, door, address):
    Client().get(f"/api/v1/{door}/hunter2{address}")

    assert "hunter2" not in lines.getvalue()
    assert f"/api/v1/{door}/..." in lines.getvalue()
