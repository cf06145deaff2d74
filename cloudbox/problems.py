"""The one place where the native API says no: every error as RFC 9457 problem details.

A service raises a Refusal; Django, the REST framework and the database raise their own exceptions,
which are translated into refusals here. Each answer has a stable `code`, the address of its
explanation as `type`, and the `request_id` that the log has too; never a stack, SQL or a path.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as rest

from cloudbox import strict_json
from cloudbox.dialects import dialect_of
from cloudbox.errors import (
    AccessDenied,
    BadInputs,
    BodyTooLarge,
    NotAuthenticated,
    NotFound,
    RangeNotSatisfiable,
    Refusal,
    TooManyRequests,
    UnsupportedMediaType,
)

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"
API = ("/api/", "/data/", "/v1/", "/users/", "/middleware/", "/resty-api/")
RETRY_AFTER = 5  # seconds


class MethodNotAllowed(Refusal):
    """The address exists, but not with this method. `allowed` are the methods it has."""

    code = "method_not_allowed"
    status = 405
    title = "This address does not take that method."


class NotAcceptable(Refusal):
    """There is no representation that the Accept header allows."""

    code = "not_acceptable"
    status = 406
    title = "There is no such representation."


class BadRequest(Refusal):
    """The request is not well-formed HTTP, or cannot be told from an attack."""

    code = "bad_request"
    title = "The request is not well-formed."


class Unavailable(Refusal):
    """A server that CloudBox needs does not answer; try again after `retry_after` seconds."""

    code = "unavailable"
    status = 503
    title = "A part of the server does not answer just now."


class ServerError(Refusal):
    """Something went wrong that is not the caller's fault. The log has the details under `request_id`."""

    code = "server_error"
    status = 500
    title = "Something went wrong."


def problem_response(refusal: Refusal, request: HttpRequest, *, status: int | None = None) -> HttpResponse:
    """Return the refusal as problem details, in an ancestor's shape, or as a small page for a browser.

    A protocol that knows another `status` for it says so.
    """
    problem = problem_of(refusal, request) | ({"status": status} if status else {})
    dialect = dialect_of(request)
    if dialect:
        body = strict_json.dumps(dialect.body_of(refusal, request))
        response = HttpResponse(body, "application/json", dialect.status_of(refusal))
    elif _wants_page(request):
        response = render(request, "problem.html", {"problem": problem}, status=problem["status"])
    else:
        response = HttpResponse(strict_json.dumps(problem), CONTENT_TYPE, problem["status"])
    for name, value in headers_of(refusal).items():
        response.headers[name] = value
    if response.status_code == MethodNotAllowed.status:  # an ancestor says it of what is in the way of a method
        response.headers.setdefault("Allow", str(request.method))
    response.headers["Content-Length"] = str(len(response.content))
    return response


def problem_of(refusal: Refusal, request: HttpRequest) -> dict[str, Any]:
    """Return the members of the problem: RFC 9457's, `code`, `request_id`, and the refusal's facts.

    `request.untold` may name facts that are not for whoever asks; nor is a sentence that tells them. Others are for
    one person only.
    """
    untold = refusal.facts.keys() & getattr(request, "untold", frozenset())
    if refusal.whose and not _is(refusal.whose, request):
        untold |= refusal.private
    facts = {name: fact for name, fact in refusal.facts.items() if name not in untold}
    if "field" in facts and "errors" not in facts:
        facts["errors"] = [{"field": str(facts["field"]), "reason": in_words(refusal)}]
    return {
        "type": f"{settings.CLOUDBOX_URL}/api/errors#{refusal.code}",
        "title": gettext(refusal.title),
        "status": refusal.status,
        "detail": gettext(refusal.title) if untold else in_words(refusal),
        "code": refusal.code,
        "request_id": getattr(request, "request_id", ""),
        **facts,
    }


def _is(user_id: UUID, request: HttpRequest) -> bool:
    """Say whether that user asks, and not somebody who comes by a link of theirs: `request.auth` is who asks."""
    asking = getattr(request, "auth", None)
    return getattr(asking, "user_id", None) == user_id and getattr(asking, "link_id", None) is None


def in_words(refusal: Refusal) -> str:
    """Return what a refusal says in the reader's language.

    A sentence that has facts in it stands in no catalogue; in other languages than ours its kind has to do.
    """
    said = gettext(refusal.message)
    ours = (get_language() or settings.LANGUAGE_CODE).startswith(settings.LANGUAGE_CODE)
    return said if ours or said != refusal.message else gettext(refusal.title)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The REST framework's hook. None hands an unexpected exception to the middleware."""
    refusal = refusal_for(error)
    if isinstance(error, rest.MethodNotAllowed):
        refusal = _method_not_allowed(", ".join(context["view"].allowed_methods))
    return problem_response(refusal, context["request"]) if refusal else None


