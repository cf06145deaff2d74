"""Bytes in and out: request bodies in chunks, forms with a file, and `send(request, content)`.

No database connection is held while bytes flow, and memory stays flat: Django's `request.body`,
`request.read()` and `request.FILES` are never used. They would hold the whole body, and read nothing
of a chunked one.
"""

import base64
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

from cloudbox.digests import Digests, digests_in, verified
from cloudbox.errors import BadInput, BodyTooLarge, LengthMismatch, LengthRequired
from cloudbox.media_types import OPAQUE, guards, is_media_type, may_be_shown
from cloudbox.ranges import Conditions, byte_range, is_unmodified, range_applies
from cloudbox.slots import body_slots, store_slots

log = structlog.get_logger(__name__)

CHUNK = 2**20  # bytes read from a body at a time, at most
FIRST_CHUNK = 2**16
LARGEST_FORM = 12 * 2**20  # bytes of what people fill in, with a picture in it
MOST_DIGITS = 18  # of a number of bytes
A_WHILE = 5.0  # seconds that a read may take before the next is a small one again
ACCELERATED = 8 * 2**20  # bytes from which nginx is faster than we are
EXTENDED_SAFE = "!#$&+-.^_`|~"  # RFC 8187's attr-char beyond letters and digits
UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
JUDGED = ("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE", "HTTP_IF_UNMODIFIED_SINCE")
DECLARED_LENGTHS = ("X-Expected-Entity-Length", "OC-Total-Length")


# Bodies


def announced_size(request: HttpRequest) -> int | None:
    """Return how many bytes the body has, as its headers say; None when only a digest bounds it.

    Raises LengthRequired for a chunked body that declares neither its length nor a digest: servers
    end a truncated one without an error, so it would look complete.
    """
    if not _is_chunked(request):
        return _whole_number("Content-Length", request.META.get("CONTENT_LENGTH") or "0")
    for header in DECLARED_LENGTHS:
        if request.headers.get(header):
            return _whole_number(header, request.headers[header])
    if not declared_digests(request):
        raise LengthRequired
    return None


def declared_digests(request: HttpRequest) -> Digests:
    """Return the digests that the client declared of its body. Raises BadInput for a malformed one."""
    return digests_in(request.headers)


def body_chunks(request: HttpRequest) -> Generator[bytes, None, None]:
    """Return the body in chunks of at most 1 MiB.

    Raises LengthRequired at once, and while reading Busy when too many bodies are being read, or
    LengthMismatch when the body is shorter or longer than announced.
    """
    size = announced_size(request)
    stream = request.environ["wsgi.input"]  # type: ignore[attr-defined]  # a WSGIRequest has it
    _give_up_on_silence(request)
    terminated = _is_chunked(request) or request.META.get("wsgi.input_terminated")
    chunks = _read_until_end(stream, size) if terminated else _read_exactly(stream, size or 0)
    return _in_a_slot(request, _noting_the_end(request, chunks))


def true_chunks(request: HttpRequest) -> Iterator[bytes]:
    """Return the body as `body_chunks` does, which ends with DigestMismatch unless it has the digests declared of it.

    For bodies that no store checks.
    """
    return verified(body_chunks(request), declared_digests(request).declared())


@contextmanager
def a_slot(request: HttpRequest) -> Iterator[None]:
    """Hold one of the few places for a body that is being read, and no database connection. Raises Busy."""
    total, each = settings.CLOUDBOX_THREADS * 3 // 4, settings.CLOUDBOX_BODIES_PER_CLIENT
    with body_slots.taken(_client(request), total=total, each=each):
        release_connection()
        yield


def has_unread_body(request: HttpRequest) -> bool:
    """Say whether the request has a body that nobody has read to its end through `body_chunks`."""
    announced = _is_chunked(request) or request.META.get("CONTENT_LENGTH", "0") not in {"", "0"}
    return announced and not getattr(request, "body_has_ended", False)


def read_whole(request: HttpRequest, limit: int) -> bytes:
    """Return a body of at most `limit` bytes. Raises as `read_buffer`."""
    return bytes(read_buffer(request, limit))


def read_buffer(request: HttpRequest, limit: int) -> bytearray:
    """Return a body of at most `limit` bytes, none of which was ever held twice.

    Raises BodyTooLarge, LengthRequired, Busy, LengthMismatch or DigestMismatch.
    """
    size = announced_size(request)
    if size is None:
        raise LengthRequired("Such a body must say how long it is.")
    if size > limit:
        raise BodyTooLarge(limit=limit)
    buffer, received = bytearray(size), 0
    for chunk in true_chunks(request):
        buffer[received : received + len(chunk)] = chunk
        received += len(chunk)
    return buffer


def release_connection() -> None:
    """Give the database connection back before bytes flow; inside a transaction do nothing."""
    if not connection.in_atomic_block:
        connection.close()


def _is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def _whole_number(header: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS):
        raise BadInput(header, "It must be a whole number of bytes.")
    return int(value)


