"""In which language somebody sees the pages."""

import pytest
from django.conf import settings

from tests.web.browsing import HTML, text_of

pytestmark = pytest.mark.django_db


def test_whoever_chooses_a_language_goes_back_and_has_it_from_then_on(client):
    answer = client.post("/language", {"language": "de", "next": "/login?next=%2Ftrash"})

    assert answer.headers["Location"] == "/login?next=%2Ftrash"
    assert '<html lang="de"' in client.get("/login", headers=HTML).text
    assert '<html lang="de"' in client.get("/", headers=HTML).text


def test_a_language_that_is_not_spoken_here_is_refused_by_name(client):
    answer = client.post("/language", {"language": "xx"})

    assert (answer.status_code, answer.json()["field"]) == (400, "language")
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_choosing_a_language_leads_to_no_other_site(client):
    answer = client.post("/language", {"language": "en", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("address", ["/", "/login", "/register", "/password/forgot"])
def test_a_visitor_finds_every_language_on_the_ways_in(client, address):
    page = text_of(client.get(address, headers=HTML))

    assert all(name in page for _, name in settings.LANGUAGES)
