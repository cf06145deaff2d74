"""The doors of recovery: each verb, each refusal."""

import json
import re

import pytest
from django.utils import timezone

from accounts import tasks
from accounts.models import User
from tests.accounts.mailbox import mails_to, secret_to
from tests.people import PASSWORD, client_for

pytestmark = pytest.mark.django_db
JSON = "application/json"
ASK, RESET = "/api/v1/auth/request-password-reset", "/api/v1/auth/reset-password"
VERIFY = "/api/v1/auth/verify-email"
NEW = "four tame otters"


def secret_for(user):
    tasks.send_reset(user.email, "198.51.100.7", "")
    return secret_to(user.email)


@pytest.mark.parametrize("slash", ["", "/"])
def test_asking_is_answered_the_same_whether_there_is_such_an_account(client, alice, slash):
    known = client.post(f"{ASK}{slash}", {"email": alice.email}, JSON)
    unknown = client.post(f"{ASK}{slash}", {"email": "nobody@example.com"}, JSON)

    assert known.status_code == unknown.status_code == 200
    assert known.json() == unknown.json()
    volatile = {"X-Request-ID"}
    assert {n: v for n, v in known.items() if n not in volatile} == {
        n: v for n, v in unknown.items() if n not in volatile
    }


def test_asking_sends_the_mail_after_the_answer(client, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as queued:
        client.post(ASK, {"email": alice.email}, JSON)
        assert mails_to(alice.email) == []

    assert len(queued) == 1


def test_asking_too_often_has_to_wait(client, alice):
    answers = [client.post(ASK, {"email": alice.email}, JSON) for _ in range(8)]

    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "alice"}, {"email": ""}, {"email": None}, {"email": ["a@example.com"]}, {"mail": "x"}],
    ids=str,
)
def test_what_is_no_address_is_refused_by_name(client, body):
    answer = client.post(ASK, json.dumps(body), JSON)

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} <= {"email", "mail"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_secret_in_the_body_sets_the_password(client, alice, slash):
    answer = client.post(f"{RESET}{slash}", {"token": secret_for(alice), "password": NEW}, JSON)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    login = client.post("/api/v1/auth/login", {"login": "alice", "password": NEW}, JSON)
    assert login.status_code == 200


def test_the_secret_as_bearer_sets_the_password_as_an_ancestor_sent_it(client, alice):
    headers = {"Authorization": f"Bearer {secret_for(alice)}"}

    assert client.post(RESET, {"password": NEW}, JSON, headers=headers).status_code == 200


def test_an_access_token_resets_no_password_and_a_secret_opens_nothing(alice, client):
    pair = client.post("/api/v1/auth/login", {"login": "alice", "password": PASSWORD}, JSON).json()
    secret = secret_for(alice)

    for token in (pair["access"], pair["refresh"]):
        answer = client.post(RESET, {"password": NEW}, JSON, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (400, "link_refused")
    answer = client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_a_used_secret_is_refused(client, alice):
    body = {"token": secret_for(alice), "password": NEW}
    client.post(RESET, body, JSON)

    answer = client.post(RESET, body, JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "link_refused")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"password": NEW}, "token"), ({"token": "x" * 201, "password": NEW}, "token"), ({"token": "x"}, "password")],
)
def test_a_reset_that_cannot_be_is_refused_by_the_field(client, body, field):
    answer = client.post(RESET, body, JSON)

    errors = answer.json().get("errors") or [answer.json()]
    assert (answer.status_code, [error["field"] for error in errors]) == (400, [field])


def test_a_weak_password_is_refused_by_the_field(client, alice):
    answer = client.post(RESET, {"token": secret_for(alice), "password": "short"}, JSON)

    assert (answer.status_code, answer.json()["field"]) == (400, "password")


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_is_changed_and_confirmed(client, alice, slash):
    me = client_for(alice)

    asked = me.post(f"/api/v1/account/email{slash}", {"email": "new@example.org", "current_password": PASSWORD}, JSON)
    again = me.post(f"/api/v1/account/email/verify{slash}")
    confirmed = client.post(f"{VERIFY}{slash}", {"token": secret_to("new@example.org")}, JSON)

    assert (asked.status_code, asked.json()["pending_email"]) == (200, "new@example.org")
    assert (again.status_code, again.json()) == (200, {"email": "new@example.org"})
    assert (confirmed.status_code, confirmed.json()) == (200, {"email": "new@example.org"})
    assert me.get("/api/v1/auth/profile").json()["email"] == "new@example.org"


def test_an_address_is_not_changed_without_the_password(alice):
    answer = client_for(alice).post(
        "/api/v1/account/email", {"email": "new@example.org", "current_password": "wrong otters"}, JSON
    )

    assert (answer.status_code, answer.json()["field"]) == (400, "current_password")


def test_a_wrong_secret_confirms_nothing(client):
    answer = client.post(VERIFY, {"token": "nothing"}, JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "link_refused")


def test_an_address_that_was_taken_meanwhile_is_a_conflict(client, alice):
    client_for(alice).patch("/api/v1/auth/profile", {"email": "new@example.org", "current_password": PASSWORD}, JSON)
    User.objects.create(username="mallory", email="new@example.org")

    answer = client.post(VERIFY, {"token": secret_to("new@example.org")}, JSON)

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


def test_there_is_nothing_to_confirm_again(alice):
    User.objects.filter(id=alice.id).update(email_verified_at=timezone.now())
    assert client_for(alice).post("/api/v1/account/email/verify").status_code == 409


@pytest.mark.parametrize("path", ["account/email", "account/email/verify"])
def test_who_is_not_signed_in_changes_no_address(client, path):
    assert client.post(f"/api/v1/{path}", {}, JSON).status_code == 401


@pytest.mark.parametrize("path", [ASK, RESET, VERIFY])
def test_a_door_that_only_takes_posts_says_so(client, path):
    assert client.get(path).status_code == 405


def test_no_secret_is_logged(client, alice, caplog):
    secret = secret_for(alice)

    client.post(RESET, {"token": secret, "password": NEW}, JSON)

    assert caplog.text
    assert not re.search(re.escape(secret), caplog.text)
