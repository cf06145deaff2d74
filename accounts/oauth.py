"""Whom GitHub, Google and OpenID Connect providers vouch for. The only user of social-core.

Its back ends speak as they are, with PKCE for all of them; everything around them is ours. What a back end
remembers between the two halves of a sign-in lies in one dictionary, which the caller keeps; no token of a
provider outlives `finish`. A provider's word is looked at field by field, because back ends take it as it comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import structlog
from django.conf import settings
from social_core.backends.base import BaseAuth
from social_core.backends.github import GithubOAuth2
from social_core.backends.google import GoogleOAuth2
from social_core.backends.oauth import BaseOAuth2PKCE
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import (
    AuthCanceled,
    AuthCredentialError,
    AuthInputError,
    AuthResponseError,
    AuthSessionError,
    SocialAuthBaseException,
)
from social_core.storage import AssociationMixin
from social_core.strategy import BaseStrategy

from accounts.refusals import OAuthDenied, OAuthRefused, ProviderEmailUnverified, ProviderUnavailable
from accounts.rules import is_text
from cloudbox import __version__
from cloudbox.providers import Kind, Provider
from cloudbox.slots import provider_slots

LIFETIME = 600  # seconds between the two halves
TIMEOUTS = (3, 7)  # seconds to connect, and without a byte
LONGEST = {"uid": 255, "login": 150, "email": 254, "first_name": 150, "last_name": 150}  # characters
# What a back end stumbles over when a provider's answer is not of the shape it knows.
BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

type_of_memory = dict[str, Any]
Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The first half: `url` is where to send the browser, `memory` what `finish` needs, as JSON can hold it."""

    url: str
    state: str
    memory: type_of_memory


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """Whom a provider vouches for: `uid` is its own id of them, which never changes, under its name `uid_key`.

    `login` is what it calls them. `email` is empty unless the provider has verified it.
    """

    provider: str
    uid: str
    uid_key: str
    login: str
    email: str
    first_name: str
    last_name: str


def begin(provider: Provider, *, redirect_uri: str) -> Begun:
    """Return where people go to be asked by the provider. Raises ProviderUnavailable."""
    memory: type_of_memory = {}
    back_end = _back_end(provider, redirect_uri, memory, {})
    url = _asked(provider, back_end.auth_url)
    if urlsplit(url).scheme not in {"http", "https"}:  # a browser would run a script
        raise ProviderUnavailable(provider.label)
    return Begun(url=url, state=parse_qs(urlsplit(url).query)["state"][0], memory=memory)


def finish(provider: Provider, *, redirect_uri: str, memory: type_of_memory, answer: Mapping[str, str]) -> Vouched:
    """Exchange what the browser came back with (`code`, `state`, maybe `error`) for whom the provider vouches for.

    Several requests to the provider: hold no transaction and no connection. Raises OAuthDenied, OAuthRefused,
    ProviderEmailUnverified or ProviderUnavailable.
    """
    back_end = _back_end(provider, redirect_uri, memory, dict(answer))
    return _asked(provider, lambda: _vouched(provider, back_end, back_end.auth_complete()))


