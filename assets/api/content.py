"""The bytes of files, in and out: plain Django views, for no byte passes through a parser."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.callers import Caller
from accounts.plain import PlainView
from assets.api.asked import on_conflict_in, only
from assets.api.render import asset_json
from assets.digests import Expected
from assets.placing import OnConflict
from assets.services import content
from assets.services.content import Body
from assets.shapes import AssetView
from cloudbox import strict_json
from cloudbox.errors import BadInput
from cloudbox.forms import Form, multipart_file
from cloudbox.http import announced_size, body_chunks, conditions_of, declared_digests, send

BYTES: dict[str, Any] = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_ASSET: dict[str, Any] = {
    "description": "The file.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AssetOut"}}},
}
DOWNLOAD: dict[str, Any] = {
    "tags": ["store"],
    "responses": {
        "200": {"description": "The bytes.", "content": {"*/*": {}}},
        "206": {"description": "A range of them.", "content": {"*/*": {}}},
        "302": {"description": "The bytes are there, for a while; where CLOUDBOX_S3_REDIRECT is on."},
        "304": {"description": "You have them already."},
        "416": {"description": "No byte lies in that range."},
    },
}
_ON_CONFLICT: dict[str, Any] = {
    "name": "on_conflict",
    "in": "query",
    "schema": {"type": "string", "enum": ["fail", "rename", "replace"]},
    "description": "What to do when the name is taken.",
}


class FileContent(PlainView):
    """/store/files/<id>/content: read it, or give the file a new version."""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {"summary": "Download a file", **DOWNLOAD},
        "put": {
            "summary": "Replace what a file contains",
            "tags": ["store"],
            "requestBody": {"required": True, **BYTES},
            "responses": {"200": _ASSET},
        },
    }

    def get(self, request: HttpRequest, file_id: UUID) -> HttpResponseBase:
        return send(request, content.open_file(by=self.asking, file_id=file_id), may_redirect=True)

    def put(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        self.must_be_signed_in()
        only(request.GET)
        view = content.replace_content(
            by=self.caller, file_id=file_id, body=raw_body(request), conditions=conditions_of(request)
        )
        return _answer(view, 200)


class FileView(PlainView):
    """/store/files/<id>/view/: the file in the browser, if its type is harmless."""

    openapi: ClassVar[dict[str, Any]] = {"get": {"summary": "Show a file in the browser", **DOWNLOAD}}

    def get(self, request: HttpRequest, file_id: UUID) -> HttpResponseBase:
        return send(request, content.open_file(by=self.asking, file_id=file_id, inline=True), may_redirect=True)


class FileVersion(PlainView):
    """/store/files/<id>/versions/<seq>/content: what the file contained then."""

    openapi: ClassVar[dict[str, Any]] = {"get": {"summary": "Download a version of a file", **DOWNLOAD}}

    def get(self, request: HttpRequest, file_id: UUID, seq: str) -> HttpResponseBase:
        return send(request, content.open_file(by=self.asking, file_id=file_id, seq=int(seq)), may_redirect=True)


class NamedFile(PlainView):
    """/store/folders/<id>/files/<name>: create the file, or replace what it contains."""

    openapi: ClassVar[dict[str, Any]] = {
        "put": {
            "summary": "Upload a file under a name",
            "description": "`If-None-Match: *` only creates, `If-Match` only replaces what the client saw. "
            "`on_conflict` is `replace` unless given.",
            "tags": ["store"],
            "parameters": [_ON_CONFLICT],
            "requestBody": {"required": True, **BYTES},
            "responses": {"200": _ASSET, "201": _ASSET},
        }
    }

    def put(self, request: HttpRequest, name: str, folder_id: UUID | None = None) -> HttpResponse:
        self.must_be_signed_in()
        view, is_new = content.store_file(
            by=self.asking,
            folder_id=folder_id,
            name=name,
            on_conflict=on_conflict_in(only(request.GET, "on_conflict"), OnConflict.REPLACE),
            body=raw_body(request),
            conditions=conditions_of(request),
        )
        return _answer(view, 201 if is_new else 200)


def upload_form(request: HttpRequest, *, by: Caller, folder_id: UUID | None) -> tuple[AssetView, bool]:
    """Store the file of a multipart form, the part called `file`; return it and whether it is new."""
    on_conflict = on_conflict_in(only(request.GET, "on_conflict"))
    content.check_may_add(by=by, folder_id=folder_id)  # before the form is looked at
    form = multipart_file(request)
    _refuse_texts(form)
    body = Body(_file_of(form), Expected(most=form.limit), form.content_type)
    return content.store_file(by=by, folder_id=folder_id, name=form.filename, body=body, on_conflict=on_conflict)


def _file_of(form: Form) -> Iterator[bytes]:
    yield from form.chunks
    _refuse_texts(form)  # those after the file are known only now


def _refuse_texts(form: Form) -> None:
    if form.fields:
        raise BadInput(next(iter(form.fields)), "The form has a file and nothing else.")


def raw_body(request: HttpRequest) -> Body:
    """Return the request's body, which is the file and nothing else."""
    if request.headers.get("Content-Range"):
        raise BadInput("Content-Range", "A part of a file is not taken here (RFC 9110 section 14.5).")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput("Content-Encoding", "Send the file as it is.")
    expected = Expected(announced_size(request), declared_digests(request).declared())
    return Body(body_chunks(request), expected, request.headers.get("Content-Type", ""))


def _answer(view: AssetView, status: int) -> HttpResponse:
    """Answer a PUT of content with the tag of that content, which its next `If-Match` must name."""
    return HttpResponse(
        strict_json.dumps(asset_json(view)),
        status=status,
        content_type="application/json",
        headers={"ETag": f'"{view.etag}"'},
    )
