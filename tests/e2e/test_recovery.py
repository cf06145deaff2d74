"""Losing a password and an address at a real server, whose worker writes the mails."""

import email
import re
from email import policy

from cloudbox import process
from tests.server import Server
from tests.visitors import PASSWORD, Visitor, asked

NEW = "four tame otters"
PATIENCE = 120  # seconds; a worker may have other things to do first


def secret_mailed(server: Server, address: str, path: str) -> str:
    """Wait for a mail to the address with a link to `path`; return the secret at its end."""
    found: list[str] = []

    def has_come() -> bool:
        for file in (server.data / "mail").glob("*.log"):
            raw = file.read_bytes()
            if address.encode() not in raw:
                continue
            message = email.message_from_bytes(raw, policy=policy.default)
            text = message.get_body(("plain",))
            if message["To"] == address and text is not None:
                found.extend(re.findall(rf"{server.url}/{path}/(\S+)", text.get_content()))
        return bool(found)

    assert process.wait_until(has_come, PATIENCE), f"No mail to {address} has a link to {path}."
    return found[-1]


def test_who_loses_the_password_comes_back_and_every_old_token_is_dead(server: Server, alice: Visitor):
    old, refresh = dict(alice.headers), alice.refresh_token
    asked(alice.post("/api/v1/auth/request-password-reset", json={"email": alice.email}))
    secret = secret_mailed(server, alice.email, "password/reset")

    asked(alice.post("/api/v1/auth/reset-password", json={"token": secret, "password": NEW}))

    alice.headers = old
    assert alice.get("/api/v1/auth/profile").status_code == 401
    assert alice.post("/api/v1/auth/token/refresh", json={"refresh": refresh}).status_code == 401
    assert alice.post("/api/v1/auth/login", json={"login": alice.name, "password": PASSWORD}).status_code == 401
    alice.log_in(NEW)
    assert alice.get("/api/v1/auth/profile").status_code == 200
    again = alice.post("/api/v1/auth/reset-password", json={"token": secret, "password": PASSWORD})
    assert again.status_code == 400


def test_an_address_is_the_accounts_once_it_is_confirmed_there(server: Server, bob: Visitor):
    new = f"new-{bob.email}"
    asked(bob.post("/api/v1/account/email", json={"email": new, "current_password": PASSWORD}))
    assert asked(bob.get("/api/v1/auth/profile"))["email"] == bob.email

    asked(bob.post("/api/v1/auth/verify-email", json={"token": secret_mailed(server, new, "email/verify")}))

    profile = asked(bob.get("/api/v1/auth/profile"))
    assert (profile["email"], profile["email_verified"], profile["pending_email"]) == (new, True, None)
