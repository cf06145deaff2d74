"""The ancestors' clients register, log in and change a password, and are refused, as their documentation says."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import services
from accounts.api.dialects import CALLS
from accounts.callers import Caller
from accounts.models import Session, User
from activity.models import AuditEntry
from tests.accounts.authenticator import set_up
from tests.hashers import Counted
from tests.people import PASSWORD, client_for

pytestmark = pytest.mark.django_db
JSON = "application/json"
OBJECTS, GENERAL = ("/users/", "username"), ("/api/v1/user/", "name")
BOTH = pytest.mark.parametrize(("prefix", "name"), [OBJECTS, GENERAL])
CHANGE = "/api/v1/user/change_pwd"
ME = "/api/v1/auth/profile"


def said(answer) -> str:
    """Return the sentence of a refusal, which comes in the shape of the dialect and nothing else."""
    body = answer.json()
    assert answer["Content-Type"] == JSON
    if "error" in body:
        assert body.keys() == {"error"}
        return str(body["error"])
    assert body.keys() == {"_status", "_error"}
    assert body["_status"] == "ERR"
    assert body["_error"]["code"] == answer.status_code
    return str(body["_error"]["message"])


def logged_in(client, name: str = "cary", password: str = PASSWORD) -> dict[str, str]:
    """Return the general storage system's answer to a login."""
    answer = client.post("/api/v1/user/login", {"name": name, "password": password}, JSON)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def change(client, token: str, **body: str):
    return client.post(CHANGE, body, JSON, headers={"If-Match": f"token {token}"})


# Registering and logging in


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_client_of_min_object_storage_registers_and_logs_in(client, slash):
    body = {"username": "cary", "password": PASSWORD}

    registered = client.post(f"/users/register{slash}", body, JSON)
    login = client.post(f"/users/login{slash}", body, JSON)

    assert (registered.status_code, registered.json()) == (201, {"message": "User created"})
    assert (login.status_code, login.json().keys()) == (200, {"jwt_token"})
    assert login["Cache-Control"] == "no-store"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_client_of_the_general_storage_system_registers_and_logs_in(client, slash):
    body = {"name": "cary", "password": PASSWORD}

    registered = client.post(f"/api/v1/user/register{slash}", body, JSON)
    login = client.post(f"/api/v1/user/login{slash}", body, JSON)

    assert (registered.status_code, registered.json()) == (200, {"_status": "OK"})
    assert login.status_code == 200
    assert login.json() == {
        "_status": "OK",
        "access_token": login.json()["access_token"],
        "user_id": str(User.objects.get(username="cary").id),
        "user_name": "cary",
    }
    assert login["Cache-Control"] == "no-store"


def test_an_account_of_one_dialect_is_an_account_of_all(client):
    client.post("/users/register", {"username": "cary", "password": PASSWORD}, JSON)

    tokens = [
        client.post("/users/login", {"username": "Cary", "password": PASSWORD}, JSON).json()["jwt_token"],
        logged_in(client)["access_token"],
        client.post("/api/v1/auth/login", {"login": "cary", "password": PASSWORD}, JSON).json()["access"],
    ]

    for token in tokens:
        for headers in (
            {"Authorization": f"Bearer {token}"},
            {"Authorization": f"token {token}"},
            {"If-Match": f"token {token}"},
        ):
            assert client.get(ME, headers=headers).json()["username"] == "cary"


@BOTH
def test_whoever_registers_with_an_address_has_that_address(client, prefix, name):
    client.post(f"{prefix}register", {name: "cary@example.com", "password": PASSWORD}, JSON)

    user = User.objects.get()
    assert (user.username, user.email) == ("cary@example.com", "cary@example.com")
    assert logged_in(client, "CARY@example.com")["user_id"] == str(user.id)


@pytest.mark.parametrize("policy", ["compat", "strict"])
@BOTH
def test_the_ancestors_own_examples_pass_where_the_policy_is_compat(client, prefix, name, policy, settings):
    settings.CLOUDBOX_PASSWORD_POLICY = policy

    answer = client.post(f"{prefix}register", {name: "cary", "password": "123456"}, JSON)

    assert (answer.status_code < 300) == (policy == "compat")
    if policy == "strict":
        assert answer.status_code == 400
        assert "password" in said(answer)
        assert "at least 8 characters" in said(answer)
        assert not User.objects.exists()


@BOTH
def test_fields_that_a_later_client_sends_are_left_alone(client, prefix, name):
    body = {name: "cary", "password": PASSWORD, "phone": "1", "code": 7, "is_staff": True}

    assert client.post(f"{prefix}register", body, JSON).status_code in {200, 201}
    assert not User.objects.get().is_staff


def test_a_sign_in_by_a_dialect_is_audited_and_listed_as_any_other(client):
    client.post("/users/register", {"username": "cary", "password": PASSWORD}, JSON)
    client.post("/users/login", {"username": "cary", "password": PASSWORD}, JSON)

    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["registered", "signed_in"]
    assert Session.objects.get().address == "127.0.0.1"


# Refusals, each in its shape


