"""/account/invitations/… and /invitations/accept: the teams that one is invited to."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import given, problems
from accounts.api.teams import PAGE, TeamOut, page_asked
from accounts.services import invitations
from cloudbox.serializers import StrictSerializer


class SecretIn(StrictSerializer):
    secret = serializers.CharField(max_length=200, help_text="The last part of the link.")


class InvitedTeamOut(serializers.Serializer[object]):
    id = serializers.UUIDField(source="team_id")
    name = serializers.CharField(source="team_name")


class InvitedOut(serializers.Serializer[invitations.Invited]):
    id = serializers.UUIDField()
    team = InvitedTeamOut(source="*")
    role = serializers.ChoiceField(["member", "manager"])
    invited_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class InvitedPageOut(serializers.Serializer[object]):
    items = InvitedOut(many=True)
    next = serializers.CharField(allow_null=True)


class Mine(APIView):
    @extend_schema(
        summary="List your invitations",
        tags=["teams"],
        parameters=PAGE,
        responses={200: InvitedPageOut, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Those to your username, and those to your address once you have verified it; newest first."""
        return Response(InvitedPageOut(invitations.mine(by=caller_from(request), **page_asked(request))).data)


class Accept(APIView):
    @extend_schema(
        summary="Accept an invitation",
        tags=["teams"],
        request=None,
        responses={200: TeamOut, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """You are in the team from now on."""
        team = invitations.accept(by=caller_from(request), invitation_id=invitation_id)
        return Response(TeamOut(team).data)


class Decline(APIView):
    @extend_schema(
        summary="Decline an invitation", tags=["teams"], request=None, responses={204: None, **problems(401, 403, 404)}
    )
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """It is gone."""
        invitations.decline(by=caller_from(request), invitation_id=invitation_id)
        return Response(status=204)


class AcceptWithSecret(APIView):
    @extend_schema(
        summary="Accept the invitation of a link",
        tags=["teams"],
        request=SecretIn,
        responses={200: TeamOut, **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Whatever address you have: the link was sent to you. One to a username is for that user only."""
        secret = given(SecretIn, request.data).validated_data["secret"]
        return Response(TeamOut(invitations.accept_with(by=caller_from(request), secret=secret)).data)
