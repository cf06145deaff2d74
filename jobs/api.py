"""/jobs/…: watch and cancel long work."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cloudbox.pages import limit_of
from jobs import services

PAGED = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]


def _me(request: Request) -> UUID:
    caller: Any = request.auth  # accounts.callers.Caller, which this app does not know
    user_id: UUID = caller.user_id
    return user_id


def _key(request: Request) -> str | None:
    """Return the id of the access key to whose own jobs the request is limited; None for all of them.

    A key that may read the whole account reads all, and cancels what was begun with it.
    """
    limits: Any = request.auth.limits  # type: ignore[union-attr]  # the same Caller
    if limits is None or (request.method in SAFE_METHODS and "read" in limits.scopes and limits.folder_id is None):
        return None
    return str(limits.key_id)


class JobOut(serializers.Serializer[services.JobInfo]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    action = serializers.CharField(help_text="What it does with each of many things, as `copy`; else empty.")
    state = serializers.ChoiceField(choices=services.STATES)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True, help_text="Null while it is not known.")
    unit = serializers.CharField(help_text="What `done` and `total` count.")
    cancel_requested = serializers.BooleanField()
    result = serializers.JSONField(help_text="Null until it is done.")
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class JobsOut(serializers.Serializer[object]):
    items = JobOut(many=True)
    next = serializers.CharField(allow_null=True)


class JobItemOut(serializers.Serializer[services.JobItemInfo]):
    position = serializers.IntegerField()
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=services.ITEM_STATES)
    code = serializers.CharField(help_text="Why it was skipped or failed.")
    made = serializers.CharField(help_text="The id of what is new, as of a copy.")


class JobItemsOut(serializers.Serializer[object]):
    items = JobItemOut(many=True)
    next = serializers.CharField(allow_null=True)


class Jobs(APIView):
    keys_begin = True

    @extend_schema(summary="List your jobs", tags=["jobs"], parameters=PAGED, responses=JobsOut)
    def get(self, request: Request) -> Response:
        """Your long-running work, newest first."""
        query = request.query_params
        page = services.page(
            _me(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")), key=_key(request)
        )
        return Response(JobsOut(page).data)


class Job(APIView):
    keys_begin = True

    @extend_schema(summary="Read a job", tags=["jobs"], responses=JobOut)
    def get(self, request: Request, job_id: str) -> Response:
        """How far it is, and how it ended."""
        return Response(JobOut(services.get(_me(request), UUID(job_id), key=_key(request))).data)


class JobItems(APIView):
    keys_begin = True

    @extend_schema(summary="List what a job does", tags=["jobs"], parameters=PAGED, responses=JobItemsOut)
    def get(self, request: Request, job_id: str) -> Response:
        """Each thing that the job works on, and what became of it."""
        query = request.query_params
        page = services.items(
            _me(request),
            UUID(job_id),
            cursor=query.get("cursor"),
            limit=limit_of(query.get("limit")),
            key=_key(request),
        )
        return Response(JobItemsOut(page).data)


class CancelJob(APIView):
    keys_begin = True

    @extend_schema(summary="Cancel a job", tags=["jobs"], request=None, responses={202: JobOut})
    def post(self, request: Request, job_id: str) -> Response:
        """Ask it to stop. One that nobody works on yet stops at once."""
        return Response(JobOut(services.cancel(_me(request), UUID(job_id), key=_key(request))).data, status=202)
