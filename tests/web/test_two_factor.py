"""The second factor, as people set it up and sign in with it in a browser."""

import base64
import re

import pytest
from django.test import Client

from accounts.services import two_factor
from tests.accounts.authenticator import Authenticator, set_up
from tests.people import PASSWORD, caller_for, client_for
from tests.web.browsing import errors, sign_in, text_of

pytestmark = pytest.mark.django_db
PAGES = ["/account/two-factor", "/account/two-factor/recovery-codes", "/account/two-factor/off"]


def answer_with(client: Client, code: str, following: str = ""):
    """Sign in as alice with her password and a code; return the last answer."""
    first = client.post("/login", {"name": "alice", "password": PASSWORD, "next": following})
    assert first.headers["Location"] == "/login/code"
    return client.post("/login/code", {"code": code})


def shown_codes(page: str) -> list[str]:
    return re.findall(r"<li><code>([\w-]+)</code></li>", page)


@pytest.mark.parametrize("address", PAGES)
def test_a_visitor_is_sent_to_sign_in(client, db, address):
    assert client.get(address).headers["Location"].startswith("/login?next=")
    assert client.post(address).headers["Location"] == "/login"


def test_somebody_sets_it_up_and_stays_signed_in_here_only(alices, alice):
    elsewhere, program = sign_in(Client(), "alice"), client_for(alice)

    begun = alices.post("/account/two-factor", {"current_password": PASSWORD})
    [secret] = re.findall(r'class="secret">(\w+)<', begun.text)
    [image] = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", begun.text)
    done = alices.post("/account/two-factor/confirm", {"code": Authenticator(secret).code()})

    assert base64.b64decode(image).startswith(b"<svg")
    assert begun.headers["Cache-Control"] == done.headers["Cache-Control"] == "no-store"
    assert len(shown_codes(done.text)) == 10
    assert "Signing in needs your password and a code" in text_of(alices.get("/account/two-factor"))
    assert elsewhere.get("/account").status_code == 302
    assert program.get("/api/v1/account/usage").status_code == 401


def test_setting_it_up_needs_the_password(alices, alice):
    answer = alices.post("/account/two-factor", {"current_password": "wrong"})

    assert (answer.status_code, errors(answer)) == (400, {"current_password": "This is not your password."})
    assert "base64" not in answer.text


def test_a_wrong_first_code_turns_nothing_on(alices, alice):
    alices.post("/account/two-factor", {"current_password": PASSWORD})

    answer = alices.post("/account/two-factor/confirm", {"code": "000000"})

    assert answer.status_code == 400
    assert errors(answer)["code"].startswith("This is not the code")
    assert not two_factor.state(by=caller_for(alice)).enabled
    assert alices.get("/account/two-factor/confirm").headers["Location"] == "/account/two-factor"


def test_signing_in_takes_the_code_too_and_leads_on(client, alice):
    phone, _ = set_up(alice)

    before = client.post("/login", {"name": "alice", "password": PASSWORD, "next": "/account/teams"})
    halfway = client.get("/account")
    answer = client.post("/login/code", {"code": phone.code()})

    assert before.headers["Location"] == "/login/code"
    assert halfway.status_code == 302
    assert answer.headers["Location"] == "/account/teams"
    assert client.get("/account").status_code == 200
    assert client.get("/login/code").headers["Location"] == "/login"


def test_a_recovery_code_lets_in_once(alice):
    _, codes = set_up(alice)

    first = answer_with(Client(), codes[0])
    second = answer_with(Client(), codes[0])

    assert first.headers["Location"] == "/files"
    assert (second.status_code, errors(second)) == (401, {"": "The code is wrong, too old, or was used before."})


def test_codes_are_not_guessed_for_long(client, alice):
    set_up(alice)
    answer_with(client, "000000")

    statuses = [client.post("/login/code", {"code": "000000"}).status_code for _ in range(8)]

    assert statuses[:4] == [401] * 4
    assert 401 not in statuses[4:]
    assert client.get("/account").status_code == 302


def test_a_challenge_that_is_over_leads_back_to_the_password(client, alice):
    phone, _ = set_up(alice)
    client.post("/login", {"name": "alice", "password": PASSWORD, "next": "/account/teams"})
    session = client.session
    session["cloudbox_challenge"] = {"challenge": "forged", "next": "/account/teams"}
    session.save()

    answer = client.post("/login/code", {"code": phone.code()})

    assert answer.headers["Location"] == "/login?next=%2Faccount%2Fteams"
    assert "Sign in with your password again" in text_of(client.get(answer.headers["Location"]))


def test_nobody_is_asked_for_a_code_without_a_password_before(client, alice):
    set_up(alice)

    assert client.get("/login/code").headers["Location"] == "/login"
    assert client.post("/login/code", {"code": "000000"}).headers["Location"] == "/login"


def test_recovery_codes_are_made_anew_with_password_and_code(alice):
    phone, old = set_up(alice)
    client = Client()
    answer_with(client, phone.code())

    wrong = client.post("/account/two-factor/recovery-codes", {"current_password": "wrong", "code": old[0]})
    right = client.post("/account/two-factor/recovery-codes", {"current_password": PASSWORD, "code": old[0]})

    assert errors(wrong) == {"current_password": "This is not your password."}
    assert len(shown_codes(right.text)) == 10
    assert not set(shown_codes(right.text)) & set(old)
    assert right.text.count("download=") == 1


def test_it_is_turned_off_with_password_and_code(alice):
    phone, codes = set_up(alice)
    client = Client()
    answer_with(client, phone.code())

    wrong = client.post("/account/two-factor/off", {"current_password": PASSWORD, "code": "000000"})
    right = client.post("/account/two-factor/off", {"current_password": PASSWORD, "code": codes[0]})

    assert "code" in errors(wrong)
    assert right.headers["Location"] == "/account/two-factor"
    assert "Two-factor is off." in text_of(client.get("/account/two-factor"))
    sign_in(Client(), "alice")
