"""Signing in with GitHub and Google at a real server, whose outgoing calls the stand-in takes."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.providers import BACK, Providers, Somebody
from tests.server import Server
from tests.visitors import Visitor, asked, at_once

_numbers = count(1)
START, EXCHANGE, IDENTITIES = "/api/v1/auth/oauth/{}/start", "/api/v1/auth/oauth/{}", "/api/v1/account/identities"


@pytest.fixture
def outside(stand_in: Providers, server: Server) -> Iterator[Providers]:
    """The providers; at the browser sits somebody whom nobody has met."""
    number = next(_numbers)
    stand_in.person = Somebody(f"7000{number}", f"cat-{number}", f"cat-{number}@example.net", name="Mona Lisa")
    yield stand_in
    stand_in.tell_the_truth()


def begun(visitor: Visitor, outside: Providers, provider: str) -> dict[str, str]:
    """Begin, say yes, and return the body of the exchange."""
    started = asked(visitor.get(START.format(provider), params={"redirect_uri": BACK}))
    return {**outside.visit(started["url"]), "redirect_uri": BACK}


@pytest.mark.parametrize("provider", ["github", "google", "staff-id"])
def test_somebody_signs_in_at_a_real_server(anonymous, outside, provider):
    tokens = asked(anonymous.post(EXCHANGE.format(provider), json=begun(anonymous, outside, provider)))

    anonymous.headers["Authorization"] = f"Bearer {tokens['access']}"
    profile = asked(anonymous.get("/api/v1/auth/profile"))
    assert profile["username"].startswith("cat-")
    assert (profile["first_name"], profile["email"]) == ("Mona", outside.person.email)
    assert asked(anonymous.get("/api/v1/store/folders"))["id"]


def test_both_are_linked_to_one_account(meet: Callable[[str], Visitor], anonymous, outside):
    olga = meet("olga")
    for provider in ("github", "google"):
        asked(olga.post(EXCHANGE.format(provider), json=begun(olga, outside, provider)), 201)

    assert [one["provider"] for one in asked(olga.get(IDENTITIES))["items"]] == ["github", "google"]
    for provider in ("github", "google"):
        tokens = asked(anonymous.post(EXCHANGE.format(provider), json=begun(anonymous, outside, provider)))
        assert tokens["user_id"] == olga.id


def test_of_eight_who_bring_one_state_one_signs_in(anonymous, outside):
    body = begun(anonymous, outside, "github")

    answers = at_once(lambda _: anonymous.post(EXCHANGE.format("github"), json=body).status_code, range(8))

    assert sorted(answers) == [200, *[400] * 7]


def test_a_provider_that_is_down_holds_up_nobody_else(anonymous, outside):
    body = begun(anonymous, outside, "github")
    outside.lie("github.com", "/login/oauth/access_token", 500, b"<h1>Sorry</h1>")

    refused = anonymous.post(EXCHANGE.format("github"), json=body)

    assert (refused.status_code, refused.json()["code"]) == (502, "provider_unavailable")
    asked(anonymous.post(EXCHANGE.format("google"), json=begun(anonymous, outside, "google")))


def test_no_code_state_or_secret_stands_in_the_log(anonymous, outside, server):
    before = server.screen.stat().st_size
    body = begun(anonymous, outside, "github")
    asked(anonymous.get("/api/v1/user/oauth", params={**body, "type": "github"}))

    logs = "".join(path.read_text(errors="replace") for path in server.data.rglob("*.log")) + server.printed(before)
    assert "/api/v1/user/oauth" in logs
    assert not [value for value in (body["code"], body["state"], "its secret") if value in logs]
