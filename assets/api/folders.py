"""/store/folders/: folders by id; without an id, the caller's root."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import Caller
from assets.api.asked import choice_in, on_conflict_in, only, tags_in
from assets.api.door import Door
from assets.api.render import AssetOut, AssetPageOut, asset_json, page_json, revision_tag
from assets.services import trash, tree
from assets.words import Kind
from cloudbox.pages import limit_of
from cloudbox.serializers import StrictSerializer
from jobs.repeats import idempotent

ON_CONFLICT = OpenApiParameter(
    "on_conflict", str, enum=["fail", "rename", "replace"], description="What to do when the name is taken."
)
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The revision that you have seen.")


PURGE = OpenApiParameter("purge", str, enum=["0", "1"], description="1: delete it for good.")


class NewFolderIn(StrictSerializer):
    name = serializers.CharField(max_length=1024, trim_whitespace=False)
    any_one_access = serializers.ChoiceField(["restricted", "viewer", "editor"], required=False)


class RenameIn(StrictSerializer):
    name = serializers.CharField(max_length=1024, trim_whitespace=False)


def rename(request: Request, *, by: Caller, asset_id: UUID | None, kind: Kind) -> Response:
    """Answer a PATCH that gives an asset another name."""
    asked = RenameIn(data=request.data)
    asked.is_valid(raise_exception=True)
    view = tree.rename(by=by, asset_id=asset_id, kind=kind, tags=tags_in(request.headers), **asked.validated_data)
    return Response(asset_json(view), headers=revision_tag(view))


def delete(request: Request, *, by: Caller, asset_id: UUID, kind: Kind) -> Response:
    """Answer a DELETE: into the trash, or gone for good with `?purge=1`."""
    purges = choice_in(only(request.query_params, "purge"), "purge", ["0", "1"]) == "1"
    remove = trash.purge if purges else trash.trash
    remove(by=by, asset_id=asset_id, kind=kind, tags=tags_in(request.headers))
    return Response(status=204)


class Folders(Door):
    """/store/folders/ and /store/folders/<id>/"""

    @extend_schema(summary="Read a folder", tags=["store"], responses=AssetOut)
    def get(self, request: Request, folder_id: UUID | None = None) -> Response:
        view = tree.get(by=self.caller, asset_id=folder_id, kind=Kind.FOLDER)
        return Response(asset_json(view), headers=revision_tag(view))

    @extend_schema(
        summary="Make a folder below",
        tags=["store"],
        request=NewFolderIn,
        parameters=[ON_CONFLICT],
        responses={201: AssetOut},
    )
    @idempotent
    def post(self, request: Request, folder_id: UUID | None = None) -> Response:
        asked = NewFolderIn(data=request.data)
        asked.is_valid(raise_exception=True)
        on_conflict = on_conflict_in(only(request.query_params, "on_conflict"))
        view = tree.make_folder(by=self.caller, parent_id=folder_id, on_conflict=on_conflict, **asked.validated_data)
        return Response(asset_json(view), status=201, headers=revision_tag(view))

    @extend_schema(
        summary="Rename a folder", tags=["store"], request=RenameIn, parameters=[IF_MATCH], responses=AssetOut
    )
    def patch(self, request: Request, folder_id: UUID | None = None) -> Response:
        return rename(request, by=self.caller, asset_id=folder_id, kind=Kind.FOLDER)


class Folder(Folders):
    """/store/folders/<id>/"""

    @extend_schema(
        summary="Put a folder into the trash",
        tags=["store"],
        parameters=[IF_MATCH, PURGE],
        responses={204: None},
    )
    def delete(self, request: Request, folder_id: UUID) -> Response:
        return delete(request, by=self.caller, asset_id=folder_id, kind=Kind.FOLDER)


class FolderContent(Door):
    """/store/folders/content/ and /store/folders/<id>/content/"""

    @extend_schema(
        summary="List what a folder contains",
        tags=["store"],
        parameters=[
            OpenApiParameter("limit", int, description="1 to 200."),
            OpenApiParameter("cursor", str),
            OpenApiParameter(
                "sort", str, enum=[f"{sign}{name}" for sign in ("", "-") for name in ("name", "modified", "size")]
            ),
            OpenApiParameter("kind", str, enum=["folder", "file"]),
            OpenApiParameter("name", str, description="Only what is called exactly so."),
        ],
        responses=AssetPageOut,
    )
    def get(self, request: Request, folder_id: UUID | None = None) -> Response:
        """Folders first; each half in the order of `sort`."""
        query = only(request.query_params, "limit", "cursor", "sort", "kind", "name")
        page = tree.content_of(
            by=self.caller,
            folder_id=folder_id,
            sort=query.get("sort", "name"),
            kind=choice_in(query, "kind", list(Kind)),
            name=query.get("name"),
            cursor=query.get("cursor"),
            limit=limit_of(query.get("limit")),
        )
        return Response(page_json(page))
