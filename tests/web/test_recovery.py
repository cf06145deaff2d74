"""Lost passwords and addresses, as people recover and confirm them in a browser."""

import pytest
from django.test import Client

from accounts import services, tasks
from accounts.models import Ticket
from tests.accounts.mailbox import mails_to, secret_to
from tests.people import PASSWORD, caller_for, client_for
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db
NEW = "four brisk badgers"


@pytest.fixture
def link(alice) -> str:
    """Where the link leads that was mailed to alice, who has lost her password."""
    tasks.send_reset("alice@example.com", "198.51.100.7", "A browser")
    return f"/password/reset/{secret_to('alice@example.com')}"


def confirm_link(email: str) -> str:
    return f"/email/verify/{secret_to(email)}"


# A lost password


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_asking_for_a_link_is_answered_in_the_same_words_for_every_address(client, alice, email):
    answer = client.post("/password/forgot", {"email": email})

    assert answer.status_code == 200
    assert text_of(answer).replace(email, "it") == text_of(
        Client().post("/password/forgot", {"email": "it@example.com"})
    ).replace("it@example.com", "it")


def test_what_is_no_address_is_told_at_the_field(client, db):
    answer = client.post("/password/forgot", {"email": "nowhere"})

    assert (answer.status_code, errors(answer)) == (400, {"email": "Not an e-mail address."})


def test_whoever_asks_too_often_is_told_when_to_try_again(client, alice):
    answers = [client.post("/password/forgot", {"email": "alice@example.com"}) for _ in range(8)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "Try again in" in errors(answers[-1])[""]


def test_the_link_leads_to_a_new_password_and_signs_everything_out(client, alices, alice, link):
    program = client_for(alice)

    page = client.get(link)
    answer = client.post(link, {"password": NEW, "again": NEW})

    assert page.status_code == 200
    assert answer.headers["Location"] == "/login"
    assert "Sign in with it." in text_of(client.get("/login"))
    assert alices.get("/account").status_code == 302
    assert program.get("/api/v1/account/usage").status_code == 401
    sign_in(Client(), "alice", NEW)


def test_a_link_works_once(client, link):
    client.post(link, {"password": NEW, "again": NEW})

    answers = [client.get(link), client.post(link, {"password": PASSWORD, "again": PASSWORD})]

    assert {answer.status_code for answer in answers} == {400}
    assert "The link does not count" in text_of(answers[0])
    sign_in(Client(), "alice", NEW)


def test_a_link_survives_programs_that_look_at_mail_and_passwords_that_cannot_be(client, link):
    Client().get(link)
    Client().head(link)

    wrong = client.post(link, {"password": "short", "again": "short"})
    differing = client.post(link, {"password": NEW, "again": "another"})
    right = client.post(link, {"password": NEW, "again": NEW})

    assert errors(wrong)["password"].startswith("This password is too short")
    assert errors(differing) == {"again": "The two are not the same."}
    assert right.status_code == 302


def test_the_secrets_of_links_are_neither_logged_nor_told_nor_kept(client, alices, link, capfd):
    alices.post("/account/email/send")
    for address in (link, confirm_link("alice@example.com")):
        answers = [client.get(address), client.post(address, {"password": "x", "again": "y"}), client.get(address)]

        for answer in filter(lambda answer: answer.status_code != 302, answers):
            assert answer.headers["Referrer-Policy"] == "strict-origin"
            assert answer.headers["Cache-Control"] == "no-store"
        said = capfd.readouterr()
        assert address.rpartition("/")[2] not in said.out + said.err


def test_a_made_up_link_is_refused(client, db):
    for address in ("/password/reset/made-up", f"/password/reset/{'x' * 200}"):
        assert client.get(address, headers=HTML).status_code == 400
    assert client.get(f"/password/reset/{'x' * 201}", headers=HTML).status_code == 404


# An address


def test_an_address_is_confirmed_by_a_button_not_by_a_link(client, alices, alice):
    alices.post("/account/email/send")
    address = confirm_link("alice@example.com")

    page = client.get(address)
    assert "not confirmed" in text_of(alices.get("/account"))
    client.post(address)

    assert "Confirm the address" in text_of(page)
    assert services.profile(by=caller_for(alice)).email_verified
    assert "not confirmed" not in text_of(alices.get("/account"))


def test_a_link_that_was_used_says_so(client, alices, alice):
    alices.post("/account/email/send")
    address = confirm_link("alice@example.com")
    client.post(address)

    answer = client.post(address)

    assert answer.status_code == 400
    assert "The link does not count" in text_of(answer)


def test_a_new_address_becomes_ones_own_where_it_is_read(alices, alice):
    answer = alices.post("/account/email", {"email": "ada@example.com", "current_password": PASSWORD})

    assert "A mail is on its way to ada@example.com." in text_of(alices.get(answer.headers["Location"]))
    assert services.profile(by=caller_for(alice)).email == "alice@example.com"
    alices.post(confirm_link("ada@example.com"))

    assert services.profile(by=caller_for(alice)).email == "ada@example.com"
    assert "email_changing" in mails_to("alice@example.com")


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"email": "nowhere", "current_password": PASSWORD}, "email", "Not an e-mail address."),
        ({"email": "ada@example.com", "current_password": "wrong"}, "current_password", "This is not your password."),
    ],
)
def test_what_is_wrong_with_a_new_address_is_told_at_its_field(alices, alice, given, field, reason):
    answer = alices.post("/account/email", given)

    assert (answer.status_code, errors(answer)) == (400, {field: reason})
    assert not Ticket.objects.filter(email="ada@example.com").exists()


def test_an_address_that_somebody_has_is_answered_as_a_free_one(alices, bob):
    answers = [
        alices.post("/account/email", {"email": email, "current_password": PASSWORD})
        for email in ("bob@example.com", "free@example.com")
    ]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_a_visitor_sees_nobodys_address(client, db):
    assert client.get("/account/email").headers["Location"] == "/login?next=%2Faccount%2Femail"
    assert client.post("/account/email/send").headers["Location"] == "/login"
