"""/store/presign and /presigned/<token>: addresses for programs, of one download or one upload."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import Caller
from accounts.credentials import visitor_of
from accounts.plain import PlainView
from assets.api.asked import only
from assets.api.content import BYTES, DOWNLOAD, raw_body
from assets.api.door import Door
from assets.api.through import UNTOLD
from assets.placing import OnConflict
from assets.services import presigned
from assets.services.presigned import UploadWish
from cloudbox import strict_json
from cloudbox.errors import BadInput
from cloudbox.http import send
from cloudbox.serializers import StrictSerializer

_STORED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "size": {"type": "integer", "description": "Bytes."},
        "content_type": {"type": "string"},
        "sha256": {"type": "string", "description": "Hex."},
        "etag": {"type": "string"},
    },
}


class PresignUploadIn(StrictSerializer):
    folder = serializers.UUIDField()
    name = serializers.CharField(max_length=1024, trim_whitespace=False)
    max_bytes = serializers.IntegerField(min_value=0, max_value=presigned.MOST_BYTES)
    content_type = serializers.CharField(
        max_length=255, required=False, help_text="Of the file, whatever its upload says."
    )
    on_conflict = serializers.ChoiceField(["fail", "rename", "replace"], default="fail")


class PresignIn(StrictSerializer):
    download = serializers.UUIDField(required=False, help_text="A file.")
    upload = PresignUploadIn(required=False)
    expires_in = serializers.IntegerField(
        default=3600, min_value=1, max_value=presigned.LONGEST, help_text="Seconds, to 7 days."
    )


class PresignedOut(serializers.Serializer[Any]):
    url = serializers.CharField()
    method = serializers.ChoiceField(["GET", "PUT"])
    expires_at = serializers.DateTimeField()


class Presign(Door):
    """/store/presign"""

    @extend_schema(
        summary="Sign an address of one download or one upload",
        tags=["store"],
        request=PresignIn,
        responses=PresignedOut,
    )
    def post(self, request: Request) -> Response:
        """Either `download` or `upload`. It does what you may do when it is used, and needs no token."""
        only(request.query_params)
        asked = PresignIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        if ("download" in said) is ("upload" in said):
            raise BadInput("download", "Give either download or upload.")
        expires_in = said["expires_in"]
        if "download" in said:
            made = presigned.for_download(by=self.caller, file_id=said["download"], expires_in=expires_in)
        else:
            made = presigned.for_upload(by=self.caller, wish=_wish(said["upload"]), expires_in=expires_in)
        return Response({"url": made.url, "method": made.method, "expires_at": made.expires_at})


def _wish(said: dict[str, Any]) -> UploadWish:
    return UploadWish(
        folder_id=said["folder"],
        name=said["name"],
        max_bytes=said["max_bytes"],
        content_type=said.get("content_type", ""),
        on_conflict=OnConflict(said["on_conflict"]),
    )


class Presigned(PlainView):
    """/presigned/<token>: the address says what it is for, and whose."""

    openapi: ClassVar[dict[str, Any]] = {
        "get": {"summary": "Download what an address was signed for", "security": [{}], **DOWNLOAD},
        "put": {
            "summary": "Upload the one file that an address was signed for",
            "tags": ["store"],
            "security": [{}],
            "requestBody": {"required": True, **BYTES},
            "responses": {
                "201": {"description": "It is stored.", "content": {"application/json": {"schema": _STORED}}}
            },
        },
    }

    def who_asks(self, request: HttpRequest) -> Caller:
        return visitor_of(request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.untold = UNTOLD  # type: ignore[attr-defined]  # ours
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        return send(request, presigned.download(token, self.caller), may_redirect=True)

    def put(self, request: HttpRequest, token: str) -> HttpResponse:
        only(request.GET)
        view = presigned.upload(token, self.caller, raw_body(request))
        told = {name: getattr(view, name) for name in _STORED["properties"]}
        return HttpResponse(strict_json.dumps(told), status=201, content_type="application/json")
