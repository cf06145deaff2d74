"""/store/assets/<id>/links/ and /store/links/: share links as those who make them see them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import only
from assets.api.door import Door
from assets.api.render import PersonOut
from assets.services import links
from assets.services.links import LinkView
from cloudbox.pages import Page, limit_of
from cloudbox.serializers import StrictSerializer

_PAGED = [OpenApiParameter("limit", int, description="1 to 200."), OpenApiParameter("cursor", str)]


class LinkChangeIn(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment]  # a field may be called so; Field.label is set later
        max_length=links.LONGEST_LABEL, required=False, allow_blank=True, help_text="For you; visitors do not see it."
    )
    password = serializers.CharField(
        max_length=1024, required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    download_limit = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=links.MOST_DOWNLOADS
    )


class NewLinkIn(LinkChangeIn):
    role = serializers.ChoiceField(
        ["viewer", "editor", "add"], help_text="`add`, a file request, puts files into a folder and sees nothing."
    )


class LinkOut(serializers.Serializer[LinkView]):
    id = serializers.UUIDField()
    asset = serializers.UUIDField()
    name = serializers.CharField(allow_null=True, help_text="Of the asset; null if you may not see it any more.")
    kind = serializers.ChoiceField(["folder", "file"], allow_null=True)
    maker = PersonOut()
    role = serializers.ChoiceField(["viewer", "editor", "add"])
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the same
    url = serializers.CharField(
        allow_null=True,
        help_text="A page, to hand on. Null if you may do less than it lets do, or it cannot be read any more.",
    )
    api_url = serializers.CharField(allow_null=True, help_text="The same for programs: the doors are below.")
    state = serializers.ChoiceField(["live", "expired", "used_up", "taken_down"])
    has_password = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    download_limit = serializers.IntegerField(allow_null=True)
    visits = serializers.IntegerField()
    downloads = serializers.IntegerField()
    uploads = serializers.IntegerField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class LinkPageOut(serializers.Serializer[Any]):
    items = LinkOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor` for the next page.")


class AssetLinks(Door):
    """/store/assets/<id>/links/"""

    @extend_schema(summary="List the links to an asset", tags=["sharing"], parameters=_PAGED, responses=LinkPageOut)
    def get(self, request: Request, asset_id: UUID) -> Response:
        """All that are not revoked, newest first, for everybody who may share it."""
        query = only(request.query_params, "limit", "cursor")
        limit = limit_of(query.get("limit"))
        page = links.links_of(by=self.caller, asset_id=asset_id, cursor=query.get("cursor"), limit=limit)
        return Response(_page_json(page))

    @extend_schema(summary="Make a link to an asset", tags=["sharing"], request=NewLinkIn, responses={201: LinkOut})
    def post(self, request: Request, asset_id: UUID) -> Response:
        """It takes no Idempotency-Key: its answer has a secret in it, which would be kept."""
        only(request.query_params)
        asked = NewLinkIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wish: Any = dict(asked.validated_data)
        role = wish.pop("role")
        return Response(_link_json(links.make(by=self.caller, asset_id=asset_id, role=role, wish=wish)), 201)


class MyLinks(Door):
    """/store/links/"""

    @extend_schema(summary="List the links you have made", tags=["sharing"], parameters=_PAGED, responses=LinkPageOut)
    def get(self, request: Request) -> Response:
        query = only(request.query_params, "limit", "cursor")
        page = links.made_by(by=self.caller, cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response(_page_json(page))


class OneLink(Door):
    """/store/links/<id>/"""

    @extend_schema(summary="Read a link", tags=["sharing"], responses=LinkOut)
    def get(self, request: Request, link_id: UUID) -> Response:
        only(request.query_params)
        return Response(_link_json(links.get(by=self.caller, link_id=link_id)))

    @extend_schema(summary="Change a link", tags=["sharing"], request=LinkChangeIn, responses=LinkOut)
    def patch(self, request: Request, link_id: UUID) -> Response:
        """What is not named stays; null takes a password, an end or a limit away."""
        only(request.query_params)
        asked = LinkChangeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        view = links.change(by=self.caller, link_id=link_id, wish=asked.validated_data)
        return Response(_link_json(view))

    @extend_schema(summary="Revoke a link", tags=["sharing"], responses={204: None})
    def delete(self, request: Request, link_id: UUID) -> Response:
        only(request.query_params)
        links.revoke(by=self.caller, link_id=link_id)
        return Response(status=204)


def _page_json(page: Page[LinkView]) -> dict[str, Any]:
    return {"items": [_link_json(view) for view in page.items], "next": page.next}


def _link_json(view: LinkView) -> dict[str, Any]:
    return {
        "id": view.id,
        "asset": view.asset_id,
        "name": view.name,
        "kind": view.kind,
        "maker": view.maker._asdict(),
        "role": view.role,
        "label": view.label,
        "url": view.url,
        "api_url": view.api_url,
        "state": view.state,
        "has_password": view.has_password,
        "expires_at": view.expires_at,
        "download_limit": view.download_limit,
        "visits": view.visits,
        "downloads": view.downloads,
        "uploads": view.uploads,
        "last_used_at": view.last_used_at,
        "created_at": view.created_at,
    }
