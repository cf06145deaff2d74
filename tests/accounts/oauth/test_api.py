"""/auth/oauth/… and /account/identities/…: their verbs and refusals."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.callers import SYSTEM
from accounts.models import User
from accounts.services import identities
from tests.accounts.authenticator import set_up
from tests.accounts.oauth.conftest import here
from tests.people import caller_for, client_for
from tests.providers import BACK, Somebody

pytestmark = pytest.mark.django_db
START, EXCHANGE = "/api/v1/auth/oauth/{}/start", "/api/v1/auth/oauth/{}"
IDENTITIES = "/api/v1/account/identities"


def begun(client, providers, provider="github"):
    """Begin, say yes, and return the body of the exchange."""
    started = client.get(START.format(provider), {"redirect_uri": BACK})
    assert started.status_code == 200, started.content
    return {**providers.visit(started.json()["url"]), "redirect_uri": BACK}


def exchange(client, body, provider="github"):
    return client.post(EXCHANGE.format(provider), body, content_type="application/json")


def refused(response):
    return response.status_code, response.json()["code"]


def test_anybody_sees_who_vouches_for_people_here(client, providers):
    names = [{"name": "github", "label": "GitHub"}, {"name": "google", "label": "Google"}]

    assert client.get("/api/v1/auth/oauth/").json() == {"items": [*names, {"name": "staff-id", "label": "Staff Id"}]}


def test_nobody_vouches_for_people_unless_it_is_set_up(client):
    assert client.get("/api/v1/auth/oauth").json() == {"items": []}
    assert refused(client.get(START.format("github"))) == (404, "not_found")
    assert refused(exchange(client, {"state": "x", "code": "y"})) == (404, "not_found")


@pytest.mark.parametrize("provider", ["github", "google", "staff-id"])
def test_a_code_and_its_state_bring_tokens(client, providers, provider):
    response = exchange(client, begun(client, providers, provider), provider)

    tokens = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    profile = client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {tokens['access']}"}).json()
    assert (profile["username"], profile["email"]) == ("octocat", "octocat@example.net")
    assert (
        client.post("/api/v1/auth/token/refresh", {"refresh": tokens["refresh"]}, "application/json").status_code == 200
    )


def test_the_answer_is_that_of_a_login(client, providers, alice):
    login = client.post("/api/v1/auth/login", {"login": "alice", "password": "three tame otters"}, "application/json")

    assert exchange(client, begun(client, providers)).json().keys() == login.json().keys()


def test_without_an_address_people_come_back_to_our_own_page(client, providers, settings):
    started = client.get(START.format("github")).json()

    back = providers.send_back(started["url"])
    assert back.startswith(f"{settings.CLOUDBOX_URL}/login/github/back?code=")
    assert f"state={started['state']}" in back


def test_a_state_is_good_once(client, providers):
    body = begun(client, providers)

    assert exchange(client, body).status_code == 200
    assert refused(exchange(client, body)) == (400, "oauth_refused")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "forged"}, "oauth_refused"),
        ({"code": "forged"}, "oauth_refused"),
        ({"redirect_uri": BACK + "/other"}, "bad_input"),
        ({"code": None}, "bad_input"),
        ({"state": None}, "bad_input"),
        ({"code": 7}, "bad_input"),
        ({"error": "access_denied"}, "bad_input"),
        ({"access_token": "of another app"}, "bad_input"),
    ],
)
def test_what_does_not_fit_is_refused_and_makes_nobody(client, providers, change, code):
    body = {name: value for name, value in {**begun(client, providers), **change}.items() if value is not None}

    assert refused(exchange(client, body)) == (400, code)
    assert not User.objects.exists()


def test_a_no_at_the_provider_is_a_no(client, providers):
    body = {"state": begun(client, providers)["state"], "error": "access_denied", "redirect_uri": BACK}

    assert refused(exchange(client, body)) == (400, "oauth_denied")


def test_nobody_is_sent_to_an_address_that_is_not_listed(client, providers):
    response = client.get(START.format("github"), {"redirect_uri": "https://evil.example.org/back"})

    assert refused(response) == (400, "bad_input")
    assert response.json()["field"] == "redirect_uri"
    assert refused(client.get(START.format("github"), {"redirect": BACK})) == (400, "bad_input")


def test_a_provider_that_is_down_is_a_502(client, providers):
    body = begun(client, providers)
    providers.lie("github.com", "/login/oauth/access_token", 500, b"")

    response = exchange(client, body)

    assert refused(response) == (502, "provider_unavailable")
    assert response.json()["provider"] == "GitHub"


def test_a_suspended_account_and_closed_doors_say_so(client, providers, settings):
    exchange(client, begun(client, providers))
    services.suspend(by=SYSTEM, user_id=User.objects.get().id)
    settings.CLOUDBOX_REGISTRATION = "closed"

    assert refused(exchange(client, begun(client, providers))) == (401, "account_suspended")
    providers.person = Somebody("2", "stranger")
    assert refused(exchange(client, begun(client, providers))) == (403, "registration_closed")


def test_who_has_a_second_factor_is_asked_for_it(client, providers, signs_in, alice):
    signs_in("github", by=here(alice))
    authenticator, _ = set_up(alice)

    challenge = exchange(client, begun(client, providers))

    assert challenge.status_code == 202
    assert challenge.json().keys() == {"challenge", "methods", "expires_in"}
    answer = {"challenge": challenge.json()["challenge"], "code": authenticator.code()}
    assert client.post("/api/v1/auth/login/code", answer, "application/json").json()["user_id"] == str(alice.id)


def test_with_a_token_an_identity_is_linked(providers, alice):
    client = client_for(alice)

    response = exchange(client, begun(client, providers))

    assert response.status_code == 201
    assert response.json().items() >= {"provider": "github", "label": "GitHub", "login": "octocat"}.items()
    assert client.get(IDENTITIES).json() == {"items": [response.json()], "next": None}


def test_an_identity_of_another_account_is_a_409(providers, alice, bob):
    hers, his = client_for(alice), client_for(bob)
    exchange(hers, begun(hers, providers))

    assert refused(exchange(his, begun(his, providers))) == (409, "identity_taken")


def test_a_token_that_does_not_count_begins_nothing(providers):
    client = Client(headers={"Authorization": "Bearer nonsense"})

    assert refused(client.get(START.format("github"))) == (401, "token_refused")
    assert refused(exchange(client, {"state": "x", "code": "y"})) == (401, "token_refused")


def test_identities_are_listed_a_page_at_a_time_in_one_query(providers, signs_in, alice):
    for number in range(5):
        signs_in("github", by=here(alice), who=Somebody(str(number + 1), f"cat-{number}"))
    client = client_for(alice)

    with CaptureQueriesContext(connection) as queries:
        first = client.get(IDENTITIES, {"limit": 3}).json()
    assert len(queries) == 2  # who asks, and the list
    second = client.get(IDENTITIES, {"limit": 3, "cursor": first["next"]}).json()

    assert [one["login"] for one in first["items"] + second["items"]] == [f"cat-{number}" for number in range(5)]
    assert second["next"] is None
    assert refused(client.get(IDENTITIES, {"cursor": "nonsense"})) == (400, "bad_input")


def test_an_identity_is_unlinked_but_not_the_last_way_in(client, providers):
    tokens = exchange(client, begun(client, providers)).json()
    client = Client(headers={"Authorization": f"Bearer {tokens['access']}"})
    first = client.get(IDENTITIES).json()["items"][0]["id"]

    assert refused(client.delete(f"{IDENTITIES}/{first}")) == (409, "last_way_in")
    exchange(client, begun(client, providers, "google"), "google")
    assert client.delete(f"{IDENTITIES}/{first}/").status_code == 204
    assert refused(client.delete(f"{IDENTITIES}/{first}")) == (404, "not_found")
    assert [one["provider"] for one in client.get(IDENTITIES).json()["items"]] == ["google"]


def test_only_the_owner_sees_and_unlinks_identities(client, signs_in, alice, bob):
    signs_in("github", by=here(alice))
    identity = identities.identities_of(by=caller_for(alice)).items[0].id

    assert refused(client.get(IDENTITIES)) == (401, "not_authenticated")
    assert refused(client.delete(f"{IDENTITIES}/{identity}")) == (401, "not_authenticated")
    assert refused(client_for(bob).delete(f"{IDENTITIES}/{identity}")) == (404, "not_found")
    assert client_for(bob).get(IDENTITIES).json()["items"] == []
