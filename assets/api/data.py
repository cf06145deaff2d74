"""/data: files by an identifier of one's own, with metadata, as min-object-storage has them."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.plain import PlainView
from assets.api.asked import only
from assets.api.dialect import BEARER, PAGE, TEXT, answers_of, json_answer, refusal_of
from assets.digests import Expected
from assets.services import objects
from assets.services.content import Body
from cloudbox.dialects import OBJECTS
from cloudbox.forms import multipart_file
from cloudbox.http import send
from cloudbox.pages import limit_of

_answers = answers_of(OBJECTS)


class Objects(PlainView):
    """/data/file"""

    openapi: ClassVar[dict[str, Any]] = {
        "post": {
            **BEARER,
            "summary": "Store an object (as min-object-storage does)",
            "description": "Other fields of the form are its metadata; none may be there twice.",
            "requestBody": {
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file", "file_identifier"],
                            "properties": {
                                "file": {**TEXT, "format": "binary"},
                                "file_identifier": {**TEXT, "minLength": 1, "maxLength": 255},
                            },
                            "additionalProperties": TEXT,
                        }
                    }
                },
            },
            "responses": _answers(201, "Stored.", message=TEXT),
        }
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.right_call = (  # type: ignore[attr-defined]  # for cloudbox.dialects
            "curl -F file_identifier=my-photo -F file=@photo.jpg -H 'Authorization: Bearer TOKEN' "
            f"{settings.CLOUDBOX_URL}/data/file"
        )
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        self.caller.must_be_signed_in()
        only(request.GET)
        form = multipart_file(request, missing="No file part")
        body = Body(form.chunks, Expected(most=form.limit), form.content_type)
        objects.store(by=self.caller, filename=form.filename, fields=form.fields, body=body)
        return json_answer({"message": "File uploaded successfully"}, 201)


class Object(PlainView):
    """/data/file/<identifier>"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            "tags": ["ancestors"],
            "summary": "Download an object (as min-object-storage does)",
            "responses": {
                "200": {"description": "The bytes.", "content": {"*/*": {}}},
                "206": {"description": "A range of them.", "content": {"*/*": {}}},
                "304": {"description": "You have them already."},
                "default": refusal_of(OBJECTS),
            },
        },
        "delete": {
            **BEARER,
            "summary": "Put an object into the trash",
            "responses": _answers(200, "It is there, and its identifier is free again.", message=TEXT),
        },
    }

    def get(self, request: HttpRequest, identifier: str) -> HttpResponseBase:
        only(request.GET)
        return send(request, objects.open_object(by=self.asking, identifier=identifier), may_redirect=True)

    def delete(self, request: HttpRequest, identifier: str) -> HttpResponse:
        self.caller.must_be_signed_in()
        only(request.GET)
        objects.delete(by=self.caller, identifier=identifier)
        return json_answer({"message": "File deleted"})


class Metadata(PlainView):
    """/data/metadata/<identifier>"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            "tags": ["ancestors"],
            "summary": "Read the metadata of an object (as min-object-storage does)",
            "responses": _answers(200, "All of them, as texts.", file_identifier=TEXT, filename=TEXT, owner=TEXT),
        }
    }

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        only(request.GET)
        return json_answer(objects.metadata_of(by=self.caller, identifier=identifier))


class MyObjects(PlainView):
    """/data/user_file"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "List the identifiers of your objects (as min-object-storage does)",
            "description": f"Up to {objects.MOST_LISTED}, or as many as `limit` says; with `next` if there are more.",
            "parameters": PAGE,
            "responses": _answers(
                200, "In the order of their bytes.", file_identifiers={"type": "array", "items": TEXT}
            ),
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        query = only(request.GET, "limit", "cursor")
        limit = limit_of(query.get("limit"), default=objects.MOST_LISTED)
        page = objects.mine(by=self.caller, cursor=query.get("cursor"), limit=limit)
        return json_answer({"file_identifiers": page.items} | ({"next": page.next} if page.next else {}))


class Identity(PlainView):
    """/data/get_identity"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Read who you are (as min-object-storage does)",
            "responses": {
                "200": {"description": "A line.", "content": {"text/plain": {}}},
                "default": refusal_of(OBJECTS),
            },
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        only(request.GET)
        self.caller.must_be_signed_in()
        return HttpResponse(f"Logged in as {self.caller.username}", "text/plain; charset=utf-8")
