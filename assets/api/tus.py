"""/uploads/: the tus protocol 1.0.0 for uploads that are resumed, and a list of those that are not finished."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

from accounts.plain import PlainView
from assets.api import tus_headers
from assets.api.asked import choice_in, only
from assets.api.tus_headers import BYTES, VERSION, ChecksumMismatch, Metadata, UnsupportedTusVersion
from assets.digests import Expected
from assets.parts import Said
from assets.placing import OnConflict
from assets.services import parts, resumable
from assets.services.content import Body
from assets.services.parts import Progress
from assets.services.resumable import Beginning, FileDigestMismatch
from cloudbox import strict_json
from cloudbox.errors import BadInput, DigestMismatch, PlanExpired, QuotaExceeded, Refusal, UnsupportedMediaType
from cloudbox.http import announced_size, body_chunks
from cloudbox.media_types import is_media_type
from cloudbox.pages import limit_of
from cloudbox.problems import problem_response

_OFFERED = {
    "Tus-Version": VERSION,
    "Tus-Extension": ",".join(tus_headers.EXTENSIONS),
    "Tus-Checksum-Algorithm": ",".join(tus_headers.CHECKSUMS),
    "Tus-Max-Size": str(resumable.MOST),
}
_OVERRIDE = "X-HTTP-Method-Override"
_OF_TUS = {"POST", "HEAD", "PATCH", "DELETE"}
_NEVER_OTHERS = {"GET", "HEAD", "PATCH", "DELETE"}


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    told = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": required, "schema": told, "description": description}


def _asked(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", **schema}, "description": description}


_RESUMABLE = _header("Tus-Resumable", "The version of the protocol.", required=True, enum=[VERSION])
_OFFSET = _header("Upload-Offset", "Where these bytes belong: the upload's end.", required=True)
_CHECKSUM = _header("Upload-Checksum", "An algorithm and the base64 of the digest of these bytes.")
_ON_CONFLICT = _asked("on_conflict", "What to do when the name is taken.", enum=["fail", "rename", "replace"])
_BODY: dict[str, Any] = {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
_NOTHING = {"description": "Done. `Upload-Offset` tells how far it has come, `X-CloudBox-File` the file it became."}
_UPLOAD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "folder": {"type": ["string", "null"], "format": "uuid"},
        "size": {"type": ["integer", "null"], "description": "Bytes; null while it is not known."},
        "offset": {"type": "integer", "description": "Bytes that have come."},
        "is_partial": {"type": "boolean", "description": "It waits to be concatenated with others."},
        "file": {"type": ["string", "null"], "format": "uuid", "description": "What it became, once it is finished."},
        "created_at": {"type": "string", "format": "date-time"},
        "expires_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
_PAGE = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": _UPLOAD}, "next": {"type": ["string", "null"]}},
}


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "So it is.", "content": {"application/json": {"schema": schema}}}}


class TusView(PlainView):
    """A view that speaks tus: its version is looked at first, and each answer names it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":  # it asks what the server can do, and that is no secret
            return HttpResponse(status=204, headers=_OFFERED)
        try:
            _check_version(request)
            response = super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            response = problem_response(_in_words_of_tus(refusal, request), request, status=_status_of(refusal))
            if isinstance(refusal, UnsupportedTusVersion):
                response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        return response


