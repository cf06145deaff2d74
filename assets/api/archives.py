"""Folders and selections, downloaded as one zip archive that is made while it is sent."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.plain import PlainView
from assets.api.asked import only
from assets.api.content import DOWNLOAD
from assets.services import archives
from cloudbox import strict_json
from cloudbox.errors import BadInput
from cloudbox.http import Content, send
from cloudbox.made import send_made

_ZIP: dict[str, Any] = {
    "tags": ["store"],
    "responses": {
        "200": {
            "description": "The archive, made while it is sent: of the length announced, without ranges.",
            "content": {"application/zip": {}},
        }
    },
}
_ASSETS: dict[str, Any] = {
    "name": "assets",
    "in": "query",
    "required": True,
    "schema": {"type": "string"},
    "description": "Ids with commas between them.",
}
_SELECTION: dict[str, Any] = {
    "type": "object",
    "required": ["assets"],
    "additionalProperties": False,
    "properties": {
        "assets": {
            "type": "array",
            "minItems": 1,
            "maxItems": archives.MOST,
            "items": {"type": "string", "format": "uuid"},
        }
    },
}


class Download(PlainView):
    """/store/assets/<id>/download/: a file as it is, a folder as a zip archive."""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {"summary": "Download a file, or a folder as a zip archive", **DOWNLOAD}
    }

    def get(self, request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
        found = archives.download(by=self.asking, asset_id=asset_id)
        if isinstance(found, Content):
            return send(request, found, may_redirect=True)
        return send_made(request, found)


class Selection(PlainView):
    """/store/download: several files and folders in one archive. The ids stand in the address, or in a body."""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {"summary": "Download several assets as a zip archive", "parameters": [_ASSETS], **_ZIP},
        "post": {
            "summary": "Download many assets as a zip archive",
            "requestBody": {"required": True, "content": {"application/json": {"schema": _SELECTION}}},
            **_ZIP,
        },
    }

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self._send(request, only(request.GET, "assets").get("assets", "").split(","))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        only(request.GET)
        return self._send(request, _ids_in(strict_json.body_of(request)))

    def _send(self, request: HttpRequest, texts: list[Any]) -> HttpResponseBase:
        asset_ids = [_id(text) for text in texts]
        return send_made(request, archives.archive_of(by=self.caller, asset_ids=asset_ids))


def _ids_in(asked: Any) -> list[Any]:
    """Return what a body has as `assets`, and nothing else."""
    if not isinstance(asked, dict):
        raise BadInput("body", "An object with the field assets.")
    for field in asked:
        if field != "assets":
            raise BadInput(field, "This call has no such field.")
    found = asked.get("assets")
    if not isinstance(found, list):
        raise BadInput("assets", "A list of ids.")
    return found


def _id(text: object) -> UUID:
    try:
        return UUID(text if isinstance(text, str) else "")
    except ValueError:
        raise BadInput("assets", "Each is the id of an asset.") from None
