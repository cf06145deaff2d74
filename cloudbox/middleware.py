"""What happens to every request before and after its view."""

import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import uuid4

import structlog
from corsheaders.middleware import CorsMiddleware
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from cloudbox import lingering
from cloudbox.errors import BodyTooLarge, Refusal
from cloudbox.http import LARGEST_FORM, announced_size, has_unread_body, release_connection
from cloudbox.problems import API, BadRequest, problem_response

type_of_view = Callable[[HttpRequest], HttpResponseBase]

log = structlog.get_logger("cloudbox.requests")
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEALTH = ("/healthz", "/readyz")
# Webhooks that a key must have signed: whoever sends them cannot slow down, and anybody else's leave nothing behind.
SIGNED = re.compile(r"/api/v1/payments/(verify/)?webhook/?")
QUIET = (*HEALTH, settings.STATIC_URL)  # asked for all the time; logged only where the level is debug
NOT_A_PAGE = "default-src 'none'; frame-ancestors 'none'"
LARGE = 2**16  # bytes; what is smaller is in the buffers on the way, and nobody fails to send it
LETS_IN = re.compile(r"^(/api/v1/(?:links|presigned)/|/l/)[^/]+")
SECRET_ARGUMENTS = {"token", "code", "secret"}  # of a view; their values stay out of the log


class WrongHost(Refusal):
    """The request names a host that is not this server's. CLOUDBOX_URL decides which one is."""

    code = "wrong_host"
    title = "This server does not answer to that name."


def request_log(get_response: type_of_view) -> type_of_view:
    """Give each request an id, which its answer, its log lines and its tasks carry, and log it once.

    Neither the query string nor a body is logged: tokens travel there.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SANE_REQUEST_ID.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # ours
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = get_response(request)
        response.headers["X-Request-ID"] = request_id
        log.log(
            logging.DEBUG if request.path.startswith(QUIET) else logging.INFO,
            "request",
            method=request.method,
            path=_path_without_secrets(request),
            status=response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            address=request.META.get("REMOTE_ADDR", ""),
        )
        return response

    return middleware


def honest_end(get_response: type_of_view) -> type_of_view:
    """Say `Connection: close` with a refusal that leaves a body unread (RFC 9112 section 9.6).

    The server closes such a connection, and a client that was not told would send its next request into it. One
    that is in the middle of a large body gets a moment to see the answer.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and has_unread_body(request):
            response.headers["Connection"] = "close"
            if isinstance(response, HttpResponse) and _may_be_sending(request):
                return _lingering(request, response)
        return response

    return middleware


def private(get_response: type_of_view) -> type_of_view:
    """Let only the reader's own cache keep an answer that says nothing of that: most are for one person.

    Also say how long an answer is, as Django's CommonMiddleware would, of which nothing else is needed here.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]  # not streaming
        return response

    return middleware


def real_address(get_response: type_of_view) -> type_of_view:
    """Believe the X-Forwarded headers of the proxies in CLOUDBOX_PROXIES, and of nobody else."""
    proxies = [ip_network(proxy) for proxy in settings.CLOUDBOX_PROXIES]

    def is_proxy(address: str) -> bool:
        return bool(proxies) and _is_address(address) and any(ip_address(address) in proxy for proxy in proxies)

    def sender(address: str, hops: list[str]) -> str:
        """Return the farthest address that a proxy vouches for."""
        while hops and is_proxy(address) and _is_address(hops[-1]):
            address = hops.pop()
        return address

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # An IPv4 address is written so where the server listens on IPv6, too.
        request.META["REMOTE_ADDR"] = request.META.get("REMOTE_ADDR", "").removeprefix("::ffff:")
        if is_proxy(request.META["REMOTE_ADDR"]):
            hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
            request.META["REMOTE_ADDR"] = sender(request.META["REMOTE_ADDR"], hops)
            if request.headers.get("X-Forwarded-Proto") in {"http", "https"}:
                request.META["wsgi.url_scheme"] = request.headers["X-Forwarded-Proto"]
        return get_response(request)

    return middleware


def well_formed(get_response: type_of_view) -> type_of_view:
    """Refuse what a program behind the server could read in two ways, and names that are not this server's."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path in HEALTH:  # whoever asks, by whatever name, learns nothing but that
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
        refusal = _fault(request) or _overlong_form(request)
        return problem_response(refusal, request) if refusal else get_response(request)

    return middleware


