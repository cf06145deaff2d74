"""Tokens that somebody made, stole or kept, and guesses at who has an account."""

import base64
import hashlib
import hmac
import json
import time
import unicodedata
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.visitors import PASSWORD, Visitor, asked, at_once

PROFILE = "/api/v1/auth/profile"
DEVELOPMENT = b"insecure-development-key-for-a-server-that-nobody-else-reaches"


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def signed(claims: dict[str, Any], key: bytes, *, algorithm: str = "HS256", **header: Any) -> str:
    kind = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    text = f"{packed({'alg': algorithm, 'typ': 'JWT', **header})}.{packed(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(hmac.new(key, text.encode(), kind).digest()).rstrip(b'=').decode()}"


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    return f"{packed({'alg': algorithm, 'typ': 'JWT'})}.{packed(claims)}."


def forgeries(token: str) -> dict[str, str]:
    """Return what somebody makes of a good token, each with its kind."""
    head, _, signature = token.split(".")
    claims = claims_of(token) | {"exp": int(time.time()) + 3600}
    return {
        "no algorithm": unsigned(claims, "none"),
        "no algorithm, in capitals": unsigned(claims, "NONE"),
        "no algorithm with the old signature": unsigned(claims, "none") + signature,
        "an empty key": signed(claims, b""),
        "a guessed key": signed(claims, b"secret"),
        "the key of development": signed(claims, DEVELOPMENT),
        "another algorithm": signed(claims, b"secret", algorithm="HS512"),
        "a key from a file": signed(claims, b"", kid="/dev/null"),
        "a key it brings along": signed(claims, b"k", jwk={"kty": "oct", "k": packed("k")}),
        "changed claims": f"{head}.{packed(claims | {'sub': str(uuid4())})}.{signature}",
        "no claims": signed({}, b"secret"),
        "claims that are a list": f"{packed({'alg': 'HS256'})}.{packed([1])}.x",
        "half a token": token[: len(token) // 2],
        "another signature": f"{token.rpartition('.')[0]}.{'A' * len(signature)}",
        "nothing": "",
        "dots": "..",
        "a long one": "a" * 30_000,
        "two tokens": f"{token} {token}",
        "text that is no ASCII": "tökén",
    }


@pytest.mark.parametrize("kind", forgeries("e30.e30.x"))
def test_a_forged_token_is_nobodys(alice, anonymous, kind):
    token = forgeries(alice.token)[kind]

    answer = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {token}".encode()})

    assert answer.status_code == 401
    assert alice.name not in answer.text


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Bearer:", "JWT"])
def test_a_token_in_another_scheme_is_refused(alice, anonymous, scheme):
    assert anonymous.get(PROFILE, headers={"Authorization": f"{scheme} {alice.token}"}).status_code == 401


def test_a_token_outside_the_headers_is_nothing(alice, anonymous):
    query = anonymous.get(f"{PROFILE}?token={alice.token}&access_token={alice.token}")
    cookie = anonymous.get(PROFILE, headers={"Cookie": f"access={alice.token}; jwt={alice.token}"})

    assert (query.status_code, cookie.status_code) == (401, 401)


def test_the_two_kinds_of_tokens_never_stand_in_for_each_other(meet, anonymous):
    dana = meet("dana")

    read = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {dana.refresh_token}"})
    renewed = anonymous.post("/api/v1/auth/token/refresh", json={"refresh": dana.token})

    assert (read.status_code, renewed.status_code) == (401, 401)


def test_a_refresh_token_that_is_used_twice_ends_its_session(meet, anonymous):
    dana = meet("dana")
    first = dana.refresh_token
    second = asked(anonymous.post("/api/v1/auth/token/refresh", json={"refresh": first}))

    again = anonymous.post("/api/v1/auth/token/refresh", json={"refresh": first})
    newest = anonymous.post("/api/v1/auth/token/refresh", json={"refresh": second["refresh"]})

    assert (again.status_code, newest.status_code) == (401, 401)
    assert dana.get(PROFILE).status_code == 401
    assert anonymous.get(PROFILE, headers={"Authorization": f"Bearer {second['access']}"}).status_code == 401


def test_of_eight_refreshes_at_once_one_brings_a_pair_and_that_ends_with_the_session(meet, server):
    dana = meet("dana")

    def refresh(_: int) -> requests.Response:
        address = f"{server.url}/api/v1/auth/token/refresh"
        return requests.post(address, json={"refresh": dana.refresh_token}, timeout=60)

    answers = at_once(refresh, range(8))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    [pair] = [answer.json() for answer in answers if answer.ok]
    assert pair.keys() >= {"access", "refresh"}
    for token in (dana.token, pair["access"]):
        assert dana.get(PROFILE, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert dana.post("/api/v1/auth/token/refresh", json={"refresh": pair["refresh"]}).status_code == 401


def test_a_stolen_token_is_worth_nothing_once_the_password_has_changed(meet, server):
    dana = meet("dana")
    with Visitor(server.url) as thief:
        thief.headers["Authorization"] = f"Bearer {dana.token}"
        refresh = dana.refresh_token
        dana.log_in()
        asked(
            dana.post(
                "/api/v1/auth/change-password", json={"current_password": PASSWORD, "new_password": "six new newts"}
            )
        )

        assert thief.get(PROFILE).status_code == 401
        assert thief.post("/api/v1/auth/token/refresh", json={"refresh": refresh}).status_code == 401


def test_a_token_is_worth_nothing_once_its_session_is_logged_out(meet, anonymous):
    dana = meet("dana")

    assert dana.post("/api/v1/auth/logout").status_code == 204

    assert dana.get(PROFILE).status_code == 401
    assert anonymous.post("/api/v1/auth/token/refresh", json={"refresh": dana.refresh_token}).status_code == 401


def test_a_suspended_account_is_locked_out_at_once(meet, server, anonymous):
    dana = meet("dana")
    server.rows("UPDATE accounts_user SET suspended_at = now() WHERE id = %s", dana.id)

    assert dana.get(PROFILE).status_code == 401
    assert anonymous.post("/api/v1/auth/token/refresh", json={"refresh": dana.refresh_token}).status_code == 401
    assert anonymous.post("/api/v1/auth/login", json={"login": dana.name, "password": PASSWORD}).status_code == 401


TWINS = {
    "capitals": str.upper,
    "full width": lambda text: "".join(
        chr(ord(letter) + 0xFEE0) if "a" <= letter <= "z" else letter for letter in text
    ),
    "a ligature": lambda text: text.replace("fi", "ﬁ"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
}


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS.keys())
def test_nobody_registers_the_twin_of_a_name(anonymous, twin):
    name = f"fiöna-{uuid4().hex}"
    asked(anonymous.post("/api/v1/auth/register", json={"username": name, "password": PASSWORD}), 201)

    again = anonymous.post("/api/v1/auth/register", json={"username": twin(name), "password": PASSWORD})

    assert again.status_code == 409


def test_nobody_registers_the_twin_of_an_address(alice, anonymous):
    account = {"username": str(uuid4()), "email": alice.email.upper(), "password": PASSWORD}

    assert anonymous.post("/api/v1/auth/register", json=account).status_code == 409


def test_a_failed_login_does_not_tell_whether_there_is_such_an_account(meet, anonymous):
    dana = meet("dana")

    known, unknown = (
        anonymous.post("/api/v1/auth/login", json={"login": name, "password": "wrong wrong wrong"})
        for name in (dana.name, f"nobody-{uuid4()}")
    )

    told = [
        {name: value for name, value in answer.json().items() if name != "request_id"} for answer in (known, unknown)
    ]
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert told[0] == told[1]


def test_guessing_a_password_soon_has_to_wait(meet, anonymous):
    dana = meet("dana")

    statuses = [
        anonymous.post("/api/v1/auth/login", json={"login": dana.name, "password": f"guess {number}"}).status_code
        for number in range(8)
    ]
    waiting = anonymous.post("/api/v1/auth/login", json={"login": dana.name.upper(), "password": PASSWORD})

    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    assert (waiting.status_code, int(waiting.headers["Retry-After"]) >= 1) == (429, True)


def test_a_guesser_is_not_somebody_else_by_saying_so(meet, anonymous):
    dana = meet("dana")

    statuses = [
        anonymous.post(
            "/api/v1/auth/login",
            json={"login": dana.name, "password": f"guess {number}"},
            headers={"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"},
        ).status_code
        for number in range(8)
    ]

    assert 429 in statuses


@pytest.mark.parametrize("value", [None, 1, True, [], {}, {"$ne": ""}, "x" * 5000, "a\0b", "\ud800"], ids=repr)
@pytest.mark.parametrize("field", ["login", "password"])
def test_a_login_of_another_shape_is_refused(anonymous, field, value):
    body = json.dumps({"login": "alice", "password": PASSWORD} | {field: value}).encode()

    answer = anonymous.post("/api/v1/auth/login", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {400, 401, 429}
