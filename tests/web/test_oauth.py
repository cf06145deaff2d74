"""Signing in with GitHub and others on the pages, and linking what one is there."""

from datetime import timedelta
from html import unescape
from re import search
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.callers import SYSTEM
from accounts.models import Session, User
from accounts.services import identities
from tests.accounts.authenticator import set_up
from tests.people import caller_for
from tests.providers import Somebody
from tests.web.browsing import HTML, sign_in, text_of
from tests.web.test_entrance import FOREIGN

pytestmark = pytest.mark.django_db


def leave(browser, provider="github", **fields):
    """Push the button, and return where the page leads."""
    page = browser.post(f"/login/{provider}", fields)
    assert page.status_code == 200, page.content
    refresh = search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert refresh
    return unescape(refresh[1])


def way_back(providers, browser, provider="github", **fields):
    """Push the button and say yes; return the path with which the browser comes back."""
    back = urlsplit(providers.send_back(leave(browser, provider, **fields)))
    return f"{back.path}?{back.query}"


def linked(user):
    return [one.provider for one in identities.identities_of(by=caller_for(user)).items]


def test_the_page_has_a_button_for_each_provider(client, providers):
    for address in ("/login", "/register"):
        page = client.get(address)
        for name, label in (("github", "GitHub"), ("google", "Google"), ("staff-id", "Staff Id")):
            assert f'action="/login/{name}"' in page.text
            assert f"Continue with {label}" in text_of(page)


def test_without_providers_there_is_no_button(client):
    assert "Continue with" not in text_of(client.get("/login"))
    assert client.post("/login/github").status_code == 404


@pytest.mark.parametrize("provider", ["github", "google", "staff-id"])
def test_somebody_signs_in_with_a_provider(client, providers, provider):
    answer = client.get(way_back(providers, client, provider))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/files")
    assert "octocat" in text_of(client.get("/account"))
    assert Session.objects.get().user == User.objects.get()


def test_only_a_form_of_ours_begins(providers):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/login/github").status_code == 403
    assert strict.get("/login/github").status_code == 405
    assert providers.asked == []


def test_somebody_goes_on_to_where_they_were_going(client, providers):
    answer = client.get(way_back(providers, client, next="/account/password?a=b"))

    assert answer.headers["Location"] == "/account/password?a=b"


@pytest.mark.parametrize("address", FOREIGN)
def test_nobody_is_led_to_another_site(client, providers, address):
    assert client.get(way_back(providers, client, next=address)).headers["Location"] == "/files"


def test_a_link_that_somebody_was_sent_signs_them_in_as_nobody(client, providers):
    """The attacker's own sign-in, finished in the victim's browser: what the victim stores would be the attacker's."""
    prepared = way_back(providers, Client())

    answer = client.get(prepared)

    assert answer.status_code == 400
    assert "does not count" in text_of(answer)
    assert not User.objects.exists()


def test_a_state_that_was_begun_by_a_program_leads_no_browser_in(client, providers):
    started = client.get("/api/v1/auth/oauth/github/start").json()
    back = urlsplit(providers.send_back(started["url"]))

    assert client.get(f"{back.path}?{back.query}").status_code == 400


def test_going_back_in_the_history_does_not_sign_in_again(client, providers):
    back = way_back(providers, client)
    client.get(back)
    client.post("/logout")

    assert client.get(back).status_code == 400
    assert client.get("/account").status_code == 302


def test_two_tabs_do_not_disturb_each_other(client, providers):
    first, second = way_back(providers, client), way_back(providers, client, "google")

    assert [client.get(back).status_code for back in (first, second)] == [302, 302]


def test_the_session_gets_a_new_value(client, providers, settings):
    back = way_back(providers, client)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.get(back)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_a_no_is_told_with_the_way_back(client, providers):
    leave(client, next="/account/password")
    state = next(iter(client.session["oauth"]))

    answer = client.get("/login/github/back", {"error": "access_denied", "state": state}, headers=HTML)

    assert answer.status_code == 400
    assert "was not allowed to say who you are" in text_of(answer)
    assert 'href="/login?next=%2Faccount%2Fpassword"' in answer.text


