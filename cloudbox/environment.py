"""Reads settings from the environment and `.env`, strictly.

`settings.py` asks for each setting once. A value that cannot be used raises WrongSetting, whose
message is one sentence that names the setting. An empty value counts as none. What was asked for is
kept in `Environment.known`, for the test of the documentation and for the admin's list of settings.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from cloudbox import dotenv as dotenv_file

T = TypeVar("T")

YES = {"true", "yes", "on", "1"}
NO = {"false", "no", "off", "0"}
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}  # seconds
UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


class WrongSetting(ImproperlyConfigured):
    """A setting cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True)
class Setting:
    """A setting that was asked for."""

    name: str
    default: str  # as one would write it; "" means none
    given: str  # what the environment says; "" means nothing
    secret: bool


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


class Environment:
    """The variables of this process, and what was asked of them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.known: dict[str, Setting] = {}

    def text(self, name: str, default: str = "", *, secret: bool = False) -> str:
        return self._read(name, default, str, secret=secret)

    def flag(self, name: str, default: str) -> bool:
        return self._read(name, default, _flag)

    def number(self, name: str, default: str, *, least: int, most: int) -> int:
        return self._read(name, default, lambda value: _number(value, least, most))

    def size(self, name: str, default: str, *, least: int = 0) -> int:
        """Return bytes; `5368709120` and `5 GiB` are the same."""
        return self._read(name, default, lambda value: bytes_of(value, least))

    def rate(self, name: str, default: str) -> Rate | None:
        """Return what `600/minute` says; None for `off`."""
        return self._read(name, default, _rate)

    def choice(self, name: str, default: str, *, choices: tuple[str, ...]) -> str:
        return self._read(name, default, lambda value: _choice(value, choices))

    def items(self, name: str, each: Callable[[str], str], *, secret: bool = False) -> list[str]:
        """Return a list written with commas; `each` checks one item and raises ValueError."""
        return self._read(
            name, "", lambda value: [each(item.strip()) for item in value.split(",") if item.strip()], secret=secret
        )

    def token(self, name: str) -> str:
        """Return a token as programs send it after `Bearer` (RFC 6750); kept secret."""
        return self._read(name, "", _token, secret=True)

    def path(self, name: str, default: str, *, base: Path) -> Path:
        """Return an absolute path; a relative one is below `base`."""
        return base / Path(self._read(name, default, str)).expanduser()

    def url(self, name: str, default: str, *, schemes: tuple[str, ...]) -> str:
        """Return a URL, which is kept secret because it may carry a password."""
        return self._read(name, default, lambda value: _url(value, schemes), secret=True)

    def origin(self, name: str, default: str) -> SplitResult:
        """Return an address of the form `https://host[:port]`."""
        return self._read(name, default, lambda value: urlsplit(origin(value)))

    def remarks(self) -> list[str]:
        """Return one sentence for each variable that looks like a setting but changes nothing."""
        names = sorted(self.variables)
        mongo = [
            f"{name} is not used: documents are kept in PostgreSQL." for name in names if name.startswith("MONGO_")
        ]
        ours = [name for name in names if name.startswith("CLOUDBOX_") and name not in self.known]
        return mongo + [f"{name} is not a setting{_did_you_mean(name, self.known)}." for name in ours]

    def _read(self, name: str, default: str, parse: Callable[[str], T], *, secret: bool = False) -> T:
        given = self.variables.get(name, "")
        self.known[name] = Setting(name, default, given, secret)
        try:
            return parse(given or default)
        except ValueError as error:
            shown = "" if secret else f", not {given!r}"
            raise WrongSetting(f"{name} must be {error}{shown}.") from None


def variables(dotenv: Path) -> Mapping[str, str]:
    """Return the process environment, completed by the file `dotenv` if there is one. Raises WrongSetting."""
    try:
        for name, value in dotenv_file.read(dotenv).items() if dotenv.is_file() else ():
            os.environ.setdefault(name, value)
    except OSError as error:
        raise WrongSetting(f"{dotenv} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise WrongSetting(str(error)) from None
    return dict(os.environ)


def database_url(env: Environment) -> str:
    """Return the URL that DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD make; "" if none is set."""
    host, port = env.text("DB_HOST"), env.number("DB_PORT", "5432", least=1, most=65535)
    name, user, password = env.text("DB_NAME"), env.text("DB_USER"), env.text("DB_PASSWORD", secret=True)
    if not any((host, name, user, password)):
        return ""
    login = quote(user or "cloudbox", safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"postgresql://{login}@{host or '127.0.0.1'}:{port}/{quote(name or 'cloudbox', safe='')}"


def database(url: str) -> dict[str, Any]:
    """Return Django's description of the PostgreSQL database that `url` names."""
    try:
        described = environ.Env.db_url_config(url)
    except ValueError:
        described = {}
    if not described.get("NAME"):
        raise WrongSetting("DATABASE_URL must name a database, as postgresql://user:password@host:5432/name does.")
    options = described.setdefault("OPTIONS", {})
    # A socket's directory can only stand in the query; pg_dump is told what stands in HOST.
    return {**described, "HOST": options.pop("host", "") or described["HOST"]}


