"""/v1/blobs: whole blobs as base64 in JSON, as the data storage service has them."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.plain import PlainView
from assets.api.asked import only
from assets.api.base64_json import as_json, blob_in
from assets.api.dialect import BEARER, JSON, PAGE, TEXT, answers_of, json_answer
from assets.services import blobs
from cloudbox.dialects import BLOBS
from cloudbox.errors import UnsupportedMediaType
from cloudbox.http import announced_size, read_buffer, send
from cloudbox.pages import limit_of
from cloudbox.slots import blob_room

_ROOM = 256 * 2**20  # bytes of bodies that a process holds at a time, at least
_answers = answers_of(BLOBS)
_SIZE = {"type": "integer", "description": "Bytes of the blob itself."}
_MOMENT = {"type": "string", "format": "date-time"}
_BLOB: dict[str, Any] = {"id": TEXT, "size": _SIZE, "created_at": _MOMENT}


class Blobs(PlainView):
    """/v1/blobs"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "List your blobs, in the order of their ids",
            "parameters": PAGE,
            "responses": _answers(
                200,
                "A page of them.",
                items={"type": "array", "items": {"type": "object", "properties": _BLOB}},
                next={"type": ["string", "null"], "description": "Send it as `cursor` for the next page."},
            ),
        },
        "post": {
            **BEARER,
            "summary": "Store a blob (as the data storage service does)",
            "requestBody": {
                "required": True,
                "content": {
                    JSON: {
                        "schema": {
                            "type": "object",
                            "required": ["id", "data"],
                            "properties": {
                                "id": {**TEXT, "minLength": 1, "maxLength": 255},
                                "data": {**TEXT, "format": "byte", "description": "Base64 (RFC 4648 section 4)."},
                            },
                        }
                    }
                },
            },
            "responses": _answers(201, "Stored.", message=TEXT),
        },
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        query = only(request.GET, "limit", "cursor")
        page = blobs.page(by=self.caller, cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return json_answer({"items": [blob._asdict() for blob in page.items], "next": page.next})

    def post(self, request: HttpRequest) -> HttpResponse:
        user_id = self.caller.must_be_signed_in()
        only(request.GET)
        request.right_call = (  # type: ignore[attr-defined]  # for cloudbox.dialects
            """curl -d '{"id": "my-unique-blob-id", "data": "SGVsbG8gV29ybGQh"}' -H 'Authorization: Bearer TOKEN' """
            f"-H 'Content-Type: application/json' {settings.CLOUDBOX_URL}/v1/blobs"
        )
        if request.content_type != JSON:
            raise UnsupportedMediaType("Send JSON, and say so: Content-Type: application/json.")
        limit = settings.CLOUDBOX_MAX_BLOB * 3 // 2 + settings.CLOUDBOX_MAX_JSON  # base64 is 4/3, with line breaks more
        size = min(announced_size(request) or 0, limit)
        with blob_room.taken(str(user_id), size, total=max(_ROOM, 4 * limit)):
            blob_id, data = blob_in(read_buffer(request, limit))
            blobs.store(by=self.caller, blob_id=blob_id, data=data)
        return json_answer({"message": "Blob stored successfully"}, 201)


class Blob(PlainView):
    """/v1/blobs/<id>"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Read a blob (as the data storage service does)",
            "responses": _answers(200, "The blob.", **_BLOB, data={**TEXT, "format": "byte"}),
        },
        "delete": {
            **BEARER,
            "summary": "Put a blob into the trash",
            "responses": _answers(200, "It is there, and its id is free again.", message=TEXT),
        },
    }

    def get(self, request: HttpRequest, blob: str) -> HttpResponseBase:
        self.must_be_signed_in()
        only(request.GET)
        opened = blobs.open_blob(by=self.asking, blob_id=blob)
        request.META.pop("HTTP_RANGE", None)  # nobody has a use for a part of JSON
        return send(request, as_json(opened.content, opened.id, opened.created_at))

    def delete(self, request: HttpRequest, blob: str) -> HttpResponse:
        only(request.GET)
        blobs.delete(by=self.caller, blob_id=blob)
        return json_answer({"message": "Blob deleted successfully"})
