"""Signing in, registering and signing out with a browser."""

import pytest
from django.test import Client

from accounts import services
from accounts.models import Session, User
from activity.models import AuditEntry
from tests.people import PASSWORD, caller_for, client_for
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db

FOREIGN = [
    "//evil.example",
    "https://evil.example/account",
    "http:evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "///evil.example",
    "account",
    "/%0d%0aSet-Cookie:a=b\r\nX: y",
]


# Signing in


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com"])
def test_somebody_signs_in_by_either_name(client, alice, name):
    answer = client.post("/login", {"name": name, "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/files")
    assert "alice" in text_of(client.get("/account"))


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_told_in_the_same_words(client, alice, name):
    answer = client.post("/login", {"name": name, "password": "not hers at all"})

    assert answer.status_code == 401
    assert errors(answer) == {"": "The name or the password is wrong."}
    assert f'value="{name}"' in answer.text
    assert "not hers at all" not in answer.text
    assert not Session.objects.exists()


def test_what_is_missing_is_told_at_its_field(client):
    answer = client.post("/login", {"name": "alice"})

    assert answer.status_code == 400
    assert errors(answer) == {"password": "This field is required."}
    assert 'aria-describedby="id_password_error"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_whoever_guesses_is_told_when_to_try_again(client, alice):
    answers = [client.post("/login", {"name": "alice", "password": "wrong"}) for _ in range(7)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "Try again in" in errors(answers[-1])[""]


def test_a_suspended_person_is_told_why_and_a_guesser_is_not(client, alice, staff):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    right = client.post("/login", {"name": "alice", "password": PASSWORD})
    wrong = client.post("/login", {"name": "alice", "password": "wrong"})

    assert "suspended" in errors(right)[""]
    assert errors(wrong) == {"": "The name or the password is wrong."}


def test_a_session_that_somebody_else_has_prepared_is_not_taken_over(client, alice):
    client.get("/login")
    session = client.session
    session["prepared"] = True
    session.save()
    before, token = session.session_key, client.cookies.get("csrftoken")

    sign_in(client, "alice")

    assert client.session.session_key != before
    assert not client.session.exists(before)
    assert token is None or client.cookies["csrftoken"] != token


def test_no_form_works_without_its_token(alice):
    strict = Client(enforce_csrf_checks=True)

    answers = [strict.post(address, {}, headers=HTML) for address in ("/login", "/register", "/logout")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_sign_in_is_in_the_audit_log_and_among_the_sessions(client, alice):
    client.post("/login", {"name": "alice", "password": PASSWORD}, headers={"user-agent": "A browser"})

    assert AuditEntry.objects.get(verb="signed_in").actor_id == alice.id
    [session] = services.sessions_of(by=caller_for(alice)).items
    assert session.agent == "A browser"


# Going on


def test_somebody_goes_on_to_the_page_they_wanted(client, alice):
    asked = client.get("/account/sessions")
    page = client.get(asked.headers["Location"])

    answer = client.post("/login", {"name": "alice", "password": PASSWORD, "next": "/account/sessions"})

    assert asked.headers["Location"] == "/login?next=%2Faccount%2Fsessions"
    assert 'name="next" value="/account/sessions"' in page.text
    assert answer.headers["Location"] == "/account/sessions"


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_is_led_to_a_foreign_page(client, alice, target):
    page = client.get("/login", {"next": target})
    answer = client.post("/login", {"name": "alice", "password": PASSWORD, "next": target})
    again = client.get("/login", {"next": target})
    made = Client().post("/register", {"username": "new", "password": PASSWORD, "again": PASSWORD, "next": target})

    assert "evil" not in page.text
    assert {answer.headers["Location"], again.headers["Location"], made.headers["Location"]} == {"/files"}


@pytest.mark.parametrize("address", ["/login", "/register"])
def test_whoever_is_signed_in_needs_no_door(alices, address):
    assert alices.get(address).headers["Location"] == "/files"


# Registering


def test_somebody_registers_and_is_signed_in(client, db):
    answer = client.post("/register", {"email": "eve@example.com", "password": PASSWORD, "again": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/files")
    assert "Welcome, eve@example.com." in text_of(client.get("/account"))
    assert User.objects.get().username == "eve@example.com"


@pytest.mark.parametrize(
    ("changed", "status", "field", "reason"),
    [
        ({"username": "alice"}, 409, "username", "Somebody has that username already."),
        ({"email": "ALICE@example.com"}, 409, "email", "Somebody has that e-mail address already."),
        ({"email": "nowhere"}, 400, "email", "Not an e-mail address."),
        ({"email": "", "username": ""}, 400, "username", "Give a username or an e-mail address."),
        ({"password": "short", "again": "short"}, 400, "password", "This password is too short"),
        ({"again": "three tame badgers"}, 400, "again", "The two are not the same."),
        ({"username": "a\0b"}, 400, "username", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(client, alice, changed, status, field, reason):
    given = {"email": "eve@example.com", "username": "eve", "password": PASSWORD, "again": PASSWORD, **changed}

    answer = client.post("/register", given)

    assert answer.status_code == status
    assert errors(answer)[field].startswith(reason)
    assert User.objects.count() == 1


def test_a_closed_server_says_so(client, db, settings):
    settings.CLOUDBOX_REGISTRATION = "closed"

    page = client.get("/register", headers=HTML)
    answer = client.post("/register", {"username": "eve", "password": PASSWORD, "again": PASSWORD}, headers=HTML)

    assert (page.status_code, answer.status_code) == (403, 403)
    assert "Registration is closed on this server." in text_of(page)
    assert "/register" not in client.get("/login").text
    assert not User.objects.exists()


# Signing out


def test_following_a_link_signs_nobody_out(alices):
    page = alices.get("/logout")

    assert "Sign out?" in text_of(page)
    assert alices.get("/account").status_code == 200


def test_signing_out_ends_the_session_at_once_wherever_it_was_copied_to(alices, alice):
    copied = Client()
    copied.cookies.load({name: morsel.value for name, morsel in alices.cookies.items()})

    answer = alices.post("/logout")

    assert answer.headers["Location"] == "/login"
    assert "You are signed out." in text_of(alices.get("/login"))
    assert copied.get("/account").status_code == 302
    assert services.sessions_of(by=caller_for(alice)).items == []


def test_whoever_is_not_signed_in_needs_no_way_out(client, db):
    assert client.get("/logout").headers["Location"] == "/login"
    assert client.post("/logout").headers["Location"] == "/login"


# What all pages are


@pytest.mark.parametrize("address", ["/login", "/register"])
def test_pages_with_secrets_in_their_forms_are_kept_nowhere(client, db, address):
    answer = client.get(address)

    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"{address}/").status_code == 200


def test_no_page_has_scripts_or_styles_of_its_own(client, alices):
    addresses = ["/account", "/account/profile", "/account/username", "/account/password", "/account/sessions"]
    pages = [client.get("/login"), client.get("/register"), *[alices.get(address) for address in addresses]]

    for page in pages:
        assert "<style" not in page.text
        assert "<script>" not in page.text
        assert " style=" not in page.text


def test_a_token_opens_no_page(alice):
    assert client_for(alice).get("/account").status_code == 302