def redis_databases(url: str) -> tuple[str, str]:
    """Return (Celery's broker URL, the cache's URL): the database that `url` names and the next one."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        named = re.fullmatch(r"(?:db=(\d{1,3}))?", parts.query, re.ASCII)
        if not named or not parts.path:
            raise WrongSetting("REDIS_URL must be a path and maybe a database, as unix:///path/redis.sock?db=0 is.")
        login, tasks = f"{parts.netloc}{parts.path}", int(named[1] or 0)
        return f"redis+socket://{login}?virtual_host={tasks}", f"unix://{login}?db={tasks + 1}"
    number = parts.path.strip("/") or "0"
    if not re.fullmatch(r"\d{1,3}", number, re.ASCII):
        raise WrongSetting("REDIS_URL must end in the number of a database, as redis://host:6379/0 does.")
    options = [parts.query] if parts.query else []
    if parts.scheme == "rediss" and "ssl_cert_reqs=" not in parts.query:
        options.append("ssl_cert_reqs=required")  # Celery would take any certificate
    query = f"?{'&'.join(options)}" if options else ""
    first, second = (f"{parts.scheme}://{parts.netloc}/{n}{query}" for n in (int(number), int(number) + 1))
    return first, second


def origin(value: str) -> str:
    """Return `value` without a trailing slash if it is `scheme://host[:port]`, else raise ValueError."""
    message = "an address such as https://cloud.example.org, without a path"
    try:
        parts = urlsplit(value)
        well_formed = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(message) from None
    if not well_formed or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(message)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def network(value: str) -> str:
    """Return `value` if it is an IP address or a network, else raise ValueError."""
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.0/8, separated by commas") from None


def _flag(value: str) -> bool:
    if value.lower() not in YES | NO:
        raise ValueError("true or false")
    return value.lower() in YES


def _number(value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII) or not least <= int(value) <= most:
        raise ValueError(f"a whole number from {least} to {most}")
    return int(value)


def bytes_of(value: str, least: int = 0) -> int:
    """Return the bytes that `5368709120` or `5 GiB` says. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,18}) ?([a-z]*)", value.lower(), re.ASCII)
    if not match or match[2] not in UNITS or not least <= (size := int(match[1]) * UNITS[match[2]]) < 2**63:
        raise ValueError(f"a size of at least {least} bytes, such as 1048576 or 1 MiB")
    return size


def _rate(value: str) -> Rate | None:
    if value == "off":
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})/([a-z]+)", value, re.ASCII)
    if not match or match[2] not in PERIODS:
        raise ValueError("off, or requests in a second, minute, hour or day, such as 600/minute")
    return Rate(int(match[1]), PERIODS[match[2]])


def _choice(value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(" or ".join(choices))
    return value


def _token(value: str) -> str:
    if not re.fullmatch(r"[\w.~+/-]*=*", value, re.ASCII) or re.match(r"eyJ[^.]*\.", value):
        raise ValueError("letters, digits and any of - . _ ~ + /, and no JSON Web Token")
    return value


def _url(value: str, schemes: tuple[str, ...]) -> str:
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        raise ValueError("a URL that begins with " + " or ".join(f"{known}://" for known in schemes))
    return value


def _did_you_mean(name: str, names: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
