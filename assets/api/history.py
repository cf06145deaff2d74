"""/store/assets/<id>/activity/: what happened to an asset."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.log import EntriesOut
from assets.api.asked import only
from assets.api.door import Door
from assets.services import history
from cloudbox.pages import limit_of


class AssetActivity(Door):
    """/store/assets/<id>/activity/"""

    @extend_schema(
        summary="List what happened to an asset",
        tags=["store"],
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=EntriesOut,
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        """Newest first. With whom it was shared, and who downloaded it, is told to those who may share it."""
        query = only(request.query_params, "limit", "cursor")
        page = history.entries_about(
            by=self.caller, asset_id=asset_id, cursor=query.get("cursor"), limit=limit_of(query.get("limit"))
        )
        return Response(EntriesOut(page).data)
