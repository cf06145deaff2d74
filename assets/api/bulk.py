"""/store/assets/<id>/copy and /store/bulk/: one asset copied, and one thing done with many."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import on_conflict_in, only
from assets.api.door import Door
from assets.api.folders import ON_CONFLICT
from assets.api.places import MoveIn
from assets.api.render import AssetOut, asset_json, revision_tag
from assets.placing import OnConflict
from assets.services import bulk
from assets.shapes import AssetView
from assets.words import Action
from cloudbox.serializers import StrictSerializer
from jobs.api import JobOut
from jobs.repeats import idempotent
from jobs.services import JobInfo

_JOB = OpenApiResponse(JobOut, description="The job that does it. `Location` is where to watch it.")


class BulkIn(StrictSerializer):
    action = serializers.ChoiceField(list(Action))
    assets = serializers.ListField(
        child=serializers.UUIDField(), max_length=bulk.MOST_ASSETS, help_text="Ids, to 1000, each once."
    )
    folder = serializers.UUIDField(required=False, help_text="Where to copy or move to, or to put the archive.")
    name = serializers.CharField(
        max_length=1024, trim_whitespace=False, required=False, help_text="To zip: of the archive."
    )
    on_conflict = serializers.ChoiceField(list(OnConflict), required=False, help_text="If the name is taken there.")
    users = serializers.ListField(
        child=serializers.CharField(max_length=254),
        required=False,
        help_text="To share or unshare: usernames or e-mail addresses, to 100.",
    )
    teams = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="Ids of teams, to 100.")
    role = serializers.ChoiceField(["viewer", "editor"], required=False, help_text="To share or unshare.")
    notify = serializers.BooleanField(
        required=False, help_text="To share: mail whoever is new to it. Then to 20 assets."
    )


class Copy(Door):
    """/store/assets/<id>/copy"""

    @extend_schema(
        summary="Copy an asset into another folder",
        tags=["store"],
        request=MoveIn,
        parameters=[ON_CONFLICT],
        responses={201: AssetOut, 202: _JOB},
    )
    @idempotent
    def post(self, request: Request, asset_id: UUID) -> Response:
        """A file, or a folder with all below that you may see. One with more than 1000 assets is copied by a job."""
        asked = MoveIn(data=request.data)
        asked.is_valid(raise_exception=True)
        made = bulk.copy(
            by=self.caller,
            asset_id=asset_id,
            folder_id=asked.validated_data["folder"],
            name=asked.validated_data.get("name"),
            on_conflict=on_conflict_in(only(request.query_params, "on_conflict")),
        )
        if isinstance(made, AssetView):
            return Response(asset_json(made), status=201, headers=revision_tag(made))
        return _begun(made)


class Bulk(Door):
    """/store/bulk/"""

    @extend_schema(summary="Do something with many assets", tags=["store"], request=BulkIn, responses={202: _JOB})
    @idempotent
    def post(self, request: Request) -> Response:
        """A job does it. What became of each asset is among the job's items."""
        only(request.query_params)
        asked = BulkIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(asked.validated_data)
        return _begun(bulk.begin(by=self.caller, asset_ids=said.pop("assets"), **said))


def _begun(job: JobInfo) -> Response:
    return Response(JobOut(job).data, status=202, headers={"Location": f"/api/v1/jobs/{job.id}/"})
