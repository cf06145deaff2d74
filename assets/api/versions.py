"""/store/files/<id>/versions/<seq>/ and /store/folders/<id>/retention/: what files contained before, and how long."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import only, tags_in
from assets.api.door import Door
from assets.api.folders import IF_MATCH
from assets.api.render import AssetOut, asset_json, revision_tag
from assets.services import versions
from assets.services.versions import MOST_DAYS, MOST_KEPT
from cloudbox.serializers import StrictSerializer

_KEPT = "How many versions of a file are kept, the current one among them; null: as the folder above says."
_DAYS = "For how many days after a newer one replaced it a version is kept; null: as the folder above says."


class RetentionIn(StrictSerializer):
    versions_kept = serializers.IntegerField(allow_null=True, min_value=1, max_value=MOST_KEPT, help_text=_KEPT)
    versions_days = serializers.IntegerField(allow_null=True, min_value=1, max_value=MOST_DAYS, help_text=_DAYS)


class RetentionOut(serializers.Serializer[Any]):
    versions_kept = serializers.IntegerField(allow_null=True, help_text=_KEPT)
    versions_days = serializers.IntegerField(allow_null=True, help_text=_DAYS)
    kept = serializers.IntegerField(help_text="What holds for the folder.")
    days = serializers.IntegerField(help_text="What holds for the folder.")


class FileVersion(Door):
    """/store/files/<id>/versions/<seq>/"""

    @extend_schema(summary="Delete an old version of a file for good", tags=["store"], responses={204: None})
    def delete(self, request: Request, file_id: UUID, seq: str) -> Response:
        only(request.query_params)
        versions.delete(by=self.caller, file_id=file_id, seq=int(seq))
        return Response(status=204)


class RestoreVersion(Door):
    """/store/files/<id>/versions/<seq>/restore"""

    @extend_schema(
        summary="Let a file contain again what it contained in an old version",
        tags=["store"],
        request=None,
        parameters=[IF_MATCH],
        responses=AssetOut,
    )
    def post(self, request: Request, file_id: UUID, seq: str) -> Response:
        """It becomes a new version, charged in full; no byte is copied."""
        only(request.query_params)
        view = versions.restore(by=self.caller, file_id=file_id, seq=int(seq), tags=tags_in(request.headers))
        return Response(asset_json(view), headers=revision_tag(view))


class Retention(Door):
    """/store/folders/<id>/retention/, and without an id that of the caller's root."""

    @extend_schema(summary="Read how long old versions in a folder are kept", tags=["store"], responses=RetentionOut)
    def get(self, request: Request, folder_id: UUID | None = None) -> Response:
        only(request.query_params)
        return Response(asdict(versions.retention_of(by=self.caller, folder_id=folder_id)))

    @extend_schema(
        summary="Say how long old versions in a folder are kept",
        tags=["store"],
        request=RetentionIn,
        parameters=[IF_MATCH],
        responses=RetentionOut,
    )
    def put(self, request: Request, folder_id: UUID | None = None) -> Response:
        only(request.query_params)
        asked = RetentionIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said = versions.set_retention(
            by=self.caller, folder_id=folder_id, tags=tags_in(request.headers), **asked.validated_data
        )
        return Response(asdict(said))
