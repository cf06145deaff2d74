"""Tokens are ours, of their kind, in time, and nothing else."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from accounts import tokens
from accounts.refusals import TokenRefused
from cloudbox.ids import new_id

IDS = {name: new_id() for name in ("user_id", "session_id", "refresh_id")}


@pytest.fixture
def pair():
    return tokens.issue(username="alice", version=3, **IDS)


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, settings.JWT_SIGNING_KEY, algorithms=["HS256"], audience="client")


def signed(claims: dict[str, object], key: str = settings.JWT_SIGNING_KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def test_an_access_token_says_who_and_of_which_session(pair):
    claims = tokens.read_access(pair.access)

    assert (claims.user_id, claims.session_id, claims.version) == (IDS["user_id"], IDS["session_id"], 3)


def test_an_access_token_that_was_read_before_expires_all_the_same(pair, monkeypatch):
    tokens.read_access(pair.access)
    later = claims_of(pair.access)["exp"]
    monkeypatch.setattr("time.time", lambda: later)

    with pytest.raises(TokenRefused):
        tokens.read_access(pair.access)


def test_a_refresh_token_carries_the_one_id_that_counts(pair):
    assert tokens.read_refresh(pair.refresh).id == IDS["refresh_id"]


def test_the_claims_are_those_of_the_ancestors(pair):
    claims = claims_of(pair.access)

    assert {name: claims[name] for name in ("iss", "aud", "sub", "name", "identity", "scopes", "type")} == {
        "iss": "cloudbox",
        "aud": "client",
        "sub": str(IDS["user_id"]),
        "name": "alice",
        "identity": "alice",
        "scopes": ["open"],
        "type": "access",
    }
    assert {"jti", "iat", "exp"} <= claims.keys()


def test_no_two_tokens_have_the_same_id(pair):
    other = tokens.issue(username="alice", version=3, **IDS)

    assert claims_of(pair.access)["jti"] != claims_of(other.access)["jti"]


def test_an_access_token_lives_as_long_as_the_setting_says(pair):
    claims = claims_of(pair.access)

    assert claims["exp"] - claims["iat"] == settings.CLOUDBOX_ACCESS_MINUTES * 60 == pair.expires_in
    assert 10 * 60 <= pair.expires_in <= 15 * 60


def test_a_token_says_nothing_of_the_password(pair):
    assert not {"hash_password", "password"} & claims_of(pair.access).keys()


def test_the_signing_key_is_long_and_not_the_secret_key():
    assert len(settings.JWT_SIGNING_KEY.encode()) >= 32
    assert settings.JWT_SIGNING_KEY != settings.SECRET_KEY


def test_a_refresh_token_is_no_access_token(pair):
    with pytest.raises(TokenRefused):
        tokens.read_access(pair.refresh)


def test_an_access_token_is_no_refresh_token(pair):
    with pytest.raises(TokenRefused):
        tokens.read_refresh(pair.access)


def test_an_unsigned_token_is_refused(pair):
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    for algorithm in ("none", "None", "NONE", ""):
        with pytest.raises(TokenRefused):
            tokens.read_access(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims_of(pair.access))}.")


def test_a_token_signed_with_another_key_is_refused(pair):
    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims_of(pair.access), key="another key, just as long as ours is, or longer"))


def test_a_token_signed_with_the_servers_other_secret_is_refused(pair):
    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims_of(pair.access), key=settings.SECRET_KEY))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused_though_the_key_is_right(pair, algorithm):
    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims_of(pair.access), algorithm=algorithm))


def test_an_expired_token_is_refused(pair):
    past = int((timezone.now() - timedelta(seconds=1)).timestamp())

    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims_of(pair.access) | {"exp": past}))


@pytest.mark.parametrize("missing", ["exp", "jti", "type", "sub", "sid", "ver", "aud", "iss"])
def test_a_token_without_one_of_its_claims_is_refused(pair, missing):
    claims = claims_of(pair.access)
    del claims[missing]

    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": "not an id"},
        {"sid": 7},
        {"sid": None},
        {"ver": "many"},
        {"ver": None},
        {"jti": "short"},
        {"aud": "somebody else"},
        {"iss": "somebody else"},
        {"type": "reset"},
        {"exp": "soon"},
        {"exp": 10**30},
    ],
    ids=str,
)
def test_a_token_with_a_strange_claim_is_refused(pair, wrong):
    with pytest.raises(TokenRefused):
        tokens.read_access(signed(claims_of(pair.access) | wrong))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é", "\ud800", "x" * 10_000, "null", "\x00"], ids=ascii)
def test_what_is_no_token_is_refused(text):
    with pytest.raises(TokenRefused):
        tokens.read_access(text)


def test_a_changed_letter_is_noticed(pair):
    head, body, signature = pair.access.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]

    with pytest.raises(TokenRefused):
        tokens.read_access(f"{head}.{body}.{changed}")
