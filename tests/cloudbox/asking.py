"""Requests made in memory."""

import io

from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory


def putting(body: bytes, *, chunked: bool = False, headers: dict[str, str] | None = None) -> WSGIRequest:
    """Return a PUT request; a chunked one has no Content-Length, as servers pass it on."""
    request = RequestFactory().put("/api/x", body, content_type="application/octet-stream", headers=headers)
    if chunked:
        del request.META["CONTENT_LENGTH"]
        request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
        request.environ["wsgi.input"] = io.BytesIO(body)
    return request


def getting(headers: dict[str, str] | None = None) -> WSGIRequest:
    return RequestFactory().get("/api/x", headers=headers)


def heading(headers: dict[str, str] | None = None) -> WSGIRequest:
    return RequestFactory().head("/api/x", headers=headers)