def _client(request: HttpRequest) -> str:
    """Return who is sending: the user, or the address of an anonymous one, as whoever comes through a link is."""
    auth = getattr(request, "auth", None)
    user_id = None if getattr(auth, "link_id", None) else getattr(auth, "user_id", None)
    return str(user_id or request.META.get("REMOTE_ADDR", ""))


def _in_a_slot(request: HttpRequest, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    with a_slot(request):
        yield from chunks


def _noting_the_end(request: HttpRequest, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    request.body_has_ended = True  # type: ignore[attr-defined]  # ours, for `has_unread_body`


def _read_exactly(stream: Any, size: int) -> Iterator[bytes]:
    received, paced = 0, _Paced(stream)
    while received < size:
        chunk = paced.read(size - received)
        if not chunk:
            raise LengthMismatch(announced=size, received=received)
        received += len(chunk)
        yield chunk


def _read_until_end(stream: Any, size: int | None) -> Iterator[bytes]:
    """Yield what the server passes on, which ends with the body.

    So a `Content_Length` header, which granian takes for the Content-Length, cannot cut it off.
    """
    received, paced = 0, _Paced(stream)
    while chunk := paced.read(CHUNK):
        received += len(chunk)
        if size is not None and received > size:
            raise LengthMismatch(announced=size, received=received)
        yield chunk
    if size is not None and received != size:
        raise LengthMismatch(announced=size, received=received)


class _Paced:
    """Reads in chunks that come within seconds, so that a slow sender is not taken for a silent one.

    A server returns what was asked for when all of it is there, and tells nobody of the bytes before. None goes
    across a MiB, so that those who have something to do for each need not cut it.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._size = FIRST_CHUNK
        self._room = CHUNK  # bytes up to the next MiB

    def read(self, most: int) -> bytes:
        """Return the next bytes, none at the end; gunicorn raises OSError when the client has gone."""
        began = time.monotonic()
        try:
            chunk: bytes = self._stream.read(min(self._size, self._room, most))
        except OSError:
            return b""
        self._room = self._room - len(chunk) or CHUNK
        self._size = min(self._size * 2, CHUNK) if time.monotonic() - began < A_WHILE else FIRST_CHUNK
        return chunk


def _give_up_on_silence(request: HttpRequest) -> None:
    """Stop waiting for a body that brings nothing for as long as its room is kept; only gunicorn shows its socket."""
    socket = request.META.get("gunicorn.socket")
    if socket is not None:
        socket.settimeout(settings.CLOUDBOX_UPLOAD_LEASE)


# Answers


@dataclass(frozen=True, kw_only=True)
class Content:
    """Bytes to send. `open(start, stop)` yields blocks of up to 1 MiB; what it raises after the first breaks it off.

    `etag` has no quotes. `inline` asks a browser to show it, which happens for harmless types only.
    `remote` says that they come from another machine, which may hang. `path` is where they lie below the blobs'
    directory, if they do. `sending` is told when bytes are going to be sent, which they are not for a HEAD, nor when a
    condition or a range says no; `admit` is told before that at which byte they begin, and may refuse. `link(headers)`
    returns a URL from which the store sends them itself, with these headers; None if it does not.
    """

    open: Callable[[int, int], Iterator[bytes]]
    size: int  # bytes
    etag: str
    modified: datetime
    content_type: str
    name: str
    inline: bool = False
    remote: bool = False
    sha256: bytes | None = None
    path: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sending: Callable[[], None] | None = None
    admit: Callable[[int], None] | None = None
    link: Callable[[Mapping[str, str]], str | None] = lambda _headers: None


def send(request: HttpRequest, content: Content, *, may_redirect: bool = False) -> HttpResponseBase:
    """Answer a GET or HEAD with the content, a part of it, or 304.

    With `may_redirect` the answer to a GET is a redirect, where the store sends the bytes itself and a setting lets
    it. Raises PreconditionFailed or RangeNotSatisfiable.
    """
    conditions = conditions_of(request)
    if is_unmodified(conditions, reads=True, etag=content.etag, modified=content.modified):
        # Without its length the framework would say 0. Caches take over what it says, the guards, too.
        unsent = _description(content) | {"Content-Length": str(content.size)}
        return _with_headers(HttpResponse(status=304), _validators(content) | unsent)
    asked = request.META.get("HTTP_RANGE", "") if request.method == "GET" else ""
    if not range_applies(conditions.if_range, etag=content.etag, modified=content.modified):
        asked = ""
    part = byte_range(asked, content.size) if asked else None
    if request.method == "GET":
        _tell(content, part[0] if part else 0)
    is_ignored = bool(asked) and part is None  # several ranges, or none: the whole here, an error at most buckets
    if may_redirect and not is_ignored and (elsewhere := _elsewhere(request, content)):
        return elsewhere
    response = _body(request, content, part)
    if part is not None:
        response.headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{content.size}"
    elif content.sha256 is not None:  # of the whole: a client would compare it with the part
        response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(content.sha256).decode()}:"
    return _with_headers(response, _validators(content) | _description(content))


def _tell(content: Content, start: int) -> None:
    """Tell the content that its bytes are going to be sent, from `start` on."""
    if content.admit:
        content.admit(start)
    if content.sending:
        content.sending()


def conditions_of(request: HttpRequest) -> Conditions:
    """Return the preconditions in the headers of a request."""
    headers = request.META  # `request.headers` would copy all of them first, for each small file
    return Conditions(
        if_match=headers.get("HTTP_IF_MATCH", ""),
        if_none_match=headers.get("HTTP_IF_NONE_MATCH", ""),
        if_modified_since=headers.get("HTTP_IF_MODIFIED_SINCE", ""),
        if_unmodified_since=headers.get("HTTP_IF_UNMODIFIED_SINCE", ""),
        if_range=headers.get("HTTP_IF_RANGE", ""),
    )


def disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition header (RFC 6266) that carries any name, in ASCII and in full (RFC 8187)."""
    safe = UNSAFE_IN_NAMES.sub("_", name).encode("utf-8", "replace").decode() or "download"
    plain = re.sub(r'[^\x20-\x7e]|["%]', "_", safe)
    extended = "" if plain == safe else f"; filename*=UTF-8''{quote(safe, safe=EXTENDED_SAFE)}"
    return f'{kind}; filename="{plain}"{extended}'


def _body(request: HttpRequest, content: Content, part: tuple[int, int] | None) -> HttpResponseBase:
    """Return the response with the bytes of `part`, or all of them: from nginx, from memory, or in blocks."""
    start, stop = part or (0, content.size)
    status = 200 if part is None else 206
    if request.method == "HEAD" or start == stop:
        response: HttpResponseBase = HttpResponse(status=status)
    elif _is_for_nginx(request, content) and part is None:
        response = HttpResponse(status=status)
        response.headers["X-Accel-Redirect"] = f"/cloudbox-blobs/{quote(str(content.path))}"
        return response
    else:
        release_connection()
        blocks = content.open(start, stop)
        with _waiting(request, content):
            first = next(blocks, b"")  # so that a blob that cannot be read is an error, not a broken answer
        if len(first) == stop - start:
            response = HttpResponse(first, status=status)
        else:
            response = StreamingHttpResponse(flowing(first, blocks), status=status)
    response.headers["Content-Length"] = str(stop - start)
    return response


def _waiting(request: HttpRequest, content: Content) -> AbstractContextManager[None]:
    """Hold one of the places of those who wait for another machine; the other threads go on serving. Raises Busy."""
    if not content.remote:
        return nullcontext()
    each = settings.CLOUDBOX_BODIES_PER_CLIENT
    return store_slots.taken(_client(request), total=settings.CLOUDBOX_THREADS // 2, each=each)


def _elsewhere(request: HttpRequest, content: Content) -> HttpResponse | None:
    """Return a redirect to where the store sends the bytes from; it would judge conditions by its own tag and date."""
    judged = any(name in request.META for name in JUDGED)
    for_a_page = request.META.get("HTTP_SEC_FETCH_DEST", "document") != "document"  # ours shows nothing from elsewhere
    if not settings.CLOUDBOX_S3_REDIRECT or request.method != "GET" or judged or for_a_page:
        return None
    described = _description(content) | _validators(content)
    link = content.link({name: described[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")})
    if link is None:
        return None
    response = HttpResponse(status=302)  # not Django's redirect, which refuses links of more than 2048 characters
    response.headers["Location"] = link
    response.headers["Cache-Control"] = "private, no-store"  # whoever may read it now may not in an hour
    return response


def _is_for_nginx(request: HttpRequest, content: Content) -> bool:
    """Say whether nginx should send it; not after an If-Match, which nginx would judge once more, by no tag at all."""
    large = content.path is not None and content.size >= ACCELERATED
    return settings.CLOUDBOX_ACCEL and large and "If-Match" not in request.headers


def flowing(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks, without the connection that a middleware may have taken again.

    An error ends the answer before its Content-Length, so that no client takes it for whole.
    """
    release_connection()
    try:
        yield first
        yield from blocks
    except Exception as error:
        log.warning("answer_broken_off", error=type(error).__name__)
        raise


def _validators(content: Content) -> dict[str, str]:
    return {
        "ETag": f'"{content.etag}"',
        "Last-Modified": http_date(content.modified.timestamp()),
        "Cache-Control": "private, no-cache",  # kept by the browser only, which asks each time
    }


def _description(content: Content) -> dict[str, str]:
    content_type = content.content_type if is_media_type(content.content_type) else OPAQUE
    shown = content.inline and may_be_shown(content_type)
    return {
        "Accept-Ranges": "bytes",
        "Content-Type": content_type,
        "Content-Disposition": disposition("inline" if shown else "attachment", content.name),
        "X-Content-Type-Options": "nosniff",
        **guards(content_type, shown=shown),
        **content.headers,
    }


def _with_headers(response: HttpResponseBase, headers: Mapping[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        response.headers[name] = value
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        del response.headers["Content-Type"]
    return response
