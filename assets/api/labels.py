"""/store/assets/<id>/tags/ | metadata/ | favourite/: what people say of an asset."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import only, tags_in
from assets.api.door import Door
from assets.api.folders import IF_MATCH
from assets.services import labels
from assets.services.labels import Labels
from cloudbox.errors import BadInput
from cloudbox.serializers import StrictSerializer

_PAIRS = {"type": "object", "additionalProperties": {"type": "string"}}
_SOME_PAIRS = {"type": "object", "additionalProperties": {"type": "string", "nullable": True}}


class TagsIn(StrictSerializer):
    tags = serializers.ListField(child=serializers.CharField(allow_blank=True), max_length=1000)


class TagsOut(serializers.Serializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(), help_text="Sorted, in small letters.")


class AssetTags(Door):
    """/store/assets/<id>/tags/"""

    @extend_schema(summary="List the tags of an asset", tags=["store"], responses=TagsOut)
    def get(self, request: Request, asset_id: UUID) -> Response:
        only(request.query_params)
        return _with_tags(labels.tags_of(by=self.caller, asset_id=asset_id))

    @extend_schema(
        summary="Give an asset these tags and no others",
        tags=["store"],
        request=TagsIn,
        parameters=[IF_MATCH],
        responses=TagsOut,
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        """At most 50, of at most 64 letters each."""
        only(request.query_params)
        asked = TagsIn(data=request.data)
        asked.is_valid(raise_exception=True)
        tags, seen = asked.validated_data["tags"], tags_in(request.headers)
        return _with_tags(labels.set_tags(by=self.caller, asset_id=asset_id, tags=tags, seen=seen))


class AssetMetadata(Door):
    """/store/assets/<id>/metadata/"""

    @extend_schema(
        summary="Read the metadata of an asset", tags=["store"], responses={(200, "application/json"): _PAIRS}
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        only(request.query_params)
        return _with_metadata(labels.metadata_of(by=self.caller, asset_id=asset_id))

    @extend_schema(
        summary="Give an asset this metadata and no other",
        tags=["store"],
        request={"application/json": _PAIRS},
        parameters=[IF_MATCH],
        responses={(200, "application/json"): _PAIRS},
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        """At most 50 pairs of texts, with keys of 128 bytes and values of 2 KiB, and 16 KiB together."""
        only(request.query_params)
        pairs, seen = _pairs_in(request), tags_in(request.headers)
        return _with_metadata(labels.set_metadata(by=self.caller, asset_id=asset_id, pairs=pairs, seen=seen))

    @extend_schema(
        summary="Change some of an asset's metadata",
        tags=["store"],
        request={"application/json": _SOME_PAIRS},
        parameters=[IF_MATCH],
        responses={(200, "application/json"): _PAIRS},
    )
    def patch(self, request: Request, asset_id: UUID) -> Response:
        """`null` takes a key away."""
        only(request.query_params)
        pairs, seen = _pairs_in(request), tags_in(request.headers)
        return _with_metadata(labels.change_metadata(by=self.caller, asset_id=asset_id, pairs=pairs, seen=seen))


class AssetFavourite(Door):
    """/store/assets/<id>/favourite/"""

    @extend_schema(summary="Make an asset a favourite of yours", tags=["store"], request=None, responses={204: None})
    def put(self, request: Request, asset_id: UUID) -> Response:
        only(request.query_params)
        labels.like(by=self.caller, asset_id=asset_id)
        return Response(status=204)

    @extend_schema(summary="Make it a favourite no longer", tags=["store"], responses={204: None})
    def delete(self, request: Request, asset_id: UUID) -> Response:
        only(request.query_params)
        labels.like_no_more(by=self.caller, asset_id=asset_id)
        return Response(status=204)


def _pairs_in(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise BadInput("metadata", "The body is an object of texts.")
    return request.data


def _with_tags(found: Labels) -> Response:
    return Response({"tags": found.tags}, headers={"ETag": f'"{found.revision}"'})


def _with_metadata(found: Labels) -> Response:
    return Response(found.metadata, headers={"ETag": f'"{found.revision}"'})
