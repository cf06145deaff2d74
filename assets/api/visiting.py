"""/links/<token>/ and /links/<token>/unlock: a share link, for whoever has it."""

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import visitor_from
from assets.api import tus
from assets.api.asked import only
from assets.api.through import COOKIE, AnyoneByLink, OfLink, pass_in
from assets.api.tus_headers import Metadata
from assets.services import reports, visiting
from cloudbox.serializers import StrictSerializer


class OpenedOut(serializers.Serializer[Any]):
    """Until a link with a password is unlocked, everything but `needs_password` is null."""

    needs_password = serializers.BooleanField(help_text="Whether it has one, also once you have shown a pass.")
    role = serializers.ChoiceField(["viewer", "editor", "add"], allow_null=True)
    asset = serializers.UUIDField(allow_null=True)
    kind = serializers.ChoiceField(["folder", "file"], allow_null=True)
    name = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes, of a file.")
    content_type = serializers.CharField(allow_null=True)
    owner = serializers.CharField(allow_null=True, help_text="The username of whose it is.")
    maker = serializers.CharField(allow_null=True, help_text="The username of who shares it.")
    expires_at = serializers.DateTimeField(allow_null=True)
    downloads_left = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")


class UnlockIn(StrictSerializer):
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class UnlockedOut(serializers.Serializer[Any]):
    link_pass = serializers.CharField(help_text="Send it as `X-CloudBox-Link-Pass`; a browser has it as a cookie.")
    expires_in = serializers.IntegerField(help_text="Seconds.")


class ReportIn(StrictSerializer):
    reason = serializers.ChoiceField(reports.REASONS)
    details = serializers.CharField(
        max_length=reports.LONGEST_DETAILS, required=False, allow_blank=True, help_text="Needed for `other`."
    )
    reporter = serializers.EmailField(
        required=False, allow_blank=True, help_text="Your mail address, if you want to hear what becomes of it."
    )


class UploadsByLink(tus.Uploads):
    """/links/<token>/uploads/: into the link's folder, unless another below is named. Nobody sees others' uploads."""

    http_method_names = ["post", "options"]
    openapi: ClassVar[dict[str, Any]] = {"post": tus.Uploads.openapi["post"]}

    def folder_of(self, request: HttpRequest, metadata: Metadata) -> UUID | None:
        limits = self.caller.limits
        return super().folder_of(request, metadata) or (limits.folder_id if limits else None)


class _LinkDoor(OfLink, APIView):
    """A view that looks at the link itself; the service says whether it counts."""

    authentication_classes = ()
    permission_classes = (AnyoneByLink,)

    def token(self) -> str:
        return str(self._http().link_token)  # type: ignore[attr-defined]  # ours

    def _http(self) -> HttpRequest:
        return self.request._request  # noqa: SLF001 - Django's own request beneath the framework's


class LinkItself(_LinkDoor):
    """/links/<token>/"""

    @extend_schema(summary="Read what a link opens", tags=["links"], responses=OpenedOut)
    def get(self, request: Request) -> Response:
        only(request.query_params)
        found = asdict(visiting.opened(self.token(), pass_in(self._http()), visitor_from(request)))
        return Response({"asset" if name == "asset_id" else name: value for name, value in found.items()})


class Unlock(_LinkDoor):
    """/links/<token>/unlock"""

    @extend_schema(
        summary="Open a link that asks for a password", tags=["links"], request=UnlockIn, responses=UnlockedOut
    )
    def post(self, request: Request) -> Response:
        only(request.query_params)
        asked = UnlockIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = visiting.unlock(self.token(), asked.validated_data["password"], visitor_from(request))
        response = Response({"link_pass": given, "expires_in": visiting.PASS_LASTS})
        response.set_cookie(
            COOKIE,
            given,
            max_age=visiting.PASS_LASTS,
            path=f"/api/v1/links/{self.token()}/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
        return response


class Report(_LinkDoor):
    """/links/<token>/report"""

    @extend_schema(summary="Report what a link shows as abuse", tags=["links"], request=ReportIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """The staff of the server decide. To report it again while they have not changes nothing."""
        only(request.query_params)
        asked = ReportIn(data=request.data)
        asked.is_valid(raise_exception=True)
        reports.report(
            token=self.token(),
            given_pass=pass_in(self._http()),
            visitor=visitor_from(request),
            **asked.validated_data,
        )
        return Response(status=204)