def test_a_provider_that_is_down_is_told(client, providers):
    back = way_back(providers, client)
    providers.lie("api.github.com", "/user", 500, b"")

    answer = client.get(back)

    assert answer.status_code == 502
    assert "GitHub does not answer as it should" in text_of(answer)


def test_a_suspended_account_is_told(client, providers):
    client.get(way_back(providers, client))
    services.suspend(by=SYSTEM, user_id=User.objects.get().id)

    another = Client()

    answer = another.get(way_back(providers, another))

    assert (answer.status_code, "suspended" in text_of(answer)) == (401, True)


def test_a_code_stands_in_no_log(client, providers, caplog):
    back = way_back(providers, client)
    client.get(back)

    assert not [value for value in back.partition("?")[2].split("&") if value.partition("=")[2] in caplog.text]


def test_whoever_is_signed_in_links_and_unlinks(alices, alice, providers):
    answer = alices.get(way_back(providers, alices))

    assert answer.headers["Location"] == "/account/identities"
    page = alices.get("/account/identities")
    assert "You can sign in with GitHub now." in text_of(page)
    assert "GitHub: octocat" in text_of(page)
    identity = identities.identities_of(by=caller_for(alice)).items[0].id
    assert alices.post(f"/account/identities/{identity}/unlink").headers["Location"] == "/account/identities"
    assert linked(alice) == []


def test_who_has_a_second_factor_is_asked_for_it(client, alices, alice, providers):
    alices.get(way_back(providers, alices))
    authenticator, _ = set_up(alice)

    answer = client.get(way_back(providers, client, next="/account/password"))

    assert answer.headers["Location"].startswith("/login/code")
    assert client.get("/account").status_code == 302
    last = client.post(answer.headers["Location"], {"code": authenticator.code()})
    assert last.headers["Location"] == "/account/password"


def test_who_signed_in_long_ago_is_told_to_sign_in_again(alices, alice, providers):
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    answer = alices.post("/login/github")

    assert (answer.status_code, "Sign in again to link" in text_of(answer)) == (401, True)
    assert linked(alice) == []


def test_what_is_linked_to_another_account_is_told(alices, alice, bob, providers):
    bobs = sign_in(Client(), "bob")
    bobs.get(way_back(providers, bobs))

    answer = alices.get(way_back(providers, alices))

    assert (answer.status_code, "signs in to another account" in text_of(answer)) == (409, True)
    assert (linked(alice), linked(bob)) == ([], ["github"])


def test_a_linking_is_finished_by_who_began_it(alices, alice, bob, providers):
    """Signed out and in as somebody else, in the same browser, between the two halves."""
    back = way_back(providers, alices)
    alices.post("/logout")
    sign_in(alices, "bob")

    assert alices.get(back).status_code == 400
    assert (linked(alice), linked(bob)) == ([], [])


def test_the_last_way_in_stays(client, providers):
    client.get(way_back(providers, client))
    user = User.objects.get()
    only = identities.identities_of(by=caller_for(user)).items[0].id

    client.post(f"/account/identities/{only}/unlink")

    assert "Without it you could not sign in" in text_of(client.get("/account/identities"))
    assert linked(user) == ["github"]


def test_who_has_no_password_sets_a_first_one(client, providers):
    client.get(way_back(providers, client))
    assert "current_password" not in client.get("/account/password").text

    answer = client.post("/account/password", {"password": "nine quiet herons", "again": "nine quiet herons"})

    assert answer.status_code == 302
    assert "current_password" in client.get("/account/password").text
    sign_in(Client(), "octocat", "nine quiet herons")


def test_a_name_from_elsewhere_is_shown_as_text(alices, providers):
    providers.person = Somebody("1", "<script>alert(1)</script>")
    alices.get(way_back(providers, alices))

    assert "<script>alert(1)" not in alices.get("/account/identities").text


def test_others_are_led_to_sign_in(client, providers):
    assert client.get("/account/identities").headers["Location"] == "/login?next=%2Faccount%2Fidentities"
    assert client.post("/account/identities/1/unlink").status_code == 302
