"""Answers that are wrong, late, or none: each is refused, and nothing is made of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts import conversations, oauth
from accounts.models import Session, User
from accounts.refusals import OAuthDenied, OAuthRefused, ProviderEmailUnverified, ProviderUnavailable
from accounts.services import identities
from cloudbox import process
from cloudbox.errors import BadInput, Busy, NotFound
from tests.accounts.oauth.conftest import VISITOR
from tests.providers import BACK, Somebody

PROVIDERS = ["github", "google", "staff-id"]
OTHER = "https://app.example.org/other"
TOKEN = {
    "github": ("github.com", "/login/oauth/access_token"),
    "google": ("accounts.google.com", "/o/oauth2/token"),
    "staff-id": ("id.example.org", "/realms/staff/token"),
}
USER = {
    "github": ("api.github.com", "/user"),
    "google": ("www.googleapis.com", "/oauth2/v3/userinfo"),
    "staff-id": ("id.example.org", "/realms/staff/userinfo"),
}
PLACES = {"token": TOKEN, "user": USER}
BROKEN = [
    (500, b"<h1>Sorry</h1>"),
    (429, b'{"message": "slow down"}'),
    (200, b"not json"),
    (200, b"[" * 100_000),
    (200, b"null"),
    (200, b"[1, 2]"),
    (200, b"{}"),
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_made(db):
    """Whatever a test of these tries: nobody is made, nobody is signed in."""
    yield
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


def begun(providers, provider="github"):
    """Return what the browser comes back with from a provider."""
    return providers.visit(identities.start(by=VISITOR, provider=provider, redirect_uri=BACK).url)


def come_back(provider="github", *, redirect_uri=BACK, **answer):
    return identities.finish(by=VISITOR, provider=provider, redirect_uri=redirect_uri, **answer)


@pytest.mark.parametrize(("status", "body"), BROKEN)
@pytest.mark.parametrize("where", ["token", "user"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_broken_answer_is_the_providers_fault(providers, provider, where, status, body):
    if (provider, where) == ("staff-id", "user") and body in {b"null", b"{}"}:
        return  # its id_token has said everything already
    answer = begun(providers, provider)
    providers.lie(*PLACES[where][provider], status, body)

    with pytest.raises(ProviderUnavailable):
        come_back(provider, **answer)


@pytest.mark.parametrize("uid", [None, "", True, 1.5, [1], {"a": 1}, "x" * 256, "a\u0000b"])
@pytest.mark.parametrize("provider", ["github", "google"])
def test_an_id_that_is_none_is_the_providers_fault(providers, provider, uid):
    answer = begun(providers, provider)
    providers.lie(*USER[provider], 200, {"id": uid, "sub": uid, "email": "a@example.net", "email_verified": True})

    with pytest.raises(ProviderUnavailable):
        come_back(provider, **answer)


@pytest.mark.parametrize("emails", [["a@example.net"], [None], [{"primary": True, "verified": True}], {"a": 1}, "text"])
def test_a_list_of_addresses_that_is_none_is_the_providers_fault(providers, emails):
    answer = begun(providers)
    providers.lie("api.github.com", "/user/emails", 200, emails)

    with pytest.raises(ProviderUnavailable):
        come_back(**answer)


@pytest.mark.parametrize("where", ["token", "user"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_does_not_answer_is_given_up(providers, monkeypatch, provider, where):
    answer = begun(providers, provider)
    monkeypatch.setattr(oauth, "TIMEOUTS", (0.5, 0.05))
    providers.hang(*PLACES[where][provider])

    with pytest.raises(ProviderUnavailable):
        come_back(provider, **answer)


def test_a_slow_provider_does_not_take_all_threads(providers, settings):
    settings.CLOUDBOX_THREADS = 4  # so one may wait for each provider
    first, second = begun(providers), begun(providers)
    providers.hang(*TOKEN["github"])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(come_back, **first)
        assert process.wait_until(lambda: "".join(TOKEN["github"]) in providers.asked, 5)

        with pytest.raises(Busy):
            come_back(**second)
        assert begun(providers, "google")

        providers.tell_the_truth()
        with pytest.raises(ProviderUnavailable):
            waiting.result()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_cannot_be_reached_is_the_providers_fault(providers, monkeypatch, provider):
    answer = begun(providers, provider)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    with pytest.raises(ProviderUnavailable):
        come_back(provider, **answer)


def test_a_provider_with_a_strangers_certificate_is_not_believed(providers, monkeypatch):
    answer = begun(providers)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(ProviderUnavailable):
        come_back(**answer)


def test_nothing_waits_longer_than_ten_seconds_for_a_provider(stand_in):
    assert sum(oauth.TIMEOUTS) <= 10


def test_a_provider_that_cannot_tell_its_addresses_is_told_at_the_start(providers):
    providers.lie("id.example.org", "/realms/staff/.well-known/openid-configuration", 500, b"")

    with pytest.raises(ProviderUnavailable):
        identities.start(by=VISITOR, provider="staff-id", redirect_uri=BACK)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_wrong_secret_is_the_operators_affair_and_not_told(providers, settings, provider):
    answer = begun(providers, provider)
    wrong = replace(settings.CLOUDBOX_PROVIDERS[provider], secret="another one")
    settings.CLOUDBOX_PROVIDERS = {**settings.CLOUDBOX_PROVIDERS, provider: wrong}

    with pytest.raises(ProviderUnavailable):
        come_back(provider, **answer)


@pytest.mark.parametrize("verified", [False, "true", 1])
def test_google_vouches_for_nobody_without_a_verified_address(providers, verified):
    providers.person = Somebody("7", "mallory", "victim@example.com", verified=verified)

    with pytest.raises(ProviderEmailUnverified):
        come_back("google", **begun(providers, "google"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_means_no(providers, provider):
    state = begun(providers, provider)["state"]

    with pytest.raises(OAuthDenied):
        come_back(provider, state=state, error="access_denied")
    with pytest.raises(OAuthRefused):
        come_back(provider, state=state, code="whatever")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_code_that_the_provider_does_not_know_is_refused(providers, provider):
    state = begun(providers, provider)["state"]

    with pytest.raises(OAuthRefused):
        come_back(provider, state=state, code="forged")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_code_of_another_sign_in_is_refused(providers, provider):
    """Without PKCE a stolen code would do in a sign-in of the thief's own (RFC 9700 section 4.5)."""
    stolen, own = begun(providers, provider), begun(providers, provider)

    with pytest.raises(OAuthRefused):
        come_back(provider, state=own["state"], code=stolen["code"])


