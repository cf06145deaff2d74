"""The WSGI application, for granian and gunicorn."""

import os
import sys
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

import structlog
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cloudbox.environment import WrongSetting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
try:
    django = get_wsgi_application()
except WrongSetting as wrong:
    sys.exit(f"CloudBox does not start: {wrong}")
for remark in settings.ENVIRONMENT.remarks():
    structlog.get_logger(__name__).warning("setting_without_effect", remark=remark)


class Body:
    """The body of a request, which knows whether anything of it is left. `length` is in bytes, None when chunked."""

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self._length = length
        self._read = 0
        self._ended = False

    def read(self, *size: int) -> bytes:
        chunk: bytes = self._stream.read(*size)
        self._read += len(chunk)
        self._ended = self._ended or not chunk
        return chunk

    def readline(self, *size: int) -> bytes:
        line: bytes = self._stream.readline(*size)
        self._read += len(line)
        return line

    def is_left(self) -> bool:
        return not self._ended if self._length is None else self._read < self._length


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request. Its path is kept as the client sent it, for Django escapes what is not UTF-8.

    granian closes a connection whose request was answered before its body was read, and tells nobody: the
    client's next request would break. So the answer says it.
    """
    environ["cloudbox.path"] = environ.get("PATH_INFO", "")
    length = environ.get("CONTENT_LENGTH") or "0"
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    if not chunked and (length == "0" or not length.isdecimal()):
        return django(environ, start_response)
    body = environ["wsgi.input"] = Body(environ["wsgi.input"], None if chunked else int(length))

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")] if body.is_left() else headers, *error)

    return django(environ, start)
