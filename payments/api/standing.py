"""/payments/plan: how somebody stands."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import problems
from cloudbox.asked import only
from payments.services import standing
from payments.words import Phase


class TermOut(serializers.Serializer[standing.Term]):
    order = serializers.UUIDField(source="order_id")
    plan = serializers.CharField(help_text="Its code.")
    plan_name = serializers.CharField()
    bytes = serializers.IntegerField(help_text="Beside what everybody has.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    counts_until = serializers.DateTimeField(help_text="When its room goes: some days after its end.")


class StandingOut(serializers.Serializer[standing.Standing]):
    state = serializers.ChoiceField(Phase.choices)
    term = TermOut(allow_null=True, help_text="The pack that counts now.")
    following = TermOut(many=True, help_text="Those that begin later, in their order.")
    paid_until = serializers.DateTimeField(allow_null=True, help_text="When the last of them ends.")
    grace_until = serializers.DateTimeField(allow_null=True, help_text="When its room goes.")
    expired_at = serializers.DateTimeField(allow_null=True, help_text="Since when nothing can be added.")
    used = serializers.IntegerField(help_text="Bytes, with those on their way in.")
    limit = serializers.IntegerField(help_text="Bytes that may be stored at this moment.")


class MyPlan(APIView):
    keys_read = True

    @extend_schema(
        summary="Read how you stand",
        tags=["payments"],
        responses={200: StandingOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Which pack counts, until when, what follows, and how much room there is.

        `read_only`: more is stored than there is room for since a pack has ended. Nothing can be added; reading,
        deleting, sharing and downloading go on.
        """
        only(request.query_params)
        return Response(StandingOut(standing.standing(by=caller_from(request))).data)