@pytest.mark.parametrize("state", ["", "x", "x" * 129, "\u0000", "\ud800", "ż"])
def test_a_forged_state_is_refused(providers, state):
    with pytest.raises(OAuthRefused):
        come_back(state=state, code=begun(providers)["code"])


def test_a_state_is_refused_at_another_provider(providers):
    answer = begun(providers, "github")

    with pytest.raises(OAuthRefused):
        come_back("google", **answer)
    with pytest.raises(OAuthRefused):
        come_back("github", **answer)


@pytest.mark.parametrize("redirect_uri", [OTHER, BACK + "/", BACK.upper(), ""])
def test_a_state_is_refused_with_another_address(providers, redirect_uri):
    with pytest.raises(BadInput) as refused:
        come_back(redirect_uri=redirect_uri, **begun(providers))
    assert refused.value.field == "redirect_uri"


@pytest.mark.parametrize(
    "redirect_uri",
    [OTHER, BACK + "/", BACK + "?a=b", BACK + "#a", "https://app.example.org.evil.org/back", "//app.example.org/back"],
)
def test_nobody_is_sent_back_to_an_address_that_is_not_listed(providers, redirect_uri):
    with pytest.raises(BadInput) as refused:
        identities.start(by=VISITOR, provider="github", redirect_uri=redirect_uri)
    assert refused.value.field == "redirect_uri"
    assert providers.asked == []


def test_a_provider_that_is_not_set_up_does_not_exist(providers):
    with pytest.raises(NotFound):
        identities.start(by=VISITOR, provider="wechat")
    with pytest.raises(NotFound):
        come_back("wechat", state="x", code="y")


def test_a_state_is_forgotten_after_ten_minutes(providers):
    state = begun(providers)["state"]

    left = conversations._redis().ttl(conversations._key(state))
    assert 0 < left <= timedelta(minutes=10).total_seconds()


CLAIMS = {
    "another audience": {"aud": "somebody else"},
    "one of many without a party": {"aud": ["a client", "somebody else"]},
    "another party": {"azp": "somebody else"},
    "another issuer": {"iss": "https://evil.example.org"},
    "another nonce": {"nonce": "x" * 64},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1_000_000_000},
    "issued long ago": {"iat": int(time.time()) - 3600},
    "not yet good": {"nbf": int(time.time()) + 3600},
    "no number": {"iat": "yesterday"},
    "another person": {"sub": "somebody else"},
    "an access token of somebody else": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_an_id_token_that_is_not_for_this_sign_in_is_not_believed(providers, claims):
    answer = begun(providers, "staff-id")
    providers.claims.update(claims)

    with pytest.raises(ProviderUnavailable):
        come_back("staff-id", **answer)


def test_an_id_token_with_a_wrong_signature_is_not_believed(providers):
    answer = begun(providers, "staff-id")
    providers.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    with pytest.raises(ProviderUnavailable):
        come_back("staff-id", **answer)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_id_token_that_nobody_has_signed_is_not_believed(providers, algorithm):
    answer = begun(providers, "staff-id")
    secret = "" if algorithm == "none" else "its secret" * 4
    forged = jwt.encode({"sub": "7", "aud": "a client"}, secret, algorithm=algorithm, headers={"kid": "one"})
    providers.lie(*TOKEN["staff-id"], 200, {"access_token": "x", "id_token": forged})

    with pytest.raises(ProviderUnavailable):
        come_back("staff-id", **answer)


def test_what_goes_wrong_is_logged_without_codes_tokens_and_secrets(providers, caplog):
    answer = begun(providers)
    providers.lie(*TOKEN["github"], 200, {"error": "strange", "error_description": answer["code"]})

    with pytest.raises(ProviderUnavailable) as refused:
        come_back(**answer)

    told = caplog.text + str(refused.value) + str(refused.value.facts)
    assert "provider_failed" in told
    assert not [secret for secret in (*answer.values(), "its secret") if secret in told]
