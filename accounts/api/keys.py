"""/account/keys/: access keys, for programs that act in one's name."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import given, problems
from accounts.services import keys
from cloudbox.pages import MOST, limit_of
from cloudbox.serializers import StrictSerializer

NO_STORE = {"Cache-Control": "no-store"}
SCOPES = ["read", "write", "delete", "share", "documents"]


class KeyIn(StrictSerializer):
    name = serializers.CharField(max_length=keys.LONGEST_NAME, help_text="What it is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(SCOPES),
        min_length=1,
        help_text="What it may do, if you may. Without `read` it sees no files.",
    )
    folder = serializers.UUIDField(
        required=False, allow_null=True, help_text="It sees this folder and what lies below, and nothing else."
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: when you revoke it.")


class KeyOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    key_id = serializers.CharField(help_text="Not secret: the access key id of S3.")
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))
    folder = serializers.UUIDField(source="folder_id", allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To five minutes.")
    last_used_from = serializers.CharField(help_text="An IP address.")


class KeysOut(serializers.Serializer[Any]):
    items = KeyOut(many=True)
    next = serializers.CharField(allow_null=True)


class NewKeyOut(KeyOut):
    secret = serializers.CharField(help_text="Shown this once: the secret access key of S3.")
    token = serializers.CharField(help_text="Shown this once: send it as `Authorization: Bearer …`.")


class Keys(APIView):
    @extend_schema(
        summary="List your access keys",
        tags=["account"],
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
            OpenApiParameter("cursor", str),
        ],
        responses={200: KeysOut, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Those that are not revoked, newest first, without their secrets."""
        query = request.query_params
        page = keys.page(by=caller_from(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response(KeysOut(page).data)

    @extend_schema(
        summary="Make an access key",
        tags=["account"],
        request=KeyIn,
        responses={201: NewKeyOut, **problems(400, 401, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Its secret is in the answer, and is never shown again. A key makes no keys."""
        fields = given(KeyIn, request.data).validated_data
        made = keys.make(
            by=caller_from(request),
            name=fields["name"],
            scopes=fields["scopes"],
            folder_id=fields.get("folder"),
            expires_at=fields.get("expires_at"),
        )
        body = {**KeyOut(made.info).data, "secret": made.secret, "token": made.token}
        return Response(body, status=201, headers=NO_STORE)


class Key(APIView):
    @extend_schema(summary="Read an access key", tags=["account"], responses={200: KeyOut, **problems(401, 403, 404)})
    def get(self, request: Request, key_id: str) -> Response:
        """What it may do, and when it was last used."""
        return Response(KeyOut(keys.get(by=caller_from(request), key_id=UUID(key_id))).data)

    @extend_schema(
        summary="Revoke an access key", tags=["account"], request=None, responses={204: None, **problems(401, 403, 404)}
    )
    def delete(self, request: Request, key_id: str) -> Response:
        """It is worth nothing from now on."""
        keys.revoke(by=caller_from(request), key_id=UUID(key_id))
        return Response(status=204)
