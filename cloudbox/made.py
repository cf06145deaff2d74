"""Bytes that are made while they are sent, and of which only the length is known before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from cloudbox.http import disposition, flowing, release_connection
from cloudbox.media_types import SANDBOX


@dataclass(frozen=True, kw_only=True)
class Made:
    """Bytes that are made once, from beginning to end. `close` frees what that takes, and may be called again.

    `sending` is told when they are going to be sent, which they are not for a HEAD.
    """

    chunks: Iterator[bytes]
    size: int  # bytes
    content_type: str
    name: str
    close: Callable[[], None]
    sending: Callable[[], None] = lambda: None


def send_made(request: HttpRequest, made: Made) -> HttpResponseBase:
    """Answer a GET, HEAD or POST with bytes that are made now: without ranges or a tag, for they are never the same."""
    try:
        response = _response(request, made)
    except BaseException:
        made.close()
        raise
    described = {
        "Content-Length": str(made.size),
        "Content-Type": made.content_type,
        "Content-Disposition": disposition("attachment", made.name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "none",
    }
    for name, value in described.items():
        response.headers[name] = value
    return response


class _Closing:
    """Blocks, and what to do when nobody wants more of them: even if nobody took one, which ends no generator."""

    def __init__(self, blocks: Iterator[bytes], close: Callable[[], None]) -> None:
        self._blocks = blocks
        self.close = close

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks


def _response(request: HttpRequest, made: Made) -> HttpResponseBase:
    if request.method == "HEAD":
        made.close()
        return HttpResponse()
    made.sending()
    release_connection()
    first = next(made.chunks, b"")  # so that what cannot be read is an error, not a broken answer
    return StreamingHttpResponse(_Closing(flowing(first, made.chunks), made.close))