class Cors(CorsMiddleware):
    """Let pages of the sites in CLOUDBOX_CORS_ORIGINS call the API. Where there are none, there is nothing to say."""

    def __init__(self, get_response: type_of_view) -> None:
        if not settings.CORS_ALLOWED_ORIGINS:
            raise MiddlewareNotUsed
        super().__init__(get_response)


class _ForBrowsers(MiddlewareMixin):
    """Lets programs pass: whoever sends a token of their own to the API is asked for no cookie, and gets none."""

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_AUTHORIZATION" in request.META and request.path.startswith(API):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(_ForBrowsers, SessionMiddleware):
    pass


class Csrf(_ForBrowsers, CsrfViewMiddleware):
    pass


class Users(_ForBrowsers, AuthenticationMiddleware):
    pass


class Messages(_ForBrowsers, MessageMiddleware):
    pass


class ContentSecurityPolicy(CSPMiddleware):
    """Our own files only; the admin's theme also evaluates expressions in its attributes.

    What is no page loads nothing at all, and is spared the making of a policy.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Security-Policy", NOT_A_PAGE)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith("/admin/"):
            parts.update = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts


def _may_be_sending(request: HttpRequest) -> bool:
    """Say whether a large body may be on its way by now; who expects a word from us first has not begun.

    Under granian only: gunicorn has too few threads for any of them to wait.
    """
    if request.META.get("SERVER_SOFTWARE") != "Granian" or "HTTP_EXPECT" in request.META:
        return False
    try:
        size = announced_size(request)
    except Refusal:  # nobody knows how much will come
        size = None
    return size is None or size >= LARGE


def _lingering(request: HttpRequest, response: HttpResponse) -> StreamingHttpResponse:
    """Return the same answer, after which the connection stays open for a moment."""
    release_connection()
    body = request.environ["wsgi.input"]  # type: ignore[attr-defined]  # a WSGIRequest has it
    answer = lingering.and_a_moment(response.content, body)
    streaming = StreamingHttpResponse(answer, status=response.status_code, headers=response.headers)
    streaming.cookies = response.cookies
    return streaming


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _path_without_secrets(request: HttpRequest) -> str:
    """Return the path for the log; what lets its reader in stays out, also where no address is known."""
    path = LETS_IN.sub(r"\1...", request.path)
    arguments = request.resolver_match.kwargs if request.resolver_match else {}
    for name in SECRET_ARGUMENTS & arguments.keys():
        path = path.replace(str(arguments[name]), "...")
    return path


def _is_utf8(path: str) -> bool:
    """Say whether the bytes of a path, which PEP 3333 hands over as Latin-1, are UTF-8."""
    try:
        _ = path.isascii() or path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _fault(request: HttpRequest) -> Refusal | None:
    """Return why this request cannot be taken as it is."""
    if "\x00" in request.path:
        return BadRequest("The address has a NUL character in it.")
    if not _is_utf8(request.META.get("cloudbox.path", "")):
        return BadRequest("The address is not UTF-8.")
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    if chunked and request.META.get("CONTENT_LENGTH"):
        return BadRequest("A body has either a Content-Length or a Transfer-Encoding, never both.")
    try:
        request.get_host()
        size = announced_size(request)
    except DisallowedHost:
        return WrongHost(
            f"This server answers to {settings.CLOUDBOX_URL}. Its operator sets CLOUDBOX_URL to change that."
        )
    except Refusal as refusal:
        return refusal
    if chunked:  # the REST framework takes a body without Content-Length for an empty one
        request.META["CONTENT_LENGTH"] = str(size or 1)
    return None


def _overlong_form(request: HttpRequest) -> Refusal | None:
    """Refuse what no page asks for: all of it would be kept until the token in it was looked at."""
    if settings.CLOUDBOX_DOOR == "web" and not request.path.startswith(API):
        return BodyTooLarge(limit=LARGEST_FORM) if (announced_size(request) or 0) > LARGEST_FORM else None
    return None
