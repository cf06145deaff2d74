"""/teams/…: the teams that one is in, who else is, and who is invited."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import given, problems
from accounts.services import invitations, memberships, teams
from cloudbox.pages import MOST, limit_of
from cloudbox.serializers import StrictSerializer

NO_STORE = {"Cache-Control": "no-store"}
ROLES = ["member", "manager", "owner"]
PAGE: Any = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
    OpenApiParameter("cursor", str),
]


class TeamIn(StrictSerializer):
    name = serializers.CharField(max_length=100)


class RoleIn(StrictSerializer):
    role = serializers.ChoiceField(ROLES, help_text="`owner` hands the team over; who owned it stays as a manager.")


class InvitationIn(StrictSerializer):
    email = serializers.CharField(max_length=254, required=False, help_text="Of somebody with or without an account.")
    username = serializers.CharField(max_length=254, required=False, help_text="Instead of an address.")
    role = serializers.ChoiceField(["member", "manager"], default="member")


class TeamOwnerOut(serializers.Serializer[teams.TeamOwner]):
    id = serializers.UUIDField()
    username = serializers.CharField()


class TeamOut(serializers.Serializer[teams.TeamInfo]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES, help_text="Yours.")
    owner = TeamOwnerOut()
    members = serializers.IntegerField(help_text="How many, its owner among them.")
    created_at = serializers.DateTimeField()


class TeamsOut(serializers.Serializer[object]):
    items = TeamOut(many=True)
    next = serializers.CharField(allow_null=True)


class MemberOut(serializers.Serializer[memberships.Member]):
    id = serializers.UUIDField(help_text="Of the user.")
    username = serializers.CharField()
    full_name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    joined_at = serializers.DateTimeField()


class MembersOut(serializers.Serializer[object]):
    items = MemberOut(many=True)
    next = serializers.CharField(allow_null=True)


class InvitationOut(serializers.Serializer[invitations.InvitationInfo]):
    id = serializers.UUIDField()
    email = serializers.CharField(help_text="Empty if a username was invited.")
    username = serializers.CharField(help_text="Empty if an address was invited.")
    role = serializers.ChoiceField(["member", "manager"])
    invited_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class InvitationsOut(serializers.Serializer[object]):
    items = InvitationOut(many=True)
    next = serializers.CharField(allow_null=True)


class InvitationLinkOut(serializers.Serializer[invitations.InvitationLink]):
    url = serializers.CharField(help_text="Shown only now. Whoever has it may accept.")
    expires_at = serializers.DateTimeField()


def page_asked(request: Request) -> dict[str, Any]:
    """Return what a list is asked for. Raises BadInput."""
    return {"cursor": request.query_params.get("cursor"), "limit": limit_of(request.query_params.get("limit"))}


class Teams(APIView):
    keys_read = True

    @extend_schema(
        summary="List your teams", tags=["teams"], parameters=PAGE, responses={200: TeamsOut, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """The teams that you are in, by name."""
        return Response(TeamsOut(teams.mine(by=caller_from(request), **page_asked(request))).data)

    @extend_schema(
        summary="Make a team",
        tags=["teams"],
        request=TeamIn,
        responses={201: TeamOut, **problems(400, 401, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """You own it, and may own 100."""
        name = given(TeamIn, request.data).validated_data["name"]
        return Response(TeamOut(teams.create(by=caller_from(request), name=name)).data, status=201)


class Team(APIView):
    keys_read = True

    @extend_schema(summary="Read a team", tags=["teams"], responses={200: TeamOut, **problems(401, 403, 404)})
    def get(self, request: Request, team_id: UUID) -> Response:
        """One of your teams."""
        return Response(TeamOut(teams.get(by=caller_from(request), team_id=team_id)).data)

    @extend_schema(
        summary="Rename a team",
        tags=["teams"],
        request=TeamIn,
        responses={200: TeamOut, **problems(400, 401, 403, 404, 413, 415)},
    )
    def patch(self, request: Request, team_id: UUID) -> Response:
        """Its managers may."""
        name = given(TeamIn, request.data).validated_data["name"]
        return Response(TeamOut(teams.rename(by=caller_from(request), team_id=team_id, name=name)).data)

    @extend_schema(
        summary="Delete a team", tags=["teams"], request=None, responses={204: None, **problems(401, 403, 404)}
    )
    def delete(self, request: Request, team_id: UUID) -> Response:
        """Its owner may. What was shared with the team is shared with it no longer, at once."""
        teams.delete(by=caller_from(request), team_id=team_id)
        return Response(status=204)


class Members(APIView):
    keys_read = True

    @extend_schema(
        summary="List the members of a team",
        tags=["teams"],
        parameters=PAGE,
        responses={200: MembersOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, team_id: UUID) -> Response:
        """In the order in which they came."""
        page = memberships.members(by=caller_from(request), team_id=team_id, **page_asked(request))
        return Response(MembersOut(page).data)


class Member(APIView):
    @extend_schema(
        summary="Give a member another role",
        tags=["teams"],
        request=RoleIn,
        responses={200: MemberOut, **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def patch(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Its owner may. There is always exactly one owner."""
        role = given(RoleIn, request.data).validated_data["role"]
        member = memberships.set_role(by=caller_from(request), team_id=team_id, user_id=user_id, role=role)
        return Response(MemberOut(member).data)

    @extend_schema(
        summary="Remove a member", tags=["teams"], request=None, responses={204: None, **problems(401, 403, 404, 409)}
    )
    def delete(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Managers remove members, the owner also managers. It ends at once what they could reach through the team."""
        memberships.remove(by=caller_from(request), team_id=team_id, user_id=user_id)
        return Response(status=204)


class Leave(APIView):
    @extend_schema(
        summary="Leave a team", tags=["teams"], request=None, responses={204: None, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """Everybody may but the owner, who hands the team over first."""
        memberships.leave(by=caller_from(request), team_id=team_id)
        return Response(status=204)


class Invitations(APIView):
    @extend_schema(
        summary="List the invitations of a team",
        tags=["teams"],
        parameters=PAGE,
        responses={200: InvitationsOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, team_id: UUID) -> Response:
        """Those that nobody has answered, newest first. Its managers may."""
        page = invitations.of_team(by=caller_from(request), team_id=team_id, **page_asked(request))
        return Response(InvitationsOut(page).data)

    @extend_schema(
        summary="Invite somebody",
        tags=["teams"],
        request=InvitationIn,
        responses={201: InvitationOut, **problems(400, 401, 403, 404, 409, 413, 415, 429)},
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """By address or username, for 14 days. Managers invite members, the owner also managers.

        The answer does not tell whether an address has an account. Inviting again replaces the earlier invitation.
        """
        asked = given(InvitationIn, request.data).validated_data
        invitation = invitations.invite(by=caller_from(request), team_id=team_id, **asked)
        return Response(InvitationOut(invitation).data, status=201)


class Invitation(APIView):
    @extend_schema(
        summary="Withdraw an invitation", tags=["teams"], request=None, responses={204: None, **problems(401, 403, 404)}
    )
    def delete(self, request: Request, team_id: UUID, invitation_id: UUID) -> Response:
        """It can be accepted no longer."""
        invitations.withdraw(by=caller_from(request), team_id=team_id, invitation_id=invitation_id)
        return Response(status=204)


class InvitationAgain(APIView):
    @extend_schema(
        summary="Send an invitation again",
        tags=["teams"],
        request=None,
        responses={201: InvitationOut, **problems(401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, team_id: UUID, invitation_id: UUID) -> Response:
        """A new one, with another link and for another 14 days, takes its place."""
        again = invitations.resend(by=caller_from(request), team_id=team_id, invitation_id=invitation_id)
        return Response(InvitationOut(again).data, status=201)


class InvitationLink(APIView):
    @extend_schema(
        summary="Make a link to hand over",
        tags=["teams"],
        request=None,
        responses={201: InvitationLinkOut, **problems(401, 403, 404)},
    )
    def post(self, request: Request, team_id: UUID, invitation_id: UUID) -> Response:
        """For a server without mail. The link that was mailed, or made before, counts no longer."""
        link = invitations.make_link(by=caller_from(request), team_id=team_id, invitation_id=invitation_id)
        return Response(InvitationLinkOut(link).data, status=201, headers=NO_STORE)
