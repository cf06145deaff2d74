"""Our own files, and the pages, on their way to browsers: compressed, and kept by them for a while."""

import gzip
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

WORDS = ("text/", "application/javascript", "application/json", "image/svg+xml")  # what becomes smaller
LEAST = 256  # bytes; what is smaller hardly does
PAGES = ("text/html", "text/javascript")


class StaticFiles(WhiteNoiseMiddleware):
    """Compress a file when it is first asked for, and keep that in memory: some 2 MB for each web process, if all were.

    Nothing is written, so there is no step before the start, and nothing to clear away after an upgrade.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        told = static_file.get_response("HEAD", request.META)
        headers = dict(told.headers)
        if not headers.get("Content-Type", "").startswith(WORDS):
            return _as_it_is(static_file, request)
        wanted = request.method in {"GET", "HEAD"} and "gzip" in request.headers.get("Accept-Encoding", "")
        if told.status != HTTPStatus.OK or not wanted or int(headers["Content-Length"]) < LEAST:
            response = _as_it_is(static_file, request)
        else:
            path = Path(static_file.get_path_and_headers({})[0])
            packed = _packed(path, path.stat().st_mtime_ns)
            headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
            response = HttpResponse(packed if request.method == "GET" else b"", headers=headers)
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


class CompressedPages(GZipMiddleware):
    """Compress pages and our scripts' words, and nothing else: neither files of users nor answers of the API.

    Each page is made longer by chance (Django's answer to BREACH), and the token against forgery in it is masked anew.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(PAGES):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def _as_it_is(static_file: Any, request: HttpRequest) -> Any:
    return WhiteNoiseMiddleware.serve(static_file, request)


@lru_cache(maxsize=512)
def _packed(path: Path, _modified: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
