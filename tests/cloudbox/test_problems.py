"""Every way in which something can go wrong, through Django's test client."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InternalError, OperationalError, connection, transaction
from django.http import Http404
from django.test import Client
from django.utils.translation import override
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions as rest

from cloudbox.errors import BadInput, NotFound, QuotaExceeded
from cloudbox.problems import in_words, refusal_for

pytestmark = pytest.mark.urls("tests.cloudbox.probe")
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def problem(response, status, code):
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    told = response.json()
    assert told.keys() >= MEMBERS
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"] == f"{settings.CLOUDBOX_URL}/api/errors#{code}"
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Cache-Control"] == "no-store"
    return told


def test_a_refusal_of_a_view_is_a_problem_with_its_facts_and_retry_after(client):
    response = client.get("/api/busy")

    assert problem(response, 503, "busy")["retry_after"] == 7
    assert response.headers["Retry-After"] == "7"


def test_an_unexpected_error_tells_nothing_but_its_request_id(client):
    response = client.get("/api/crash")

    problem(response, 500, "server_error")
    assert not re.search(r"hunter2|Traceback|RuntimeError|\.py", response.text)


def test_an_unknown_address_is_a_problem(client):
    problem(client.get("/api/nowhere"), 404, "not_found")


def test_a_wrong_method_says_which_ones_are_right(client):
    for address, allowed in {"/api/links/x": "GET", "/api/things": "POST, OPTIONS"}.items():
        response = client.put(address)

        assert problem(response, 405, "method_not_allowed")["allowed"] == allowed
        assert response.headers["Allow"] == allowed


def test_a_wrong_host_is_told_the_right_one(client):
    told = problem(client.get("/api/query", headers={"host": "evil.example"}), 400, "wrong_host")

    assert settings.CLOUDBOX_URL in told["detail"]
    assert "CLOUDBOX_URL" in told["detail"]


@pytest.mark.parametrize("host", ["localhost", "localhost:9999", "127.0.0.1:1", "[::1]:8000"])
def test_in_development_this_machine_is_the_right_host_on_any_port(client, host):
    problem(client.get("/api/nowhere", headers={"host": host}), 404, "not_found")


def test_a_nul_in_the_address_is_refused(client):
    problem(client.get("/api/a%00b"), 400, "bad_request")


def test_a_body_with_two_lengths_is_refused(client):
    response = client.post("/api/sink", b"x", content_type="text/plain", headers={"transfer-encoding": "chunked"})

    problem(response, 400, "bad_request")


def test_unknown_and_read_only_fields_are_refused_by_name(client):
    told = problem(client.post("/api/things", {"nmae": "a", "size": 1}, "application/json"), 400, "bad_input")

    assert told["errors"] == [
        {"field": "nmae", "reason": "There is no such field."},
        {"field": "size", "reason": "It cannot be set."},
    ]


def test_faults_of_nested_values_are_told_by_their_paths(client):
    told = problem(
        client.post("/api/things", {"name": "a" * 11, "tags": ["a", None]}, "application/json"), 400, "bad_input"
    )

    assert [error["field"] for error in told["errors"]] == ["name", "tags.1"]


@pytest.mark.parametrize("body", ['"text"', "[]", "3", "null"])
def test_a_body_that_is_no_object_is_refused(client, body):
    problem(client.post("/api/things", body, "application/json"), 400, "bad_input")


def test_malformed_json_is_told_where(client):
    told = problem(client.post("/api/things", '{"name": }', "application/json"), 400, "malformed_json")

    assert (told["line"], told["column"]) == (1, 10)


def test_a_fault_in_one_field_is_in_the_list_of_errors_too(client):
    told = problem(client.post("/api/things", b'{"name": "\\u0000"}', "application/json"), 400, "bad_input")

    assert told["field"] == "name"
    assert [error["field"] for error in told["errors"]] == ["name"]


def test_a_json_body_over_the_cap_is_refused_with_the_cap(client, settings):
    settings.CLOUDBOX_MAX_JSON = 20

    assert (
        problem(client.post("/api/things", '{"name":"a"}' + " " * 9, "application/json"), 413, "body_too_large")[
            "limit"
        ]
        == 20
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_kind_of_body_is_refused(client, kind):
    problem(client.post("/api/things", b"name=a", kind), 415, "unsupported_media_type")


def test_an_empty_body_has_no_fields(client):
    told = problem(client.post("/api/things", "", "application/json"), 400, "bad_input")

    assert told["errors"] == [{"field": "name", "reason": "This field is required."}]


def test_json_is_answered_whatever_is_accepted(client):
    for accept in ("text/html", "image/png", "*/*", "nonsense"):
        response = client.post("/api/things", {"name": "a"}, "application/json", headers={"accept": accept})

        assert (response.status_code, response.json()) == (200, {"name": "a"})


def test_a_browser_outside_the_api_gets_a_page(client):
    response = client.get("/crash", headers={"accept": "text/html,*/*"})

    assert (response.status_code, response.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert response.headers["X-Request-ID"] in response.text
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (rest.NotFound(), 404, "not_found"),
        (PermissionDenied(), 403, "access_denied"),
        (rest.PermissionDenied(), 403, "access_denied"),
        (rest.NotAuthenticated(), 401, "not_authenticated"),
        (rest.AuthenticationFailed(), 401, "not_authenticated"),
        (rest.NotAcceptable(), 406, "not_acceptable"),
        (rest.UnsupportedMediaType("a/b"), 415, "unsupported_media_type"),
        (rest.ParseError(), 400, "bad_request"),
        (rest.Throttled(wait=2.5), 429, "too_many_requests"),
        (SuspiciousOperation(), 400, "bad_request"),
        (OperationalError("could not connect to /run/secret"), 503, "unavailable"),
        (RedisConnectionError(), 503, "unavailable"),
        (BadInput("name", "No."), 400, "bad_input"),
    ],
)
def test_what_the_libraries_raise_has_a_code_of_ours(error, status, code):
    refusal = refusal_for(error)

    assert refusal is not None
    assert (refusal.status, refusal.code) == (status, code)
    assert "secret" not in str(refusal.message)


def refused_by_the_database(*statements: str) -> Exception:
    """Return what Django raises for the last of the statements of a transaction."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except InternalError as error:
        return error
    pytest.fail("It was not refused.")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_another_is_taking_over_from_is_unavailable():
    refusal = refusal_for(refused_by_the_database("SET TRANSACTION READ ONLY", "CREATE TABLE nothing ()"))

    assert refusal is not None
    assert (refusal.status, refusal.code) == (503, "unavailable")


@pytest.mark.django_db(transaction=True)
def test_a_statement_at_the_wrong_time_is_an_unexpected_error():
    assert refusal_for(refused_by_the_database("SELECT 1", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")) is None


def test_a_throttle_says_when_to_come_back():
    refusal = refusal_for(rest.Throttled(wait=2.5))

    assert refusal is not None
    assert refusal.facts == {"retry_after": 3}


def test_nobody_knows_an_unexpected_error():
    assert refusal_for(KeyError("x")) is None


def test_what_is_no_choice_is_told_the_choices(client):
    told = problem(client.post("/api/things", {"name": "a", "role": "view"}, "application/json"), 400, "bad_input")

    assert told["errors"] == [{"field": "role", "reason": "Choose one of: viewer, editor."}]


def test_a_refusal_is_told_in_the_readers_language_and_by_its_kind_where_it_has_facts_in_it():
    said, with_facts = NotFound("There is no such address."), QuotaExceeded(needed=2, free=1)

    with override("de"):
        assert in_words(said) == "Diese Adresse gibt es nicht."
        assert in_words(with_facts) == "Der Platz reicht nicht."
    assert in_words(with_facts) == "2 bytes needed, 1 free."
