"""Reads CLOUDBOX_EMAIL_URL: a mail server, a provider with an HTTP API (through django-anymail), or files.

A URL that cannot be used raises WrongSetting, whose message names the setting and never the URL, which has secrets.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cloudbox.environment import Environment, WrongSetting

TIMEOUT = 30  # seconds; the outbox takes a worker that is silent for minutes for dead
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SMTP = {"smtp": (25, {}), "smtp+tls": (587, {"EMAIL_USE_TLS": True}), "smtp+ssl": (465, {"EMAIL_USE_SSL": True})}
FILES = "filemail"


@dataclass(frozen=True)
class Mailing:
    """How mail leaves. `way` is the scheme of the URL, `secrets` what must never stand in a log or an error."""

    way: str
    django: dict[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def reaches_people(self) -> bool:
        """Whether mail goes to somebody, not into files."""
        return self.way != FILES


type_of_reader = Callable[[SplitResult], dict[str, str]]


def _key(setting: str) -> type_of_reader:
    """Return the reader of `provider://<key>@`."""

    def read(parts: SplitResult) -> dict[str, str]:
        if parts.password is not None or parts.hostname:
            raise ValueError(f"{parts.scheme}://<key>@, with nothing behind the @")
        return {setting: _user(parts)}

    return read


def _mailgun(parts: SplitResult) -> dict[str, str]:
    if parts.password is not None or not parts.hostname:
        raise ValueError("mailgun://<key>@<your domain>")
    return {"MAILGUN_API_KEY": _user(parts), "MAILGUN_SENDER_DOMAIN": parts.hostname}


def _mailjet(parts: SplitResult) -> dict[str, str]:
    if not parts.password or parts.hostname:
        raise ValueError("mailjet://<key>:<secret>@, with nothing behind the @")
    return {"MAILJET_API_KEY": _user(parts), "MAILJET_SECRET_KEY": unquote(parts.password)}


def _ses(parts: SplitResult) -> dict[str, str]:
    """Amazon's: without a key the machine's own role counts, as boto3 finds it."""
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise ValueError("ses://<key id>:<secret>@<region>, or ses://<region> where the machine has a role")
    given = {"region_name": parts.hostname}
    if parts.username and parts.password:
        given |= {
            "aws_access_key_id": unquote(parts.username),
            "aws_secret_access_key": unquote(parts.password),
        }
    return given


PROVIDERS: dict[str, tuple[str, type_of_reader]] = {  # the name of anymail's back end, and what it asks for
    "sendgrid": ("sendgrid", _key("SENDGRID_API_KEY")),
    "mailgun": ("mailgun", _mailgun),
    "postmark": ("postmark", _key("POSTMARK_SERVER_TOKEN")),
    "brevo": ("brevo", _key("BREVO_API_KEY")),
    "resend": ("resend", _key("RESEND_API_KEY")),
    "mailersend": ("mailersend", _key("MAILERSEND_API_TOKEN")),
    "mailtrap": ("mailtrap", _key("MAILTRAP_API_TOKEN")),
    "mailjet": ("mailjet", _mailjet),
    "mandrill": ("mandrill", _key("MANDRILL_API_KEY")),
    "sparkpost": ("sparkpost", _key("SPARKPOST_API_KEY")),
    "ses": ("amazon_ses", _ses),
}
WAYS = (*SMTP, *PROVIDERS, FILES)


def mailing(env: Environment, directory: Path) -> Mailing:
    """Return how mail leaves: CLOUDBOX_EMAIL_URL, or EMAIL_URL where that is not set, says so.

    Without either, or with `filemail://`, each mail becomes a file in `directory`. Raises WrongSetting.
    """
    other = env.url("EMAIL_URL", "filemail://", schemes=WAYS)
    url = env.url("CLOUDBOX_EMAIL_URL", other, schemes=WAYS)
    name = "CLOUDBOX_EMAIL_URL" if env.known["CLOUDBOX_EMAIL_URL"].given else "EMAIL_URL"
    try:
        return read(url, directory)
    except ValueError as error:
        raise WrongSetting(f"{name} must look like {error}.") from None


def read(url: str, directory: Path) -> Mailing:
    """Return what a URL says. Raises ValueError, whose message is how it would have to look."""
    parts = urlsplit(url)
    if parts.fragment or parts.path not in {"", "/"}:
        raise ValueError(f"{parts.scheme}://…, without a path; write / ? # and @ in a password as %2F %3F %23 and %40")
    if parts.scheme == FILES:
        return _files(parts, directory)
    return _server(parts) if parts.scheme in SMTP else _provider(parts)


def _files(parts: SplitResult, directory: Path) -> Mailing:
    if parts.netloc or parts.query:
        raise ValueError("filemail://, with nothing behind it")
    backend = "django.core.mail.backends.filebased.EmailBackend"
    return Mailing(FILES, {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": directory}, ())


def _server(parts: SplitResult) -> Mailing:
    port, encryption = SMTP[parts.scheme]
    login = parts.username or ""
    if not parts.hostname or parts.query or bool(login) != bool(parts.password):
        raise ValueError(f"{parts.scheme}://user:password@host:{port}, or without user and password")
    password = unquote(parts.password or "")
    described = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": _port(parts) or port,
        "EMAIL_HOST_USER": unquote(login),
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_TIMEOUT": TIMEOUT,
    }
    return Mailing(parts.scheme, described | encryption, (password,) if password else ())


def _provider(parts: SplitResult) -> Mailing:
    backend, reader = PROVIDERS[parts.scheme]
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    given = reader(parts)
    if _port(parts) or set(options) - {"api_url"} or (options and backend == "amazon_ses"):
        raise ValueError(f"{parts.scheme}://…, with no port and no option but api_url")
    if backend == "amazon_ses":
        anymail: dict[str, Any] = {"AMAZON_SES_CLIENT_PARAMS": given}
    else:
        anymail = {**given, "REQUESTS_TIMEOUT": TIMEOUT}
    if "api_url" in options:
        anymail[f"{backend.upper()}_API_URL"] = _address(options["api_url"])
    if backend == "sendgrid":  # anymail's authors cannot try it any more; our own tests do
        warnings.filterwarnings("ignore", "django-anymail has dropped official support for SendGrid")
    secrets = tuple(value for name, value in given.items() if name.endswith(("KEY", "TOKEN", "_key")))
    described = {"EMAIL_BACKEND": f"anymail.backends.{backend}.EmailBackend", "ANYMAIL": anymail}
    return Mailing(parts.scheme, described, secrets)


def _user(parts: SplitResult) -> str:
    if not parts.username:
        raise ValueError(f"{parts.scheme}://<key>@…; the key stands before the @")
    return unquote(parts.username)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ValueError(f"{parts.scheme}://…, with a number as its port") from None


def _address(url: str) -> str:
    """Return a provider's address, to which a key is sent: encrypted, except on this machine."""
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ValueError("…?api_url=https://…, an address of the provider's")
    return url