@pytest.mark.parametrize(
    ("prefix", "name", "sentence"),
    [(*OBJECTS, "Username or password missing"), (*GENERAL, "name or password is null")],
)
@pytest.mark.parametrize("call", ["register", "login"])
def test_what_is_missing_is_said_in_the_ancestors_words(client, prefix, name, sentence, call):
    for body in ({}, {name: "cary"}, {"password": PASSWORD}, {name: "", "password": ""}, {name: None, "password": "x"}):
        answer = client.post(f"{prefix}{call}", json.dumps(body), JSON)

        assert (answer.status_code, said(answer)) == (400, sentence)


@pytest.mark.parametrize(("prefix", "name", "sentence"), [(*OBJECTS, "User exists"), (*GENERAL, "user is exist")])
@pytest.mark.parametrize("taken", ["ALICE", "alice@example.com"])
def test_a_name_that_is_taken_is_a_400_in_the_ancestors_words(client, alice, prefix, name, sentence, taken):
    answer = client.post(f"{prefix}register", {name: taken, "password": PASSWORD}, JSON)

    assert (answer.status_code, said(answer)) == (400, sentence)


@pytest.mark.parametrize(
    ("prefix", "name", "sentence"),
    [(*OBJECTS, "Invalid username or password"), (*GENERAL, "can not find user or password is error")],
)
def test_a_failed_login_tells_not_whether_there_is_such_a_user(client, alice, prefix, name, sentence):
    answers = []
    for who in ("alice", "nobody"):
        before = Counted.computed
        answers.append(client.post(f"{prefix}login", {name: who, "password": "not her password"}, JSON))
        answers[-1].hashes = Counted.computed - before

    assert [(answer.status_code, said(answer)) for answer in answers] == [(401, sentence)] * 2
    assert answers[0].hashes == answers[1].hashes == 1
    assert all(answer["WWW-Authenticate"] for answer in answers)


@BOTH
def test_guessing_is_slowed_down_here_too_and_counts_with_the_other_doors(client, alice, prefix, name):
    for _ in range(5):
        client.post("/api/v1/auth/login", {"login": "alice", "password": "not her password"}, JSON)

    answer = client.post(f"{prefix}login", {name: "alice", "password": PASSWORD}, JSON)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert "Too many attempts" in said(answer)


@BOTH
def test_a_suspended_account_and_a_closed_server_say_so(client, alice, prefix, name, settings):
    User.objects.filter(id=alice.id).update(suspended_at=timezone.now())
    settings.CLOUDBOX_REGISTRATION = "closed"

    login = client.post(f"{prefix}login", {name: "alice", "password": PASSWORD}, JSON)
    registration = client.post(f"{prefix}register", {name: "zoe", "password": PASSWORD}, JSON)

    assert (login.status_code, "suspended" in said(login)) == (401, True)
    assert (registration.status_code, "closed" in said(registration)) == (403, True)


@BOTH
def test_an_account_with_two_factor_is_told_where_it_can_give_a_code(client, alice, prefix, name):
    set_up(alice)
    before = Session.objects.count()

    wrong = client.post(f"{prefix}login", {name: "alice", "password": "not her password"}, JSON)
    answer = client.post(f"{prefix}login", {name: "alice", "password": PASSWORD}, JSON)

    assert (answer.status_code, "two-factor" in said(answer)) == (401, True)
    assert (wrong.status_code, "two-factor" in said(wrong)) == (401, False)
    assert len(answer.content) < 200  # no challenge
    assert Session.objects.count() == before


