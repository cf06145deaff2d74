"""The doors of accounts: one test for each verb and for each refusal."""

import json

import pytest

from tests.people import PASSWORD, client_for

pytestmark = pytest.mark.django_db
JSON = "application/json"


def login(client, **body):
    return client.post("/api/v1/auth/login", {"password": PASSWORD, **body}, JSON)


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_registers_and_logs_in(client, slash):
    registered = client.post(
        f"/api/v1/auth/register{slash}", {"email": "Zoe@Example.com", "password": PASSWORD, "first_name": "Zoe"}, JSON
    )
    logged_in = client.post(f"/api/v1/auth/login{slash}", {"email": "zoe@example.com", "password": PASSWORD}, JSON)

    assert registered.status_code == 201, registered.content
    assert (registered.json()["username"], registered.json()["first_name"]) == ("Zoe@Example.com", "Zoe")
    assert logged_in.status_code == 200, logged_in.content
    assert logged_in.json().keys() == {"access", "refresh", "token_type", "expires_in", "user_id", "username"}
    assert logged_in["Cache-Control"] == "no-store"


def test_the_ancestors_form_registers_with_all_its_fields(client):
    form = {
        "first_name": "Zoe",
        "middle_name": "M.",
        "last_name": "Zhang",
        "email": "zoe@example.com",
        "password": PASSWORD,
        "country": "Chile",
        "phone": "+56 2 1234 5678",
        "date_of_birth": "1990-02-28",
        "security_quest": "First pet?",
        "security_ans": "Rex",
        "recovery_mail": "zoe@example.org",
        "recovery_no": "+56 2 8765 4321",
    }

    answer = client.post("/api/v1/auth/register", form)

    secret = {"password", "security_ans"}
    assert answer.status_code == 201, answer.content
    assert {name: answer.json()[name] for name in form.keys() - secret} == {
        name: value for name, value in form.items() if name not in secret
    }
    assert "Rex" not in answer.content.decode()


@pytest.mark.parametrize("name", ["email", "login"])
def test_people_log_in_with_their_address(client, alice, name):
    assert login(client, **{name: "alice@example.com"}).json()["user_id"] == str(alice.id)


@pytest.mark.parametrize("name", ["username", "login"])
def test_people_log_in_with_their_username(client, alice, name):
    assert login(client, **{name: "alice"}).json()["username"] == "alice"


@pytest.mark.parametrize("names", [{}, {"email": "alice@example.com", "username": "alice"}])
def test_a_login_names_one_account(client, alice, names):
    answer = login(client, **names)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "login")


def test_an_old_token_in_the_header_does_not_stand_in_the_way_of_a_login(client, alice):
    answer = client.post(
        "/api/v1/auth/login", {"login": "alice", "password": PASSWORD}, JSON, headers={"Authorization": "Bearer old"}
    )

    assert answer.status_code == 200


def test_a_wrong_password_is_401_in_words_that_tell_nothing(client, alice):
    wrong = login(client, login="alice", password="not her password")
    unknown = login(client, login="nobody")

    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    assert wrong["WWW-Authenticate"]
    same = ("type", "title", "status", "detail", "code")
    assert {name: wrong.json()[name] for name in same} == {name: unknown.json()[name] for name in same}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_refresh_token_as_bearer_brings_a_new_pair(client, alice, method, slash):
    refresh = login(client, login="alice").json()["refresh"]

    no_body = {} if method == "get" else {"content_type": JSON}
    answer = getattr(client, method)(
        f"/api/v1/auth/token/refresh{slash}", headers={"Authorization": f"Bearer {refresh}"}, **no_body
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["refresh"] != refresh
    assert answer["Cache-Control"] == "no-store"


def test_a_refresh_token_in_the_body_brings_a_new_pair(client, alice):
    refresh = login(client, login="alice").json()["refresh"]

    assert client.post("/api/v1/auth/token/refresh", {"refresh": refresh}, JSON).status_code == 200


def test_an_access_token_does_not_refresh_and_a_refresh_token_opens_nothing(client, alice):
    pair = login(client, login="alice").json()

    assert client.post("/api/v1/auth/token/refresh", {"refresh": pair["access"]}, JSON).status_code == 401
    headers = {"Authorization": f"Bearer {pair['refresh']}"}
    assert client.get("/api/v1/auth/profile", headers=headers).status_code == 401


@pytest.mark.parametrize("slash", ["", "/"])
def test_logging_out_twice_is_logging_out(alice, slash):
    client = client_for(alice)

    assert client.post(f"/api/v1/auth/logout{slash}", {}, JSON).status_code == 204
    assert client.post(f"/api/v1/auth/logout{slash}", {}, JSON).status_code == 401


def test_a_password_is_changed(client, alice):
    body = {"current_password": PASSWORD, "new_password": "four tame otters"}

    answer = client_for(alice).post("/api/v1/auth/change-password", body, JSON)

    assert answer.status_code == 200
    assert login(client, login="alice", password="four tame otters").status_code == 200


def test_a_browser_that_changes_the_password_gets_no_tokens(client, alice, settings):
    client.force_login(alice)
    body = {"current_password": PASSWORD, "new_password": "four tame otters"}

    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    answer = client.post("/api/v1/auth/change-password", body, JSON, headers={"X-CSRFToken": "a" * 32})

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "username"),
        ({"email": "zoe@example.com"}, "password"),
        ({"email": "zoe@example.com", "password": "short"}, "password"),
        ({"email": "nowhere", "password": PASSWORD}, "email"),
        ({"email": "zoe@example.com", "password": PASSWORD, "is_staff": True}, "is_staff"),
        ({"email": "zoe@example.com", "password": PASSWORD, "is_superuser": "true"}, "is_superuser"),
        ({"email": "zoe@example.com", "password": PASSWORD, "groups": [1]}, "groups"),
        ({"username": "a\x00b", "password": PASSWORD}, "username"),
        ({"username": "zoe", "password": ["three tame otters"]}, "password"),
        ({"username": "zoe", "password": None}, "password"),
        ({"username": {"$ne": 1}, "password": PASSWORD}, "username"),
    ],
    ids=str,
)
def test_a_registration_that_cannot_be_is_refused_by_the_field(client, body, field):
    answer = client.post("/api/v1/auth/register", json.dumps(body), JSON)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("name", "code"), [({"username": "ALICE"}, "username_taken"), ({"email": "ALICE@example.com"}, "email_taken")]
)
def test_a_name_that_is_taken_is_a_conflict_that_names_the_field(client, alice, name, code):
    answer = client.post("/api/v1/auth/register", {"password": PASSWORD, **name}, JSON)

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, code, next(iter(name)))


def test_a_closed_server_says_so(client, settings):
    settings.CLOUDBOX_REGISTRATION = "closed"

    answer = client.post("/api/v1/auth/register", {"username": "zoe", "password": PASSWORD}, JSON)

    assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")


def test_bodies_of_other_kinds_are_refused(client):
    answer = client.post("/api/v1/auth/login", "login=alice", "application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["register", "login", "logout", "change-password"])
def test_a_door_that_only_takes_posts_says_so(alice, path):
    answer = client_for(alice).get(f"/api/v1/auth/{path}")

    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
