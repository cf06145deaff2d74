"""What a browser is told when something does not work, and what to do about it."""

import pytest

from tests.web.browsing import HTML, text_of


@pytest.mark.parametrize(
    ("path", "status", "advice"),
    [
        ("/nowhere", 404, "no longer shared with you"),
        ("/login/github", 405, "Go back, look at what you sent"),
    ],
)
@pytest.mark.django_db
def test_a_page_that_refuses_says_what_to_do(client, path, status, advice):
    answer = client.get(path, headers=HTML)

    assert (answer.status_code, advice in text_of(answer)) == (status, True)
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_page_that_refuses_needs_no_database(client):
    answer = client.get("/nowhere", headers=HTML)

    assert "There is nothing here" in text_of(answer)


@pytest.mark.django_db
def test_a_closed_registration_says_whom_to_ask(client, settings):
    settings.CLOUDBOX_REGISTRATION = "closed"

    page = text_of(client.get("/register", headers=HTML))

    assert "Registration is closed on this server." in page
    assert "Ask the staff of this server for an account." in page
