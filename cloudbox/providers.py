"""Who may vouch for people: GitHub, Google, and OpenID Connect providers that settings name.

A provider is there once its settings are. Where people may be sent back to with a code is a list of exact addresses:
our own page of each provider, and those of other programs (RFC 9700 section 2.1).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from cloudbox.environment import Environment, WrongSetting

Kind = Literal["github", "google", "oidc"]
NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
TAKEN = ("github", "google", "code")  # the last by /login/code, where a second factor is asked for
WELL_KNOWN = "/.well-known/openid-configuration"
REDIRECT = "addresses such as https://app.example.org/back or org.example.app:/back, without a fragment, by commas"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Somebody who vouches for people. `url` is an OpenID Connect provider's issuer, without a slash at its end."""

    name: str
    kind: Kind
    label: str
    client_id: str
    secret: str = field(repr=False)
    url: str = ""


def all_providers(env: Environment) -> dict[str, Provider]:
    """Return the providers by their names, as the settings know them. Raises WrongSetting."""
    return {provider.name: provider for provider in (*_famous(env), *_by_discovery(env))}


def all_redirects(env: Environment, origin: str, providers: Iterable[str]) -> frozenset[str]:
    """Return every address that people may be sent back to. Raises WrongSetting."""
    others = env.items("CLOUDBOX_OAUTH_REDIRECTS", _redirect)
    return frozenset([*others, *(own_page(origin, name) for name in providers)])


def own_page(origin: str, name: str) -> str:
    """Return the address of our own page where people come back from a provider."""
    return f"{origin}/login/{name}/back"


def _famous(env: Environment) -> Iterator[Provider]:
    github = env.text("CLOUDBOX_GITHUB_ID"), env.text("CLOUDBOX_GITHUB_SECRET", secret=True)
    google = env.text("CLOUDBOX_GOOGLE_ID"), env.text("CLOUDBOX_GOOGLE_SECRET", secret=True)
    if _complete("CLOUDBOX_GITHUB", *github):
        yield Provider(name="github", kind="github", label="GitHub", client_id=github[0], secret=github[1])
    if _complete("CLOUDBOX_GOOGLE", *google):
        yield Provider(name="google", kind="google", label="Google", client_id=google[0], secret=google[1])


def _by_discovery(env: Environment) -> Iterator[Provider]:
    names = env.items("CLOUDBOX_OIDC", _name)
    if len(set(names)) != len(names):
        raise WrongSetting("CLOUDBOX_OIDC must not name a provider twice.")
    for name in names:
        prefix = f"CLOUDBOX_OIDC_{name.upper().replace('-', '_')}"
        url = env.items(f"{prefix}_URL", _issuer)
        client_id, secret = env.text(f"{prefix}_ID"), env.text(f"{prefix}_SECRET", secret=True)
        if len(url) != 1 or not client_id or not secret:
            raise WrongSetting(f"CLOUDBOX_OIDC names {name}, so {prefix}_URL, _ID and _SECRET must be set.")
        label = env.text(f"{prefix}_LABEL", name.replace("-", " ").title())
        yield Provider(name=name, kind="oidc", label=label, client_id=client_id, secret=secret, url=url[0])


def _complete(prefix: str, client_id: str, secret: str) -> bool:
    if bool(client_id) != bool(secret):
        raise WrongSetting(f"{prefix}_ID and {prefix}_SECRET must be set both or not at all.")
    return bool(client_id)


def _name(value: str) -> str:
    if not NAME.fullmatch(value) or value in TAKEN:
        raise ValueError(f"names of lower-case letters, digits and - other than {', '.join(TAKEN)}, by commas")
    return value


def _issuer(value: str) -> str:
    """Return the issuer without what is found below it. Only this machine is spoken to without TLS."""
    value = value.removesuffix(WELL_KNOWN).rstrip("/")
    try:
        parts = urlsplit(value)
        fits = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))
    except ValueError:
        fits = False
    if not fits or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an address such as https://id.example.org/realms/staff")
    return value


def _redirect(value: str) -> str:
    """Return an address that a code may be sent to (RFC 6749 section 3.1.2); an app's scheme has a dot (RFC 8252)."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError(REDIRECT) from None
    of_the_web = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not (of_the_web or "." in parts.scheme) or "#" in value or not value.isprintable() or " " in value:
        raise ValueError(REDIRECT)
    return value


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
