"""/api/v1/file/…: one's own tree by paths, as the general storage system has it, and what Hive Node added to it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase

from accounts.plain import PlainView
from assets.api.asked import choice_in, only
from assets.api.content import raw_body
from assets.api.dialect import BEARER, JSON, PAGE, TEXT, answers_of, json_answer, refusal_of
from assets.digests import Expected
from assets.services import paths
from assets.services.content import Body
from assets.shapes import AssetView
from cloudbox import strict_json
from cloudbox.dialects import PATHS
from cloudbox.errors import BadInput, UnsupportedMediaType
from cloudbox.forms import multipart_file
from cloudbox.http import send
from cloudbox.pages import limit_of
from jobs.services import JobInfo

_answers = answers_of(PATHS)
_OK: dict[str, Any] = {"_status": {"type": "string", "enum": ["OK"]}}
_DONE = _answers(200, "Done.", **_OK)
_NAMES = ("path", "filename", "file_name", "file")  # as its clients call a path, each in its own calls
_ITEM = {
    "type": {"type": "string", "enum": ["file", "folder"]},
    "name": TEXT,
    "size": {"type": "integer", "description": "Bytes."},
    "last_modify": {"type": "number", "description": "Seconds since 1970."},
}


def _in_query(name: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": TEXT}


def _of_json(*needed: str, **optional: Any) -> dict[str, Any]:
    properties = dict.fromkeys(needed, TEXT) | optional
    schema = {"type": "object", "required": list(needed), "properties": properties}
    return {"required": True, "content": {JSON: {"schema": schema}}}


class _Door(PlainView):
    """A call of this dialect. `shown` is how one types it, after curl and the header with the token."""

    shown: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        shown = self.shown.format(f"{settings.CLOUDBOX_URL}/api/v1/file")
        request.right_call = f"curl -H 'If-Match: token JWT_TOKEN' {shown}"  # type: ignore[attr-defined]  # for cloudbox.dialects
        return super().dispatch(request, *args, **kwargs)

    def asked(self, request: HttpRequest) -> Mapping[str, Any]:
        """Return the fields of a JSON body. Raises NotAuthenticated first, so that nobody else is read."""
        self.caller.must_be_signed_in()
        only(request.GET)
        if request.content_type != JSON:
            raise UnsupportedMediaType("parameter is not application/json.")
        fields = strict_json.body_of(request)
        if not isinstance(fields, dict):
            raise BadInput("body", "The body must be a JSON object.")
        return fields

    def query(self, request: HttpRequest, *known: str) -> QueryDict:
        self.caller.must_be_signed_in()
        return only(request.GET, *known)


class Upload(_Door):
    """/file/upload/<path>"""

    shown = "--data-binary @test.txt {0}/upload/test.txt (or -T test.txt in place of --data-binary @test.txt)"
    openapi: ClassVar[dict[str, Any]] = {
        method: {
            **BEARER,
            "summary": f"Upload a file to a path, {how}",
            "description": "Folders that are missing are made; a file that is there gets a new version.",
            "requestBody": {"required": False, "content": content},  # without one it is an empty file
            "responses": _DONE,
        }
        for method, how, content in (
            ("put", "as it is", {"application/octet-stream": {"schema": {**TEXT, "format": "binary"}}}),
            (
                "post",
                "as it is or in a form (as the general storage system does)",
                {
                    "application/octet-stream": {"schema": {**TEXT, "format": "binary"}},
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "properties": {"file": {**TEXT, "format": "binary"}},
                        }
                    },
                },
            ),
        )
    }

    def post(self, request: HttpRequest, path: str = "") -> HttpResponse:
        self.query(request)
        if request.content_type != "multipart/form-data":
            return self.put(request, path)
        form = multipart_file(request)
        return self._stored(path, Body(form.chunks, Expected(most=form.limit), form.content_type))

    def put(self, request: HttpRequest, path: str = "") -> HttpResponse:
        self.query(request)
        return self._stored(path, raw_body(request))

    def _stored(self, path: str, body: Body) -> HttpResponse:
        if not path:
            raise BadInput("path", "file name is null")
        view = paths.upload(by=self.caller, path=path, body=body)
        answer = json_answer({"_status": "OK"})
        answer.headers["ETag"] = f'"{view.etag}"'
        return answer


class Download(_Door):
    """/file/download?path="""

    shown = "'{0}/download?path=test.txt'"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Download a file by its path (as the general storage system does)",
            "parameters": [_in_query("path", required=True)],
            "responses": {
                "200": {"description": "The bytes.", "content": {"*/*": {}}},
                "206": {"description": "A range of them.", "content": {"*/*": {}}},
                "304": {"description": "You have them already."},
                "default": refusal_of(PATHS),
            },
        }
    }

    def get(self, request: HttpRequest) -> HttpResponseBase:
        path = _needed(self.query(request, "path"), "path")
        return send(request, paths.open_file(by=self.asking, path=path), may_redirect=True)


class List(_Door):
    """/file/list"""

    shown = "{0}/list"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "List the names in a folder (as the general storage system does)",
            "description": f"Of your root without `path`. Up to {paths.MOST_LISTED}, or as many as `limit` says; "
            "with `next` if there are more. With `detail=1` also what they are.",
            "parameters": [_in_query("path"), {**_in_query("detail"), "schema": {**TEXT, "enum": ["0", "1"]}}, *PAGE],
            "responses": _answers(
                200,
                "The files, and apart from them the folders.",
                **_OK,
                files={"type": "array", "items": TEXT},
                folders={"type": "array", "items": TEXT},
            ),
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        query = self.query(request, "path", "detail", "limit", "cursor")
        limit = limit_of(query.get("limit"), default=paths.MOST_LISTED)
        page = paths.content_of(by=self.caller, path=query.get("path", ""), cursor=query.get("cursor"), limit=limit)
        answer: dict[str, Any] = {
            "_status": "OK",
            "files": [view.name for view in page.items if view.kind == "file"],
            "folders": [view.name for view in page.items if view.kind == "folder"],
        }
        if choice_in(query, "detail", ["0", "1"]) == "1":
            answer["file_info_list"] = [_item(view) for view in page.items]
        if page.next:
            answer["next"] = page.next
        return json_answer(answer)


class Folder(_Door):
    """/file/folder"""

    shown = "-H 'Content-Type: application/json' -d '{{\"path\": \"letters/2026\"}}' {0}/folder"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "List what a folder contains",
            "parameters": [_in_query("path"), *PAGE],
            "responses": _answers(
                200,
                "Folders first.",
                **_OK,
                file_info_list={"type": "array", "items": {"type": "object", "properties": _ITEM}},
            ),
        },
        "post": {
            **BEARER,
            "summary": "Make a folder, and those above it",
            "requestBody": _of_json("path"),
            "responses": _answers(200, "It is there.", **_OK, existing={"type": "boolean"}),
        },
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        query = self.query(request, "path", "limit", "cursor")
        limit = limit_of(query.get("limit"), default=paths.MOST_LISTED)
        page = paths.content_of(by=self.caller, path=query.get("path", ""), cursor=query.get("cursor"), limit=limit)
        found = {"_status": "OK", "file_info_list": [_item(view) for view in page.items]}
        return json_answer(found | ({"next": page.next} if page.next else {}))

    def post(self, request: HttpRequest) -> HttpResponse:
        is_new = paths.make_folder(by=self.caller, path=_needed(self.asked(request), "path"))
        return json_answer({"_status": "OK", "existing": not is_new})


class Information(_Door):
    """/file/information"""

    shown = "'{0}/information?filename=test.txt'"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Read how long a file is (as the general storage system does)",
            "description": "Without a name: what you store and may store, in bytes.",
            "parameters": [_in_query("filename"), _in_query("path")],
            "responses": _answers(200, "Of a file `file` and `size`, else the sums.", **_OK),
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        query = self.query(request, "filename", "path")
        path = query.get("filename") or query.get("path")
        if not path:
            return json_answer({"_status": "OK"} | paths.space_of(by=self.caller)._asdict())
        view = paths.get(by=self.caller, path=path)
        return json_answer({"_status": "OK", "file": path, "size": view.size})


class Properties(_Door):
    """/file/properties"""

    shown = "'{0}/properties?path=test.txt'"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Read what lies at a path",
            "parameters": [_in_query("path", required=True)],
            "responses": _answers(200, "It.", **_OK, **_ITEM),
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        view = paths.get(by=self.caller, path=_needed(self.query(request, "path"), "path"))
        return json_answer({"_status": "OK", **_item(view)})


class Hash(_Door):
    """/file/hash"""

    shown = "'{0}/hash?path=test.txt'"
    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            **BEARER,
            "summary": "Read the SHA-256 of a file",
            "parameters": [_in_query("path", required=True)],
            "responses": _answers(200, "In hex.", **_OK, SHA256=TEXT),
        }
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        path = _needed(self.query(request, "path"), "path")
        return json_answer({"_status": "OK", "SHA256": paths.sha256_of(by=self.caller, path=path)})


class Delete(_Door):
    """/file/delete"""

    shown = "-H 'Content-Type: application/json' -d '{{\"file\": \"test.txt\"}}' {0}/delete"
    openapi: ClassVar[dict[str, Any]] = {
        "post": {
            **BEARER,
            "summary": "Put a file or folder into the trash (as the general storage system does)",
            "requestBody": _of_json("file", file_name=TEXT, path=TEXT),
            "responses": _DONE,
        }
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = self.asked(request)
        name = next((name for name in _NAMES if fields.get(name)), "file")
        paths.delete(by=self.caller, path=_needed(fields, name), field=name)
        return json_answer({"_status": "OK"})


class Move(_Door):
    """/file/move"""

    shown = '-H \'Content-Type: application/json\' -d \'{{"src_path": "a.txt", "dst_path": "b/a.txt"}}\' {0}/move'
    openapi: ClassVar[dict[str, Any]] = {
        "post": {
            **BEARER,
            "summary": "Move a file or folder to another path",
            "description": "Folders that are missing are made. 405 says that something is there already.",
            "requestBody": _of_json("src_path", "dst_path"),
            "responses": _DONE,
        }
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        source, destination = _two(self.asked(request))
        paths.move(by=self.caller, source=source, destination=destination)
        return json_answer({"_status": "OK"})


class Copy(_Door):
    """/file/copy"""

    shown = Move.shown.replace("/move", "/copy")
    openapi: ClassVar[dict[str, Any]] = {
        "post": {
            **Move.openapi["post"],
            "summary": "Copy a file or folder to another path",
            "responses": {
                **_DONE,
                **_answers(202, "It is large: this job does it.", **_OK, job={**TEXT, "format": "uuid"}),
            },
        }
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        source, destination = _two(self.asked(request))
        made = paths.copy(by=self.caller, source=source, destination=destination)
        if isinstance(made, JobInfo):
            return json_answer({"_status": "OK", "job": str(made.id)}, 202)
        return json_answer({"_status": "OK"})


def _item(view: AssetView) -> dict[str, Any]:
    modified = round(view.modified_at.timestamp(), 3)
    return {"type": view.kind, "name": view.name, "size": view.size, "last_modify": modified}


def _two(fields: Mapping[str, Any]) -> tuple[str, str]:
    return _needed(fields, "src_path"), _needed(fields, "dst_path")


def _needed(fields: Mapping[str, Any], name: str) -> str:
    """Return the text under a name. Raises BadInput."""
    value = fields.get(name)
    if value is None or value == "":
        raise BadInput(name, f"{name} is null")
    if not isinstance(value, str):
        raise BadInput(name, f"The {name} must be a text.")
    return value
