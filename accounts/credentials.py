"""Who asks: the credentials of a request, whatever the door.

A token comes as `Authorization: Bearer …` or `Authorization: token …`, or as `If-Match: token …` (an
entity tag would stand in quotes, so the two never clash). `Authorization` wins. An access key may also
come as `Authorization: Basic …`. Without a token a browser's session counts, on unsafe methods only with
the CSRF token in its header.
"""

import base64
import binascii
from dataclasses import replace

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

from accounts import browsers, keys, tokens
from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from accounts.keys import KeyBearer
from accounts.models import User
from accounts.refusals import CsrfFailed
from accounts.sessions import SessionBearer
from accounts.staff import role_of
from cloudbox.errors import NotAuthenticated

SCHEMES = {"bearer", "token"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


def caller_of(request: HttpRequest) -> Caller:
    """Return who asks; an anonymous Caller when the request carries no credentials.

    Raises NotAuthenticated when they do not count, and CsrfFailed.
    """
    return proven(credentials_of(request))


def credentials_of(request: HttpRequest) -> Caller | Bearer:
    """Return who asks as `caller_of` does, except that nobody has looked yet whether the token counts."""
    visitor = visitor_of(request)
    token = token_of(request)
    if token is None:
        return _browser(request, visitor)
    if keys.is_key(token):
        return KeyBearer.of(token, visitor)
    return SessionBearer(visitor, tokens.read_access(token))


def browser_of(request: HttpRequest) -> Caller:
    """Return who is signed in with the browser, whatever tokens come along; the anonymous visitor when nobody is.

    Raises CsrfFailed.
    """
    return _browser(request, visitor_of(request))


def visitor_of(request: HttpRequest) -> Caller:
    """Return where the request comes from, whoever sent it."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    if not agent.isprintable():
        agent = "".join(filter(str.isprintable, agent))
    return Caller.anonymous(address=request.META.get("REMOTE_ADDR", ""), agent=agent[:255])


def token_of(request: HttpRequest) -> str | None:
    """Return the token in the request's headers, None without one. Raises NotAuthenticated for another scheme."""
    authorization: str = request.META.get("HTTP_AUTHORIZATION", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "basic":
            return _token_in_basic(token)
        if scheme.lower() not in SCHEMES:
            raise NotAuthenticated("Send your token as Authorization: Bearer <token>.")
        return token.strip()
    scheme, _, token = request.META.get("HTTP_IF_MATCH", "").partition(" ")
    return token.strip() if scheme.lower() == "token" else None


def _token_in_basic(credentials: str) -> str:
    """Return the token of an access key in the credentials of Basic (RFC 7617). Raises NotAuthenticated."""
    try:
        user, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise NotAuthenticated("Send an access key as the password of Authorization: Basic.") from None
    return keys.token_in_basic(user, password)


def _browser(request: HttpRequest, visitor: Caller) -> Caller:
    """Return who is signed in with a browser's session, or the anonymous visitor."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return visitor
    if request.method not in SAFE_METHODS:
        _check_csrf(request)
    groups = tuple(user.groups.values_list("id", flat=True))
    return replace(
        visitor,
        user_id=user.id,
        username=user.username,
        staff_role=role_of(user),
        groups=groups,
        session_id=browsers.session_of(request),
    )


def _check_csrf(request: HttpRequest) -> None:
    """Raise CsrfFailed unless Django's middleware has accepted the request, or would by its header.

    The middleware would look for the token in the body first, and read all of that.
    """
    if getattr(request, "csrf_processing_done", False):
        return
    if settings.CSRF_HEADER_NAME not in request.META:
        raise CsrfFailed
    check = _Check(lambda _request: HttpResponse())
    head = WSGIRequest({**request.META, "PATH_INFO": "/"})  # Django has decoded the path in it, which it would do again
    head.POST = QueryDict()
    check.process_request(head)
    if check.process_view(head, lambda _request: HttpResponse(), (), {}) is not None:
        raise CsrfFailed


class _Check(CsrfViewMiddleware):
    """Django's rules (origin, referer, token) with an answer instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG002 - Django's signature
        return HttpResponse(reason, status=403)