@BOTH
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": 7}, "name"),
        ({"name": ["cary"]}, "name"),
        ({"name": "a/b"}, "name"),
        ({"password": {"$ne": 1}}, "password"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused_by_the_dialects_name_of_the_field(client, prefix, name, wrong, field):
    names = {"name": name, "password": "password"}
    body = {name: "cary", "password": PASSWORD} | {names[key]: value for key, value in wrong.items()}

    answer = client.post(f"{prefix}register", json.dumps(body), JSON)

    assert answer.status_code == 400
    assert names[field] in said(answer).lower()
    assert not User.objects.exists()


@BOTH
@pytest.mark.parametrize("body", ["[]", "7", '"cary"', "null"])
def test_a_body_that_is_no_object_is_refused(client, prefix, name, body):
    answer = client.post(f"{prefix}login", body, JSON)

    assert (answer.status_code, said(answer)) == (400, "The body must be a JSON object.")


def test_an_address_that_no_call_has_is_refused_in_the_dialect_too(client, alice):
    assert said(client.post("/users/nothing", {}, JSON)) == "There is no such address."
    assert client.get("/users/nothing").status_code == 404
    assert client_for(alice).get("/api/v1/user/nothing").status_code == 404


def test_no_browser_is_shown_a_page_where_a_program_is_meant(client):
    answer = client.get("/users/login", headers={"Accept": "text/html"})

    assert answer["Content-Type"] == JSON


# Broken examples


def curl_in(sentence: str) -> tuple[str, dict[str, str], str]:
    """Return (body, headers, address) of the call that a refusal shows."""
    shown = re.search(r"curl -d '(?P<body>[^']*)' (?P<rest>.*) (?P<address>\S+)$", sentence)
    assert shown, sentence
    headers = dict(header.split(": ", 1) for header in re.findall(r"-H '([^']*)'", shown["rest"]))
    return shown["body"], headers, shown["address"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
@pytest.mark.parametrize("mistake", ["no method", "put", "broken json", "form", "no content type"])
def test_a_broken_example_is_refused_with_the_call_that_works(client, alice, call, mistake):
    headers = {"If-Match": f"token {logged_in(client, 'alice')['access_token']}"} if call.signed_in else {}
    if call.path.endswith("login"):
        services.register(by=Caller.anonymous(), username="cary", password=call.body["password"])
    right = json.dumps(call.body)
    answer = {
        "no method": lambda: client.get(call.path, headers=headers),
        "put": lambda: client.put(call.path, right, JSON, headers=headers),
        "broken json": lambda: client.post(call.path, right[:-1] + ",}", JSON, headers=headers),
        "form": lambda: client.post(call.path, call.body, headers=headers),
        "no content type": lambda: client.post(call.path, right, "application/x-www-form-urlencoded", headers=headers),
    }[mistake]()

    objects = call.path.startswith("/users/")
    expected = {"no method": 405, "put": 405, "broken json": 400}.get(mistake, 415 if objects else 400)
    assert answer.status_code == expected
    if expected == 405:
        assert "POST" in answer["Allow"]
    body, shown, address = curl_in(said(answer))
    assert address == settings.CLOUDBOX_URL + call.path
    token = {"If-Match": shown["If-Match"].replace("JWT_TOKEN", headers["If-Match"].split()[1])} if headers else {}
    done = client.post(call.path, body, shown["Content-Type"], headers=token)
    assert done.status_code == call.status, done.content


# Changing the password


def test_somebody_who_has_just_logged_in_changes_the_password_without_the_old_one(client, alice):
    token = logged_in(client, "alice")["access_token"]

    answer = change(client, token, password="four tame otters")

    assert answer.status_code == 200
    assert answer.json().keys() == {"_status", "access_token"}
    assert client.get(ME, headers={"If-Match": f"token {token}"}).status_code == 401
    assert client.get(ME, headers={"If-Match": f"token {answer.json()['access_token']}"}).status_code == 200
    assert logged_in(client, "alice", "four tame otters")


@pytest.mark.parametrize("slash", ["", "/"])
def test_later_the_old_password_is_needed(client, alice, slash):
    token = logged_in(client, "alice")["access_token"]
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=5, seconds=1))

    refused = change(client, token, password="four tame otters")
    wrong = change(client, token, password="four tame otters", old_password="not her password")
    headers = {"If-Match": f"token {token}"}
    body = {"password": "four tame otters", "old_password": PASSWORD}
    done = client.post(f"{CHANGE}{slash}", body, JSON, headers=headers)

    assert (refused.status_code, "Sign in again" in said(refused)) == (401, True)
    assert (wrong.status_code, said(wrong)) == (400, "old_password: This is not your password.")
    assert done.status_code == 200
    assert logged_in(client, "alice", "four tame otters")


def test_refreshing_makes_a_stolen_session_no_younger(client, alice):
    pair = services.sign_in(by=Caller.anonymous(), name="alice", password=PASSWORD)
    assert isinstance(pair, services.SignedIn)
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    younger = services.refresh(by=Caller.anonymous(), token=pair.refresh)

    assert change(client, younger.access, password="four tame otters").status_code == 401


def test_a_browsers_session_needs_the_old_password(client, alice):
    client.force_login(alice)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}

    refused = client.post(CHANGE, {"password": "four tame otters"}, JSON, headers=headers)
    body = {"password": "four tame otters", "old_password": PASSWORD}
    done = client.post(CHANGE, body, JSON, headers=headers)

    assert refused.status_code == 401
    assert (done.status_code, done.json()) == (200, {"_status": "OK"})


def test_nobody_changes_a_password_without_a_token(client, alice):
    for headers in ({}, {"If-Match": "token old"}, {"Authorization": "Basic YTpi"}):
        answer = client.post(CHANGE, {"password": "four tame otters"}, JSON, headers=headers)

        assert answer.status_code == 401
        assert said(answer)
        assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("old", [None, 7, ""])
def test_an_old_password_that_is_sent_is_looked_at(client, alice, old):
    token = logged_in(client, "alice")["access_token"]

    answer = client.post(
        CHANGE, {"password": "four tame otters", "old_password": old}, JSON, headers={"If-Match": f"token {token}"}
    )

    assert (answer.status_code, "old_password" in said(answer)) == (400, True)
    assert logged_in(client, "alice")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [({}, "password is null"), ({"password": "12345"}, "too short"), ({"password": "alice@example.com"}, "similar")],
)
def test_a_password_that_may_not_be_is_refused_and_changes_nothing(client, alice, body, sentence):
    token = logged_in(client, "alice")["access_token"]

    answer = change(client, token, **body)

    assert answer.status_code == 400
    assert sentence in said(answer)
    assert logged_in(client, "alice")
