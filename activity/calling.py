"""A call to an address that somebody has chosen: to a public machine only, and for some seconds at most.

Whoever chooses an address could mean one that this machine alone reaches: its own services, its neighbours, the
metadata of its cloud. So the name is looked up once, what it says is judged, and that address is connected to, whatever
the name says a moment later. `CLOUDBOX_WEBHOOK_PRIVATE` lists networks that are called all the same. Redirects are not
followed, proxies and passwords of the environment are not used, and of an answer no more is kept than its status.
"""

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from cloudbox import __version__
from cloudbox.deadlines import Deadline, watch, within
from cloudbox.errors import BadInput

TIMEOUT = 10.0  # seconds to connect, and to answer once connected
DEADLINE = 20.0  # seconds for all of it, however slowly an answer drips
MOST_READ = 64 * 1024  # bytes of an answer, so that its sender need not see a broken connection
LONGEST = 2000  # characters of an address
LOWEST_PORT = 1024  # below are mail servers and the like
WEB_PORTS = {80, 443}

type_of_address = IPv4Address | IPv6Address


class NotAllowed(Exception):
    """The address is none that may be called."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended: the status of its answer, or None and why there is none, in one word."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def went(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - what HTTP calls a success


def check(url: str) -> str:
    """Return the address if it may be called, as far as it tells by itself. Raises BadInput."""
    parts = _parts(url)
    schemes = ("https", "http") if settings.CLOUDBOX_WEBHOOK_HTTP else ("https",)
    if parts is None or parts.scheme not in schemes or not parts.hostname:
        raise BadInput("url", f"An address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if "@" in parts.netloc:
        raise BadInput("url", "No name and no password: calls are signed.")
    if parts.fragment:
        raise BadInput("url", "Nothing after a #: it would not be sent.")
    port = parts.port or 443
    if port not in WEB_PORTS and port < LOWEST_PORT:
        raise BadInput("url", f"The port 80, 443, or one from {LOWEST_PORT} on.")
    if (address := _literal(parts.hostname)) and not is_allowed(address):
        raise BadInput("url", "The address of a machine that can be reached from anywhere.")
    return url


def call(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """POST the body there. Nothing that the other side does raises."""
    began = time.monotonic()
    status, error = None, ""
    try:
        check(url)  # again: the settings may have changed
        with within(DEADLINE) as deadline, _session() as session:
            status = _post(session, url, body, headers, deadline)
    except (NotAllowed, BadInput):
        error = "not_allowed"
    except requests.exceptions.SSLError:
        error = "no_certificate"
    except requests.exceptions.Timeout:
        error = "timeout"
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError):
        error = "timeout" if time.monotonic() - began >= DEADLINE else "no_connection"
    return Outcome(status=status, error=error, milliseconds=round((time.monotonic() - began) * 1000))


def is_allowed(address: type_of_address) -> bool:
    """Say whether a machine of that address may be called."""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if any(address in ip_network(network) for network in settings.CLOUDBOX_WEBHOOK_PRIVATE):
        return True
    special = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    blocked = any(address in network for network in EXTRA_BLOCKED_NET_RANGES)
    return address.is_global and not special and not blocked


def _parts(url: str) -> SplitResult | None:
    if not (url.isascii() and url.isprintable() and len(url) <= LONGEST) or set(url) & set(' \\<>"'):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises a ValueError, too
    except ValueError:
        return None
    return parts


def _literal(host: str) -> type_of_address | None:
    """Return the address that the host is, also one written as a single number; None for a name."""
    if host.rstrip(".").lower().rpartition(".")[2] == "localhost":
        return IPv4Address("127.0.0.1")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return ip_address(found[0][4][0])


def _session() -> HTTPSession:
    session = HTTPSession(
        Config(
            ip_filter_enable=False,  # ours, below, knows the networks that are allowed
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(TIMEOUT, TIMEOUT),
            user_agent_override=f"CloudBox/{__version__}",
        )
    )
    session.trust_env = False  # no proxy, and no .netrc
    session.mount("https://", _Adapter())
    session.mount("http://", _Adapter())
    return session


def _post(session: HTTPSession, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> int:
    with session.post(url, data=body, headers=dict(headers), stream=True, allow_redirects=False) as answer:
        if deadline.has_cut:  # what looks like an answer is half of one
            raise requests.exceptions.Timeout
        with suppress(HTTPError, OSError):  # its status has come; the rest is politeness
            answer.raw.read(MOST_READ)
        return int(answer.status_code)


def _connected(addresses: Sequence[str], port: int) -> socket.socket:
    """Return a connection to the first of the addresses that takes one. Raises OSError."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, port), TIMEOUT)
    return socket.create_connection((last, port), TIMEOUT)


class _Guarded(HTTPConnection):
    """Looks its name up itself, and connects to what it has judged. TLS still asks for the name."""

    def _new_conn(self) -> socket.socket:
        found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]).partition("%")[0] for *_, place in found]
        if not all(is_allowed(ip_address(address)) for address in addresses):
            raise NotAllowed
        try:
            connection = _connected(addresses, self.port)
        except TimeoutError:
            raise ConnectTimeoutError(self, "It takes too long to connect.") from None
        watch(connection)
        return connection


class _GuardedTls(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class _Adapter(HTTPAdapter):
    """Hands out guarded connections only."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]  # as it comes
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
