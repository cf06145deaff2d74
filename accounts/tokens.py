"""Tokens of our own: signed with simplejwt's backend, and good only as long as their session is.

An access token proves who somebody is for some minutes, a refresh token fetches the next pair once. Both
name their session (`sid`) and the user's token version (`ver`), so that ending either ends them at once.
Nothing that could be used as a token is ever stored.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.refusals import TokenRefused
from cloudbox.ids import new_id

REFRESH_LIFETIME = timedelta(days=30)  # since the last refresh

_backend = TokenBackend("HS256", settings.JWT_SIGNING_KEY, audience="client", issuer="cloudbox")


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says. `id` is its own (`jti`), `version` the user's token version when it was made."""

    id: UUID
    user_id: UUID
    session_id: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """An access and a refresh token; `expires_in` is the access token's life in seconds."""

    access: str
    refresh: str
    expires_in: int


class _AccessToken(Token):
    token_type = "access"  # noqa: S105 - a word, not a secret
    lifetime = timedelta(minutes=settings.CLOUDBOX_ACCESS_MINUTES)
    _token_backend = _backend


class _RefreshToken(Token):
    token_type = "refresh"  # noqa: S105 - a word, not a secret
    lifetime = REFRESH_LIFETIME
    _token_backend = _backend


def issue(*, user_id: UUID, username: str, session_id: UUID, version: int, refresh_id: UUID) -> TokenPair:
    """Make a pair. The refresh token's id is `refresh_id`, which the session must know as its only good one."""
    claims = {
        "sub": str(user_id),
        "name": username,
        "identity": username,
        "scopes": ["open"],
        "sid": str(session_id),
        "ver": version,
    }
    access, refresh = _AccessToken(), _RefreshToken()
    access.payload |= claims | {"jti": str(new_id())}
    refresh.payload |= claims | {"jti": str(refresh_id)}
    return TokenPair(access=str(access), refresh=str(refresh), expires_in=settings.CLOUDBOX_ACCESS_MINUTES * 60)


def read_access(token: str) -> Claims:
    """Return what an access token says. Raises TokenRefused."""
    claims, expires = _read_once(token)
    if expires <= time.time():
        raise TokenRefused
    return claims


@lru_cache(maxsize=4096)
def _read_once(token: str) -> tuple[Claims, float]:
    """Return what an access token says and until when: a program sends the same one with each of its requests."""
    return _read(_AccessToken, token)


def read_refresh(token: str) -> Claims:
    """Return what a refresh token says. Raises TokenRefused."""
    return _read(_RefreshToken, token)[0]


def _read(kind: type[Token], token: str) -> tuple[Claims, float]:
    """Check signature, algorithm, issuer, audience, expiry and type; return the claims and when they expire."""
    if not token.isascii():
        raise TokenRefused
    try:
        payload = kind(token).payload  # type: ignore[arg-type]  # simplejwt takes the text, its annotation does not
        claims = Claims(
            id=UUID(payload["jti"]),
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            version=int(payload["ver"]),
        )
        return claims, float(payload["exp"])
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise TokenRefused from error
