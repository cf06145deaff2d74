"""/store/files/<id>/thumbnail/: small pictures of files, shown in the browser."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.plain import PlainView
from assets.api.asked import only
from assets.services import pictures
from cloudbox.errors import BadInput
from cloudbox.http import send

_MOST = 4096  # pixels
_DIGITS = len(str(_MOST))
_PICTURE: dict[str, Any] = {
    "tags": ["store"],
    "parameters": [
        {
            "name": "size",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 256},
            "description": "Pixels that the longer side should have. There are thumbnails of 256 and of 1024; you get "
            "the smallest that is as large, or the largest.",
        }
    ],
    "responses": {
        "200": {"description": "The picture.", "content": {"image/webp": {}}},
        "304": {"description": "You have it already."},
        "404": {"description": "`no_preview`: there is none, or not yet. `state` is `waiting` or `none`."},
    },
}


class Thumbnail(PlainView):
    """/store/files/<id>/thumbnail/"""

    openapi: ClassVar[dict[str, Any]] = {"get": {"summary": "Show a small picture of a file", **_PICTURE}}

    def get(self, request: HttpRequest, file_id: UUID) -> HttpResponseBase:
        edge = _edge(only(request.GET, "size").get("size", "256"))
        return send(request, pictures.open_thumbnail(by=self.asking, file_id=file_id, edge=edge))


class VersionThumbnail(PlainView):
    """/store/files/<id>/versions/<seq>/thumbnail/"""

    openapi: ClassVar[dict[str, Any]] = {"get": {"summary": "Show a small picture of a version", **_PICTURE}}

    def get(self, request: HttpRequest, file_id: UUID, seq: str) -> HttpResponseBase:
        edge = _edge(only(request.GET, "size").get("size", "256"))
        return send(request, pictures.open_thumbnail(by=self.asking, file_id=file_id, seq=int(seq), edge=edge))


def _edge(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and 1 <= int(text) <= _MOST):
        raise BadInput("size", f"A whole number of pixels, from 1 to {_MOST}.")
    return int(text)
