"""/store/files/<id>/: what a file is called, where it is, which versions it has."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import Caller
from assets.api.asked import only
from assets.api.content import upload_form
from assets.api.door import Door
from assets.api.folders import IF_MATCH, ON_CONFLICT, PURGE, RenameIn, delete, rename
from assets.api.render import AssetOut, FileOut, VersionsOut, asset_json, file_json, revision_tag
from assets.services import pictures, versions
from assets.words import Kind
from cloudbox.pages import limit_of


class FormIn(serializers.Serializer[Any]):
    """A form with one file, in a part of this name. No parser reads it: its bytes go straight to the store."""

    file = serializers.FileField()


class File(Door):
    """/store/files/<id>/"""

    @extend_schema(summary="Read what a file is", tags=["store"], responses=FileOut)
    def get(self, request: Request, file_id: UUID) -> Response:
        view, preview = pictures.file_and_preview(by=self.caller, file_id=file_id)
        return Response(file_json(view, preview), headers=revision_tag(view))

    @extend_schema(summary="Rename a file", tags=["store"], request=RenameIn, parameters=[IF_MATCH], responses=AssetOut)
    def patch(self, request: Request, file_id: UUID) -> Response:
        return rename(request, by=self.caller, asset_id=file_id, kind=Kind.FILE)

    @extend_schema(
        summary="Put a file into the trash",
        tags=["store"],
        parameters=[IF_MATCH, PURGE],
        responses={204: None},
    )
    def delete(self, request: Request, file_id: UUID) -> Response:
        return delete(request, by=self.caller, asset_id=file_id, kind=Kind.FILE)


class FileOrUpload(File):
    """/store/files/<id>/, where the id of a folder takes a form with a file."""

    @extend_schema(
        summary="Upload a file in a form, into the folder with this id",
        tags=["store"],
        parameters=[ON_CONFLICT],
        request={"multipart/form-data": FormIn},
        responses={200: AssetOut, 201: AssetOut},
    )
    def post(self, request: Request, file_id: UUID) -> Response:
        return _uploaded(request, self.caller, file_id)


class Uploads(Door):
    """/store/files/: a form with a file, into the caller's root."""

    @extend_schema(
        summary="Upload a file in a form, into your root folder",
        tags=["store"],
        parameters=[ON_CONFLICT],
        request={"multipart/form-data": FormIn},
        responses={200: AssetOut, 201: AssetOut},
    )
    def post(self, request: Request) -> Response:
        return _uploaded(request, self.caller, None)


def _uploaded(request: Request, by: Caller, folder_id: UUID | None) -> Response:
    view, is_new = upload_form(request, by=by, folder_id=folder_id)
    return Response(asset_json(view), status=201 if is_new else 200, headers=revision_tag(view))


class FileVersions(Door):
    """/store/files/<id>/versions/"""

    @extend_schema(
        summary="List the versions of a file, newest first",
        tags=["store"],
        parameters=[OpenApiParameter("limit", int, description="1 to 200."), OpenApiParameter("cursor", str)],
        responses=VersionsOut,
    )
    def get(self, request: Request, file_id: UUID) -> Response:
        query = only(request.query_params, "limit", "cursor")
        limit = limit_of(query.get("limit"))
        page = versions.versions_of(by=self.caller, file_id=file_id, cursor=query.get("cursor"), limit=limit)
        return Response(VersionsOut(page).data)
