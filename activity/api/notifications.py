"""/notifications/, /account/notifications: what I was told, and of what I want to be told how."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activity import notices, notifications, preferences
from activity.api.asking import me
from activity.api.log import TargetOut
from cloudbox.asked import only
from cloudbox.errors import BadInput
from cloudbox.pages import MOST, limit_of
from cloudbox.serializers import StrictSerializer

LARGEST = 2**63 - 1  # id that there can be


class NotificationOut(serializers.Serializer[notifications.Notification]):
    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="Of which news: `folder_shared`, `file_uploaded` …")
    at = serializers.DateTimeField()
    read = serializers.BooleanField()
    actor_id = serializers.UUIDField(allow_null=True, help_text="Null: nobody who was signed in, or the server itself.")
    actor = serializers.CharField()
    target = TargetOut(allow_null=True)
    facts = serializers.DictField(help_text="As those of the event.")
    times = serializers.IntegerField(help_text="How often, in that hour and folder; the target is the first.")


class NotificationsOut(serializers.Serializer[object]):
    items = NotificationOut(many=True)
    next = serializers.CharField(allow_null=True)


class UnreadOut(serializers.Serializer[object]):
    unread = serializers.IntegerField()


class ReadIn(StrictSerializer):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST),
        required=False,
        max_length=MOST,
        help_text="Which; or else",
    )
    until = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text="up to which; without either all."
    )


class ChoiceOut(serializers.Serializer[preferences.Choice]):
    notice = serializers.CharField(source="notice.name")
    topic = serializers.CharField(source="notice.topic")
    says = serializers.CharField(source="notice.says", help_text="Of what it tells.")
    kinds = serializers.ListField(source="notice.kinds", child=serializers.CharField(), help_text="Of news.")
    on_page = serializers.BooleanField()
    by_mail = serializers.BooleanField()
    always = serializers.BooleanField(source="notice.always", help_text="It cannot be turned off.")


class ChoicesOut(serializers.Serializer[object]):
    items = ChoiceOut(many=True)


WISHES = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"on_page": {"type": "boolean"}, "by_mail": {"type": "boolean"}},
        "additionalProperties": False,
    },
}


class Notifications(APIView):
    keys_read = True

    @extend_schema(
        summary="List what you were told",
        tags=["notifications"],
        parameters=[
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str),
            OpenApiParameter("unread", str, enum=["1"], description="Only what you have not read."),
        ],
        responses=NotificationsOut,
    )
    def get(self, request: Request) -> Response:
        """What others did that concerns you, newest first. Kept for 90 days, and at most 1000."""
        query = only(request.query_params, "limit", "cursor", "unread")
        if query.get("unread", "1") != "1":
            raise BadInput("unread", "1, or nothing.")
        page = notifications.page(
            me(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")), unread="unread" in query
        )
        return Response(NotificationsOut(page).data)


class Unread(APIView):
    keys_read = True

    @extend_schema(summary="Count what you have not read", tags=["notifications"], responses=UnreadOut)
    def get(self, request: Request) -> Response:
        """How many notifications you have not read."""
        only(request.query_params)
        return Response({"unread": notifications.count_unread(me(request))})


class Read(APIView):
    @extend_schema(
        summary="Mark notifications as read", tags=["notifications"], request=ReadIn, responses={200: UnreadOut}
    )
    def post(self, request: Request) -> Response:
        """Those of these ids, those up to one, or all. Tells how many are left."""
        asked = ReadIn(data=request.data)
        asked.is_valid(raise_exception=True)
        notifications.mark_read(me(request), **asked.validated_data)
        return Response({"unread": notifications.count_unread(me(request))})


class Preferences(APIView):
    keys_read = True

    @extend_schema(summary="Read how you are told of what", tags=["notifications"], responses=ChoicesOut)
    def get(self, request: Request) -> Response:
        """Everything that you may be told of, and whether you are on the pages and by mail."""
        only(request.query_params)
        return _shown(preferences.choices_of(me(request)))

    @extend_schema(
        summary="Choose how you are told of what",
        tags=["notifications"],
        request={"application/json": WISHES},
        responses=ChoicesOut,
    )
    def patch(self, request: Request) -> Response:
        """By the names of notices: `{"shared": {"by_mail": false}}`. What is not named stays."""
        wishes: Any = request.data
        if not isinstance(wishes, dict):
            raise BadInput("body", f"An object with some of {', '.join(notice.name for notice in notices.known())}.")
        return _shown(preferences.choose(me(request), wishes))


def _shown(choices: list[preferences.Choice]) -> Response:
    return Response(ChoicesOut({"items": choices}).data)
