"""/auth/oauth/… and /account/identities/…: signing in with somebody else's word, and linking it to an account."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import NO_STORE, answer
from accounts.api.authentication import caller_from
from accounts.api.serializers import ChallengeOut, SignedInOut, given, problems
from accounts.services import identities
from cloudbox.pages import MOST, limit_of
from cloudbox.serializers import StrictSerializer

ANYBODY: Any = [{"bearer": []}, {}]  # drf-spectacular takes requirements, its annotation names
PROVIDER = OpenApiParameter("provider", OpenApiTypes.STR, OpenApiParameter.PATH)


class ProviderOut(serializers.Serializer[identities.ProviderInfo]):
    name = serializers.CharField()
    label = serializers.CharField(help_text="What a button says.")  # type: ignore[assignment]  # a field of fields, too


class ProvidersOut(serializers.Serializer[object]):
    items = ProviderOut(many=True)


class StartedOut(serializers.Serializer[identities.Started]):
    url = serializers.URLField(help_text="Where to send the browser.")
    state = serializers.CharField(help_text="What it must come back with. Good once, for 10 minutes.")


class StartQuery(StrictSerializer):
    redirect_uri = serializers.CharField(max_length=2048, required=False)


class ExchangeIn(StrictSerializer):
    """What the browser came back with. `redirect_uri` is the one with which it was begun; none is our own page."""

    state = serializers.CharField(max_length=128)
    code = serializers.CharField(max_length=2048, required=False)
    error = serializers.CharField(max_length=200, required=False, help_text="What the provider says instead of a code.")
    redirect_uri = serializers.CharField(max_length=2048, required=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if ("code" in attrs) == ("error" in attrs):
            raise serializers.ValidationError({"code": "Give the code or the error that the provider has sent."})
        return attrs


class IdentityOut(serializers.Serializer[identities.Identity]):
    id = serializers.IntegerField()
    provider = serializers.CharField()
    label = serializers.CharField(help_text="The provider's name for people.")  # type: ignore[assignment]  # a field of fields, too
    login = serializers.CharField(help_text="What you were called there when it was linked.")
    linked_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField()


class IdentitiesOut(serializers.Serializer[object]):
    items = IdentityOut(many=True)
    next = serializers.CharField(allow_null=True)


class Providers(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(summary="List the providers", tags=["auth"], auth=[], responses={200: ProvidersOut})
    def get(self, request: Request) -> Response:
        """Who may vouch for people on this server: GitHub, Google, and others that its operator has named."""
        return Response(ProvidersOut({"items": identities.providers()}).data)


class Start(APIView):
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Begin to sign in with a provider",
        tags=["auth"],
        auth=ANYBODY,
        parameters=[PROVIDER, OpenApiParameter("redirect_uri", OpenApiTypes.STR, description="One that is allowed.")],
        responses={200: StartedOut, **problems(400, 401, 403, 404, 502, 503)},
    )
    def get(self, request: Request, provider: str) -> Response:
        """Send the browser to `url`. It comes back with a code and the state.

        Begun with your token, the exchange does not sign in: it links the identity to your account.
        """
        query = given(StartQuery, request.query_params).validated_data
        started = identities.start(by=caller_from(request), provider=provider, **query)
        return Response(StartedOut(started).data, headers=NO_STORE)


class Exchange(APIView):
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Exchange a code for tokens",
        tags=["auth"],
        auth=ANYBODY,
        parameters=[PROVIDER],
        request=ExchangeIn,
        responses={
            200: SignedInOut,
            201: IdentityOut,
            202: ChallengeOut,
            **problems(400, 401, 403, 404, 409, 413, 415, 502, 503),
        },
    )
    def post(self, request: Request, provider: str) -> Response:
        """Sign in, as with a password. The first time this makes an account.

        201: it was begun by you, signed in, and the identity is linked now. Send the same token again.
        """
        fields = given(ExchangeIn, request.data).validated_data
        finished = identities.finish(by=caller_from(request), provider=provider, **fields)
        if isinstance(finished, identities.Identity):
            return Response(IdentityOut(finished).data, status=201, headers=NO_STORE)
        return answer(finished)


class Identities(APIView):
    @extend_schema(
        summary="List your identities",
        tags=["account"],
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
            OpenApiParameter("cursor", str),
        ],
        responses={200: IdentitiesOut, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Who you are elsewhere: each of these signs in to your account."""
        query = request.query_params
        page = identities.identities_of(
            by=caller_from(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit"))
        )
        return Response(IdentitiesOut(page).data)


class Identity(APIView):
    @extend_schema(
        summary="Unlink an identity",
        tags=["account"],
        parameters=[OpenApiParameter("identity_id", OpenApiTypes.INT64, OpenApiParameter.PATH)],
        request=None,
        responses={204: None, **problems(401, 403, 404, 409)},
    )
    def delete(self, request: Request, identity_id: str) -> Response:
        """It does not sign in to your account any more. The last way in stays: set a password first."""
        identities.unlink(by=caller_from(request), identity_id=int(identity_id))
        return Response(status=204)
