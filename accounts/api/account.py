"""/account/…: what one uses, and where one is signed in."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.authentication import caller_from
from accounts.api.serializers import SessionsOut, UsageOut, problems
from cloudbox.pages import MOST, limit_of


class Usage(APIView):
    keys_read = True

    @extend_schema(summary="Read your usage", tags=["account"], responses={200: UsageOut, **problems(401, 403)})
    def get(self, request: Request) -> Response:
        """What you store, what you may store, and what eats the space; all in bytes."""
        return Response(UsageOut(services.usage(by=caller_from(request))).data)


class Sessions(APIView):
    @extend_schema(
        summary="List your sessions",
        tags=["account"],
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
            OpenApiParameter("cursor", str),
        ],
        responses={200: SessionsOut, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Where you are signed in with tokens, newest first."""
        query = request.query_params
        page = services.sessions_of(
            by=caller_from(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit"))
        )
        return Response(SessionsOut(page).data)

    @extend_schema(
        summary="End all other sessions", tags=["account"], request=None, responses={204: None, **problems(401, 403)}
    )
    def delete(self, request: Request) -> Response:
        """All but the one with which you ask are worth nothing from now on, browsers' too."""
        services.end_other_sessions(by=caller_from(request))
        return Response(status=204)


class Session(APIView):
    @extend_schema(
        summary="End a session", tags=["account"], request=None, responses={204: None, **problems(401, 403, 404)}
    )
    def delete(self, request: Request, session_id: str) -> Response:
        """Its tokens are worth nothing from now on."""
        services.end_session(by=caller_from(request), session_id=UUID(session_id))
        return Response(status=204)
