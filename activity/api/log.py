"""/activity/: what I did, and what others did to my things."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activity import services
from activity.api.asking import me
from cloudbox.pages import limit_of


class TargetOut(serializers.Serializer[services.Target]):
    kind = serializers.CharField()
    id = serializers.CharField()
    name = serializers.CharField(source="label", help_text="What it was called then.")


class EntryOut(serializers.Serializer[services.Entry]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField(help_text="What was done: `signed_in`, `asset_shared`, `file_downloaded` …")
    actor_id = serializers.UUIDField(allow_null=True, help_text="Null: nobody was signed in.")
    actor = serializers.CharField()
    target = TargetOut(allow_null=True)
    facts = serializers.DictField()
    address = serializers.CharField(help_text="Shown for your own acts only.")
    agent = serializers.CharField(help_text="Shown for your own acts only.")
    times = serializers.IntegerField(help_text="How often in that hour, for downloads.")


class EntriesOut(serializers.Serializer[object]):
    items = EntryOut(many=True)
    next = serializers.CharField(allow_null=True)


class Activity(APIView):
    keys_read = True

    @extend_schema(
        summary="List what happened",
        tags=["activity"],
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=EntriesOut,
    )
    def get(self, request: Request) -> Response:
        """What you did, and what others did to your things, newest first."""
        query = request.query_params
        page = services.entries_of(me(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response(EntriesOut(page).data)