class Uploads(TusView):
    """/uploads/"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            "summary": "List the uploads that are not finished, the latest first",
            "tags": ["uploads"],
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                _asked("cursor", "The `next` of the page before."),
            ],
            "responses": _described(_PAGE),
        },
        "post": {
            "summary": "Begin an upload (tus 1.0.0: creation, creation-with-upload, concatenation)",
            "tags": ["uploads"],
            "parameters": [
                _RESUMABLE,
                _header("Upload-Length", "Bytes of the file."),
                _header("Upload-Defer-Length", "1 while nobody knows.", enum=["1"]),
                _header(
                    "Upload-Metadata", "Pairs of a key and base64: filename, filetype, folder, on_conflict, sha256."
                ),
                _header("Upload-Concat", "`partial`, or `final;` and the addresses of partial uploads."),
                _CHECKSUM,
                _asked("folder", "Where to; your root if it is not there.", format="uuid"),
                _ON_CONFLICT,
            ],
            "requestBody": _BODY,
            "responses": {"201": {"description": "It has begun. `Location` is its address."}},
        },
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = only(request.GET, "limit", "cursor")
        page = resumable.unfinished(by=self.caller, cursor=asked.get("cursor"), limit=limit_of(asked.get("limit")))
        return _json({"items": [_progress_json(one) for one in page.items], "next": page.next})

    def post(self, request: HttpRequest) -> HttpResponse:
        self.must_be_signed_in()
        if request.headers.get(_OVERRIDE):
            raise BadInput(_OVERRIDE, "Here a POST is a POST.")
        metadata = tus_headers.metadata_in(request.headers.get("Upload-Metadata", ""))
        concat = request.headers.get("Upload-Concat", "")
        upload_ids = tus_headers.joined_in(concat, request.path)
        if upload_ids is not None and self.caller.link_id:  # whose secret is in these addresses
            concat = f"final;{' '.join(map(str, upload_ids))}"
        said = _said(request, metadata, concat)
        name = metadata.get("filename", "name")
        if not name and not said.is_partial:
            raise BadInput("Upload-Metadata", "It must tell the filename.")
        beginning = Beginning(folder_id=self.folder_of(request, metadata), name=name, said=said)
        if upload_ids is None:
            size = tus_headers.length_in(request.headers)
            begun = resumable.start(by=self.caller, beginning=beginning, size=size, body=_first_body(request))
        else:
            if "Upload-Length" in request.headers:
                raise BadInput("Upload-Length", "It is that of the partial uploads.")
            begun = resumable.concatenate(by=self.caller, beginning=beginning, upload_ids=upload_ids)
        headers = {"Location": f"{request.path.rstrip('/')}/{begun.id}"}
        return HttpResponse(status=201, headers=headers | _standing(begun))

    def folder_of(self, request: HttpRequest, metadata: Metadata) -> UUID | None:
        """Return the folder that the file is to lie in, None for the caller's root."""
        told = only(request.GET, "folder", "on_conflict").get("folder") or metadata.get("folder")
        try:
            return UUID(told) if told else None
        except ValueError:
            raise BadInput("folder", "It is the id of a folder.") from None


