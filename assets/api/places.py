"""/store/assets/<id>/move and /store/trash/: from one place to another, and back from the trash."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import on_conflict_in, only, tags_in
from assets.api.door import Door
from assets.api.folders import IF_MATCH, ON_CONFLICT
from assets.api.render import AssetOut, PersonOut, asset_json, revision_tag
from assets.services import trash, tree
from assets.shapes import AssetView
from cloudbox.pages import limit_of
from cloudbox.serializers import StrictSerializer


class MoveIn(StrictSerializer):
    folder = serializers.UUIDField(help_text="Where to.")
    name = serializers.CharField(max_length=1024, trim_whitespace=False, required=False)


class EmptiedOut(serializers.Serializer[object]):
    purged = serializers.IntegerField(help_text="How many things were in the trash.")


class RestoreIn(StrictSerializer):
    folder = serializers.UUIDField(required=False, help_text="Where to, if not to where it was.")


class TrashedOut(AssetOut):
    trashed_by = PersonOut(allow_null=True)
    purge_at = serializers.DateTimeField(help_text="When it goes for good by itself.")


class TrashPageOut(serializers.Serializer[Any]):
    items = TrashedOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor` for the next page.")


def _trashed_json(view: AssetView) -> dict[str, Any]:
    by = view.trashed_by
    return {**asset_json(view), "trashed_by": by and by._asdict(), "purge_at": view.purge_at}


class Move(Door):
    """/store/assets/<id>/move"""

    @extend_schema(
        summary="Move an asset into another folder",
        tags=["store"],
        request=MoveIn,
        parameters=[IF_MATCH, ON_CONFLICT],
        responses=AssetOut,
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        asked = MoveIn(data=request.data)
        asked.is_valid(raise_exception=True)
        view = tree.move(
            by=self.caller,
            asset_id=asset_id,
            folder_id=asked.validated_data["folder"],
            name=asked.validated_data.get("name"),
            on_conflict=on_conflict_in(only(request.query_params, "on_conflict")),
            tags=tags_in(request.headers),
        )
        return Response(asset_json(view), headers=revision_tag(view))


class Trash(Door):
    """/store/trash/"""

    @extend_schema(
        summary="List your trash, the latest first",
        tags=["store"],
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=TrashPageOut,
    )
    def get(self, request: Request) -> Response:
        query = only(request.query_params, "limit", "cursor")
        page = trash.trash_page(by=self.caller, cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response({"items": [_trashed_json(view) for view in page.items], "next": page.next})

    @extend_schema(summary="Empty your trash", tags=["store"], responses={200: EmptiedOut})
    def delete(self, request: Request) -> Response:
        return Response({"purged": trash.empty_trash(by=self.caller)})


class Trashed(Door):
    """/store/trash/<id>/"""

    @extend_schema(summary="Delete something in the trash for good", tags=["store"], responses={204: None})
    def delete(self, request: Request, asset_id: UUID) -> Response:
        trash.purge_from_trash(by=self.caller, asset_id=asset_id)
        return Response(status=204)


class Restore(Door):
    """/store/trash/<id>/restore"""

    @extend_schema(summary="Take something out of the trash", tags=["store"], request=RestoreIn, responses=AssetOut)
    def post(self, request: Request, asset_id: UUID) -> Response:
        is_json = "json" in (request.content_type or "")  # older clients send nothing, or an empty form
        asked = RestoreIn(data=request.data if is_json else {})
        asked.is_valid(raise_exception=True)
        view = trash.restore(by=self.caller, asset_id=asset_id, folder_id=asked.validated_data.get("folder"))
        return Response(asset_json(view), headers=revision_tag(view))