class Problems:
    """Middleware that renders what views raise, and what Django answers without raising."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and response.headers.get("Content-Type") != CONTENT_TYPE:
            return problem_response(_method_not_allowed(response.headers["Allow"]), request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_for(error)
        if refusal is None:
            got_request_exception.send(sender=type(self), request=request)
            log.error("request_failed", exc_info=error)
            if settings.DEBUG and _wants_page(request):
                return None  # Django's debug page
            refusal = ServerError()
        return problem_response(refusal, request)


def refusal_for(error: Exception) -> Refusal | None:
    """Return the refusal that says what `error` means to the caller; None for an unexpected error."""
    if isinstance(error, Refusal):
        return error
    return next((translate(error) for kinds, translate in TRANSLATIONS if isinstance(error, kinds)), None)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400, for what goes wrong before a view is found."""
    return problem_response(refusal_for(exception) or BadRequest(), request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return problem_response(refusal_for(exception) or AccessDenied(), request)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return problem_response(refusal_for(exception) or NotFound(), request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, for what goes wrong outside the views."""
    return problem_response(ServerError(), request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view for a form without its CSRF token."""
    return problem_response(AccessDenied(f"The form is too old or comes from elsewhere. {reason}".strip()), request)


def kinds_of_refusal(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every refusal that there is, for the catalogue."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of_refusal(kind)


def headers_of(refusal: Refusal) -> dict[str, str]:
    """Return what the headers of an answer say of the refusal in it."""
    headers = {"Cache-Control": "no-store"}
    if refusal.status == NotAuthenticated.status:
        headers["WWW-Authenticate"] = 'Bearer realm="CloudBox"'
    if "retry_after" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after"])
    if isinstance(refusal, TooManyRequests):
        headers |= _rate_limit(refusal)
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = str(refusal.facts["allowed"])
    if "size" in refusal.facts and refusal.status == RangeNotSatisfiable.status:
        headers["Content-Range"] = f"bytes */{refusal.facts['size']}"
    return headers


def _rate_limit(refusal: TooManyRequests) -> dict[str, str]:
    """Say it to programs: draft-ietf-httpapi-ratelimit-headers-06."""
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(refusal.facts.get("retry_after", 1))}
    return headers | ({"RateLimit-Limit": str(refusal.facts["limit"])} if "limit" in refusal.facts else {})


def _wants_page(request: HttpRequest) -> bool:
    outside = settings.CLOUDBOX_DOOR == "web" and not request.path.startswith(API)
    return outside and "text/html" in request.headers.get("Accept", "")


def _method_not_allowed(allowed: str) -> MethodNotAllowed:
    return MethodNotAllowed(f"It takes {allowed}.", allowed=allowed)


def _invalid(error: rest.ValidationError) -> Refusal:
    return BadInputs([{"field": field or "body", "reason": reason} for field, reason in _faults("", error.detail)])


def _faults(field: str, detail: Any) -> Iterator[tuple[str, str]]:
    """Yield (field, reason) from the nested lists and dictionaries of a serializer's errors."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = name != "non_field_errors"
            yield from _faults(f"{field}.{name}" if field and own else name if own else field, inner)
    elif isinstance(detail, list):
        nested = any(isinstance(inner, dict) for inner in detail)
        for index, inner in enumerate(detail):
            yield from _faults(f"{field}[{index}]" if nested else field, inner)
    else:
        yield field, str(detail)


def _throttled(error: rest.Throttled) -> Refusal:
    return TooManyRequests(retry_after=math.ceil(getattr(error, "wait", None) or 1))


def _unavailable(what: str) -> Callable[[Exception], Refusal]:
    def translate(error: Exception) -> Refusal:
        log.error("unavailable", what=what, error=type(error).__name__)
        return Unavailable(f"{what} does not answer just now.", retry_after=RETRY_AFTER)

    return translate


def _standby(error: Exception) -> Refusal | None:
    """Take a database that may only be read for one that another takes over from; other such errors are ours."""
    return _unavailable("The database")(error) if isinstance(error.__cause__, ReadOnlySqlTransaction) else None


TRANSLATIONS: list[tuple[tuple[type[Exception], ...], Callable[[Any], Refusal | None]]] = [
    ((rest.ValidationError,), _invalid),
    ((rest.NotAuthenticated, rest.AuthenticationFailed), lambda _: NotAuthenticated()),
    ((rest.PermissionDenied, PermissionDenied), lambda _: AccessDenied()),
    ((rest.NotFound, Http404), lambda _: NotFound()),
    ((rest.ParseError,), lambda error: BadRequest(str(error.detail))),
    ((rest.MethodNotAllowed,), lambda _: MethodNotAllowed(allowed="")),
    ((rest.NotAcceptable,), lambda _: NotAcceptable()),
    ((rest.UnsupportedMediaType,), lambda error: UnsupportedMediaType(str(error.detail))),
    ((rest.Throttled,), _throttled),
    ((RequestDataTooBig,), lambda _: BodyTooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)),
    ((SuspiciousOperation, UnreadablePostError), lambda _: BadRequest()),
    ((OperationalError, InterfaceError), _unavailable("The database")),
    ((InternalError,), _standby),
    ((RedisConnectionError, RedisTimeoutError), _unavailable("Redis")),
]
