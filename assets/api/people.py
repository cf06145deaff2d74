"""/store/assets/<id>/editors/ | viewers/ | access-type/ | inheritance/: who else may use an asset."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import tags_in
from assets.api.door import Door
from assets.api.folders import IF_MATCH
from assets.api.render import AssetOut, EditorsOut, ViewersOut, asset_json, people_json, revision_tag
from assets.services import people
from cloudbox.errors import BadInput
from cloudbox.serializers import StrictSerializer


class RemovePeopleIn(StrictSerializer):
    users = serializers.ListField(
        child=serializers.CharField(max_length=254), required=False, help_text="Usernames or e-mail addresses, to 100."
    )
    teams = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Ids of teams, to 100. One of the two is needed."
    )


class AddPeopleIn(RemovePeopleIn):
    notify = serializers.BooleanField(default=False, help_text="Send a mail to those who are new to it.")
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Until when; for good unless given. Who has the role gets this end."
    )


class AccessTypeIn(StrictSerializer):
    any_one_access = serializers.ChoiceField(["restricted", "viewer", "editor"], required=False)
    access_type = serializers.ChoiceField(["restricted", "viewer", "editor"], required=False)


class InheritanceIn(StrictSerializer):
    inherits = serializers.BooleanField(help_text="false: roles from above end here, except the owner's.")


class _People(Door):
    role: ClassVar[str]

    def _answer(self, found: people.People, status: int = 200) -> Response:
        return Response(people_json(found, f"{self.role}s"), status=status)

    def _get(self, request: Request, asset_id: UUID) -> Response:
        return self._answer(people.people_of(by=self.caller, asset_id=asset_id, role=self.role))

    def _post(self, request: Request, asset_id: UUID) -> Response:
        asked = AddPeopleIn(data=request.data)
        asked.is_valid(raise_exception=True)
        found = people.add_people(
            by=self.caller,
            asset_id=asset_id,
            role=self.role,
            names=asked.validated_data.get("users", []),
            team_ids=asked.validated_data.get("teams", []),
            notify=asked.validated_data["notify"],
            expires_at=asked.validated_data.get("expires_at"),
        )
        return self._answer(found, status=201)

    def _delete(self, request: Request, asset_id: UUID) -> Response:
        asked = RemovePeopleIn(data=request.data)
        asked.is_valid(raise_exception=True)
        people.remove_people(
            by=self.caller,
            asset_id=asset_id,
            role=self.role,
            names=asked.validated_data.get("users", []),
            team_ids=asked.validated_data.get("teams", []),
        )
        return Response(status=204)


class Editors(_People):
    """/store/assets/<id>/editors/"""

    role = "editor"

    @extend_schema(summary="List the editors of an asset", tags=["sharing"], responses=EditorsOut)
    def get(self, request: Request, asset_id: UUID) -> Response:
        return self._get(request, asset_id)

    @extend_schema(
        summary="Make people and teams editors", tags=["sharing"], request=AddPeopleIn, responses={201: EditorsOut}
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        return self._post(request, asset_id)

    @extend_schema(
        summary="Make people and teams editors no longer",
        tags=["sharing"],
        request=RemovePeopleIn,
        responses={204: None},
    )
    def delete(self, request: Request, asset_id: UUID) -> Response:
        return self._delete(request, asset_id)


class Viewers(_People):
    """/store/assets/<id>/viewers/"""

    role = "viewer"

    @extend_schema(summary="List the viewers of an asset", tags=["sharing"], responses=ViewersOut)
    def get(self, request: Request, asset_id: UUID) -> Response:
        return self._get(request, asset_id)

    @extend_schema(
        summary="Make people and teams viewers", tags=["sharing"], request=AddPeopleIn, responses={201: ViewersOut}
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        return self._post(request, asset_id)

    @extend_schema(
        summary="Make people and teams viewers no longer",
        tags=["sharing"],
        request=RemovePeopleIn,
        responses={204: None},
    )
    def delete(self, request: Request, asset_id: UUID) -> Response:
        return self._delete(request, asset_id)


class AccessType(Door):
    """/store/assets/<id>/access-type/"""

    @extend_schema(
        summary="Say what people without a role may do",
        tags=["sharing"],
        request=AccessTypeIn,
        parameters=[IF_MATCH],
        responses=AssetOut,
    )
    def patch(self, request: Request, asset_id: UUID) -> Response:
        asked = AccessTypeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        values = set(asked.validated_data.values())
        if len(values) != 1:
            raise BadInput("any_one_access", "Give one value: restricted, viewer or editor.")
        view = people.set_any_one_access(
            by=self.caller, asset_id=asset_id, access=values.pop(), tags=tags_in(request.headers)
        )
        return Response(asset_json(view), headers=revision_tag(view))


class Inheritance(Door):
    """/store/assets/<id>/inheritance/"""

    @extend_schema(
        summary="Say whether those with a role above a folder may use it",
        tags=["sharing"],
        request=InheritanceIn,
        parameters=[IF_MATCH],
        responses=AssetOut,
    )
    def put(self, request: Request, asset_id: UUID) -> Response:
        """Only the owner of a folder may."""
        asked = InheritanceIn(data=request.data)
        asked.is_valid(raise_exception=True)
        view = people.set_inherits(
            by=self.caller, asset_id=asset_id, tags=tags_in(request.headers), **asked.validated_data
        )
        return Response(asset_json(view), headers=revision_tag(view))