class Upload(TusView):
    """/uploads/<id>"""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {
            "summary": "Show an upload, also when it is finished",
            "tags": ["uploads"],
            "responses": _described(_UPLOAD),
        },
        "head": {
            "summary": "Ask how far an upload has come (tus 1.0.0)",
            "tags": ["uploads"],
            "parameters": [_RESUMABLE],
            "responses": {"200": _NOTHING},
        },
        "patch": {
            "summary": "Go on with an upload (tus 1.0.0); with its last byte it becomes a file",
            "tags": ["uploads"],
            "parameters": [
                _RESUMABLE,
                _OFFSET,
                _header("Upload-Length", "Bytes of the file, once they are known."),
                _CHECKSUM,
                _ON_CONFLICT,
            ],
            "requestBody": _BODY,
            "responses": {"204": _NOTHING},
        },
        "post": {
            "summary": "PATCH or DELETE for those who can send neither",
            "tags": ["uploads"],
            "parameters": [
                _RESUMABLE,
                _header(_OVERRIDE, "What it is.", required=True, enum=["PATCH", "DELETE"]),
                _header("Upload-Offset", "Of a PATCH, where these bytes belong: the upload's end."),
                _CHECKSUM,
            ],
            "requestBody": _BODY,
            "responses": {"204": _NOTHING},
        },
        "delete": {
            "summary": "Give an upload up (tus 1.0.0)",
            "tags": ["uploads"],
            "parameters": [_RESUMABLE],
            "responses": {"204": {"description": "Its room is free again."}},
        },
    }

    def get(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        only(request.GET)
        return _json(_progress_json(parts.progress_of(by=self.caller, upload_id=upload_id)))

    def head(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        only(request.GET)
        return HttpResponse(headers=_standing(resumable.look_at(by=self.caller, upload_id=upload_id)))

    def patch(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        self.must_be_signed_in()
        offset = tus_headers.number_in(request.headers, "Upload-Offset")
        if offset is None:
            raise BadInput("Upload-Offset", "Say where these bytes belong.")
        progress = resumable.go_on(
            by=self.caller,
            upload_id=upload_id,
            offset=offset,
            body=_body(request, "Content-Digest", "Repr-Digest", "Content-MD5"),
            size=tus_headers.number_in(request.headers, "Upload-Length"),
            on_conflict=choice_in(only(request.GET, "on_conflict"), "on_conflict", list(OnConflict)),
        )
        return HttpResponse(status=204, headers=_standing(progress))

    def post(self, request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
        """Do what a POST says it is instead; nothing else may be said to be another method, for caches' sake."""
        method = request.headers.get(_OVERRIDE)
        if method == "PATCH":
            return self.patch(request, upload_id)
        if method == "DELETE":
            return self.delete(request, upload_id)
        raise BadInput(_OVERRIDE, "A POST to an upload is a PATCH or a DELETE.")

    def delete(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        self.must_be_signed_in()
        only(request.GET)
        parts.abort(by=self.caller, upload_id=upload_id)
        return HttpResponse(status=204)


def _check_version(request: HttpRequest) -> None:
    """Refuse another version of tus, and requests that say to be others; a GET is none of tus's."""
    if request.method in _OF_TUS and request.headers.get("Tus-Resumable") != VERSION:
        raise UnsupportedTusVersion(f"Send Tus-Resumable: {VERSION}.", versions=[VERSION])
    if request.method in _NEVER_OTHERS and request.headers.get(_OVERRIDE, request.method) != request.method:
        raise BadInput(_OVERRIDE, "Only a POST may be another method.")


def _in_words_of_tus(refusal: Refusal, request: HttpRequest) -> Refusal:
    is_of_bytes = isinstance(refusal, DigestMismatch) and not isinstance(refusal, FileDigestMismatch)
    if is_of_bytes and "Upload-Checksum" in request.headers:
        return ChecksumMismatch(algorithm=refusal.facts["algorithm"])
    return refusal


def _status_of(refusal: Refusal) -> int | None:
    """Return the status that clients of tus know for what we say otherwise: there is no room."""
    return QuotaExceeded.status if isinstance(refusal, PlanExpired) else None


def _said(request: HttpRequest, metadata: Metadata, concat: str) -> Said:
    asked = only(request.GET, "folder", "on_conflict").copy()
    if told := metadata.get("on_conflict"):
        asked.setdefault("on_conflict", told)
    content_type = metadata.get("filetype", "type")
    return Said(
        content_type=content_type if is_media_type(content_type) else "",
        on_conflict=choice_in(asked, "on_conflict", list(OnConflict)) or OnConflict.FAIL,
        metadata=metadata.text,
        digests=tus_headers.whole_digests(request.headers, metadata),
        is_partial=concat == "partial",
        concat="" if concat == "partial" else concat,
    )


def _first_body(request: HttpRequest) -> Body | None:
    """Return the bytes that come with the beginning of an upload, None when there are none."""
    return None if announced_size(request) == 0 else _body(request, "Content-Digest", "Content-MD5")


def _body(request: HttpRequest, *declaring: str) -> Body:
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != BYTES and (content_type or announced_size(request) != 0):
        raise UnsupportedMediaType(f"Send the bytes as {BYTES}.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput("Content-Encoding", "Send the file as it is.")
    digests = tus_headers.body_digests(request.headers, *declaring)
    return Body(body_chunks(request), Expected(announced_size(request), digests))


def _standing(progress: Progress) -> dict[str, str]:
    """Return what tus tells of an upload."""
    headers = {"Upload-Offset": str(progress.offset)}
    if progress.size is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(progress.size)
    if progress.metadata:
        headers["Upload-Metadata"] = progress.metadata
    if progress.is_partial or progress.concat:
        headers["Upload-Concat"] = progress.concat or "partial"
    if progress.expires_at:
        headers["Upload-Expires"] = http_date(progress.expires_at.timestamp())
    if progress.file_id:
        headers["X-CloudBox-File"] = str(progress.file_id)
    return headers


def _progress_json(progress: Progress) -> dict[str, Any]:
    return {
        "id": progress.id,
        "name": progress.name,
        "folder": progress.folder_id,
        "size": progress.size,
        "offset": progress.offset,
        "is_partial": progress.is_partial,
        "file": progress.file_id,
        "created_at": progress.created_at,
        "expires_at": progress.expires_at,
    }


def _json(answer: dict[str, Any]) -> HttpResponse:
    return HttpResponse(strict_json.dumps(answer), content_type="application/json")