def _asked(provider: Provider, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` brings, or say no in our words. What a provider says stands neither there nor in the log.

    Raises Busy when a quarter of all threads wait for this provider already.
    """
    half = settings.CLOUDBOX_THREADS // 2
    try:
        with provider_slots.taken(provider.name, total=half, each=half // 2):
            return ask()
    except AuthCanceled:
        raise OAuthDenied from None
    except (AuthCredentialError, AuthInputError, AuthSessionError):
        raise OAuthRefused from None
    except SocialAuthBaseException as error:
        if isinstance(error, AuthResponseError) and (error.claim, error.code) == ("email_verified", "invalid_claim"):
            raise ProviderEmailUnverified from None
        log.warning("provider_failed", provider=provider.name, code=error.code, stage=error.stage)
        raise ProviderUnavailable(provider.label) from None
    except BROKEN as error:
        log.warning("provider_failed", provider=provider.name, code=type(error).__name__)
        raise ProviderUnavailable(provider.label) from None


class _GitHub(BaseOAuth2PKCE[object], GithubOAuth2[object]):
    """GitHub's, with PKCE."""


class _Google(BaseOAuth2PKCE[object], GoogleOAuth2[object]):
    """Google's, with PKCE."""


class _OpenIdConnect(OpenIdConnectAuth[object]):
    """Anybody's who is found by discovery, with PKCE. No algorithm among these takes a public key for a secret."""

    DEFAULT_USE_PKCE = True
    JWT_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


BACK_ENDS: dict[Kind, type[BaseAuth[object]]] = {"github": _GitHub, "google": _Google, "oidc": _OpenIdConnect}


def _back_end(provider: Provider, redirect_uri: str, memory: type_of_memory, answer: dict[str, str]) -> Any:
    back_end = BACK_ENDS[provider.kind](_Strategy(provider, memory, answer), redirect_uri=redirect_uri)
    back_end.name = provider.name
    return back_end


class _Strategy(BaseStrategy[object]):
    """What a back end asks of the house: settings, a memory, and what the browser came back with."""

    def __init__(self, provider: Provider, memory: type_of_memory, answer: dict[str, str]) -> None:
        super().__init__(storage=_Storage(memory))  # type: ignore[arg-type]  # ours is no class of tables
        self._memory, self._answer = memory, answer
        self._settings = {
            "KEY": provider.client_id,
            "SECRET": provider.secret,
            "OIDC_ENDPOINT": provider.url,
            "SCOPE": ["user:email"] if provider.kind == "github" else None,
            "STATE_LIFETIME": LIFETIME,
            "NONCE_LIFETIME": LIFETIME,
            "REQUESTS_TIMEOUT": TIMEOUTS,
            "USER_AGENT": f"CloudBox/{__version__}",
        }

    def setting(self, name: str, default: Any = None, backend: Any = None) -> Any:  # noqa: ARG002 - social-core's signature
        return self._settings.get(name) or default

    def get_request_data(self, merge: bool = True) -> dict[str, str]:  # noqa: ARG002 - social-core's signature
        return self._answer

    def session_get(self, name: str, default: Any = None) -> Any:
        return self._memory.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        self._memory[name] = value

    def session_pop(self, name: str) -> Any:
        return self._memory.pop(name, None)

    def build_absolute_uri(self, path: str | None = None) -> str:
        return path or ""  # an address is always given, and must be the same letter by letter

    def authenticate(self, backend: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - social-core's signature
        """Stop where social-core would look for a user: what that is, `accounts.services.identities` says."""
        return kwargs["response"]


class _Storage:
    """What social-core would keep in tables, in the same memory: who takes that out has taken these with it."""

    def __init__(self, memory: type_of_memory) -> None:
        self.nonce = _Nonces(memory)
        self.association = _Associations(memory)


class _Nonces:
    def __init__(self, memory: type_of_memory) -> None:
        self._memory = memory

    def use(self, scope: str, timestamp: int, salt: str) -> bool:
        self._memory["nonce"] = [scope, timestamp, salt]
        return True

    def consume(self, scope: str, timestamp: int, salt: str) -> bool:
        return bool(self._memory.pop("nonce", None) == [scope, timestamp, salt])


class _Associations:
    def __init__(self, memory: type_of_memory) -> None:
        self._memory = memory

    def store(self, server_url: str, association: Any) -> None:
        kept = ("handle", "issued", "lifetime", "assoc_type")
        self._memory["association"] = {"server_url": server_url} | {name: getattr(association, name) for name in kept}

    def get(self, server_url: str, handle: str) -> list[Any]:
        found = self._memory.get("association") or {}
        return [_Association(found)] if (found.get("server_url"), found.get("handle")) == (server_url, handle) else []

    def remove(self, ids_to_delete: list[int]) -> None:  # noqa: ARG002 - there is only one
        self._memory.pop("association", None)


class _Association(AssociationMixin):
    id = 0

    def __init__(self, kept: Mapping[str, Any]) -> None:
        vars(self).update(kept)


def _vouched(provider: Provider, back_end: Any, response: Mapping[str, Any]) -> Vouched:
    """Return what can be used of a provider's answer. Raises TypeError without an id."""
    details = back_end.get_user_details(response)
    uid = back_end.get_user_id(details, response)
    if isinstance(uid, bool) or not isinstance(uid, int | str) or not _text(str(uid), "uid"):
        raise TypeError("The provider's id of somebody is a short text or a number.")
    first, _, last = _text(details.get("fullname"), "first_name").partition(" ")
    return Vouched(
        provider=provider.name,
        uid=str(uid),
        uid_key=back_end.id_key() or "id",
        login=_text(details.get("username"), "login"),
        email=_text(_VERIFIED[provider.kind](back_end, response), "email"),
        first_name=_text(details.get("first_name"), "first_name") or first,
        last_name=_text(details.get("last_name"), "last_name") or last,
    )


def _text(value: object, name: str) -> str:
    """Return `value` if it is a text that can be stored under that name, else nothing."""
    return value if isinstance(value, str) and len(value) <= LONGEST[name] and is_text(value) else ""


def _verified_by_github(_back_end: Any, response: Mapping[str, Any]) -> object:
    """GitHub's own back end takes the primary address without looking at `verified`."""
    addresses = [entry for entry in response.get("emails") or [] if entry.get("primary") is True]
    return addresses[0]["email"] if addresses and addresses[0].get("verified") is True else ""


def _verified_by_claim(back_end: Any, response: Mapping[str, Any]) -> object:
    """An address and `email_verified` count together, from one and the same answer."""
    claims = response if "email" in response else getattr(back_end, "id_token", None) or {}
    return claims.get("email") if claims.get("email_verified") is True else ""


_VERIFIED = {"github": _verified_by_github, "google": _verified_by_claim, "oidc": _verified_by_claim}
