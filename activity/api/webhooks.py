"""/webhooks/: addresses of mine that are called for what happens, and what became of the calls."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activity import deliveries, webhooks
from activity.api.asking import person
from cloudbox.asked import only
from cloudbox.pages import Page, limit_of
from cloudbox.serializers import StrictSerializer

NO_STORE = {"Cache-Control": "no-store"}
PAGED = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
TAGS = ["webhooks"]


class _Said(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment]  # the framework's fields have a label, too
        required=False, allow_blank=True, max_length=webhooks.LONGEST_LABEL, help_text="What you call it."
    )
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, help_text="Of which events; none: of all."
    )


class WebhookIn(_Said):
    url = serializers.CharField(max_length=2000, help_text="Where to call: `https://…`.")


class WebhookChangesIn(_Said):
    url = serializers.CharField(required=False, max_length=2000, help_text="Where to call: `https://…`.")
    is_active = serializers.BooleanField(required=False, help_text="False: it is not called.")


class WebhookOut(serializers.Serializer[webhooks.WebhookInfo]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    kinds = serializers.ListField(child=serializers.CharField(), help_text="None: it is called for all.")
    is_active = serializers.BooleanField()
    off_reason = serializers.CharField(
        help_text="Why the server has turned it off: `gone`, `failing` or `staff`; or nothing."
    )
    failing_since = serializers.DateTimeField(allow_null=True, help_text="Since then nothing has gone.")
    rotates_until = serializers.DateTimeField(allow_null=True, help_text="Until then the secret before signs, too.")
    created_at = serializers.DateTimeField()


class NewWebhookOut(WebhookOut):
    secret = serializers.CharField(help_text="What signs the calls: `whsec_…`.")


class WebhooksOut(serializers.Serializer[object]):
    items = WebhookOut(many=True)
    next = serializers.CharField(allow_null=True)


class SecretOut(serializers.Serializer[object]):
    secret = serializers.CharField()


class DeliveryOut(serializers.Serializer[deliveries.DeliveryInfo]):
    id = serializers.UUIDField(help_text="The `webhook-id` of its calls.")
    kind = serializers.CharField()
    event_id = serializers.IntegerField(allow_null=True, help_text="Null: a test.")
    state = serializers.ChoiceField(choices=deliveries.STATES)
    attempts = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="Of the last answer; null: there was none.")
    error = serializers.CharField(help_text="Why there was none.")
    milliseconds = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    tried_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True, help_text="When it is tried again; null: it is over.")


class DeliveriesOut(serializers.Serializer[object]):
    items = DeliveryOut(many=True)
    next = serializers.CharField(allow_null=True)


class Webhooks(APIView):
    @extend_schema(summary="List your webhooks", tags=TAGS, parameters=PAGED, responses=WebhooksOut)
    def get(self, request: Request) -> Response:
        """Newest first, without their secrets."""
        query = only(request.query_params, "limit", "cursor")
        page = webhooks.page(by=person(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response(WebhooksOut(page).data)

    @extend_schema(summary="Make a webhook", tags=TAGS, request=WebhookIn, responses={201: NewWebhookOut})
    def post(self, request: Request) -> Response:
        """At most 20. The answer has the secret that signs its calls."""
        only(request.query_params)
        made = webhooks.make(by=person(request), **_given(WebhookIn, request))
        return _with_secret(made, 201)


class Webhook(APIView):
    @extend_schema(summary="Read a webhook", tags=TAGS, responses=WebhookOut)
    def get(self, request: Request, webhook_id: str) -> Response:
        """Where it calls, for what, and whether that works."""
        only(request.query_params)
        return Response(WebhookOut(webhooks.get(by=person(request), webhook_id=UUID(webhook_id))).data)

    @extend_schema(summary="Change a webhook", tags=TAGS, request=WebhookChangesIn, responses=WebhookOut)
    def patch(self, request: Request, webhook_id: str) -> Response:
        """What is not named stays. One that is turned off gives up what waits for it."""
        only(request.query_params)
        wish: Any = _given(WebhookChangesIn, request)
        return Response(WebhookOut(webhooks.change(by=person(request), webhook_id=UUID(webhook_id), wish=wish)).data)

    @extend_schema(summary="Delete a webhook", tags=TAGS, request=None, responses={204: None})
    def delete(self, request: Request, webhook_id: str) -> Response:
        """With the log of its calls, and with what waits for it."""
        only(request.query_params)
        webhooks.delete(by=person(request), webhook_id=UUID(webhook_id))
        return Response(status=204)


class WebhookSecret(APIView):
    @extend_schema(summary="Read the secret of a webhook", tags=TAGS, responses=SecretOut)
    def get(self, request: Request, webhook_id: str) -> Response:
        """What signs its calls."""
        only(request.query_params)
        secret = webhooks.secret_of(by=person(request), webhook_id=UUID(webhook_id))
        return Response({"secret": secret}, headers=NO_STORE)


class RotateWebhookSecret(APIView):
    @extend_schema(summary="Give a webhook a new secret", tags=TAGS, request=None, responses=NewWebhookOut)
    def post(self, request: Request, webhook_id: str) -> Response:
        """For 24 hours the one before signs, too."""
        only(request.query_params)
        return _with_secret(webhooks.rotate_secret(by=person(request), webhook_id=UUID(webhook_id)), 200)


class TestWebhook(APIView):
    @extend_schema(summary="Test a webhook", tags=TAGS, request=None, responses={202: DeliveryOut})
    def post(self, request: Request, webhook_id: str) -> Response:
        """Call it once with an event `webhook_test` that says nothing; the log tells what came of it."""
        only(request.query_params)
        return _sent(deliveries.test(by=person(request), webhook_id=UUID(webhook_id)))


class Deliveries(APIView):
    @extend_schema(summary="List the calls of a webhook", tags=TAGS, parameters=PAGED, responses=DeliveriesOut)
    def get(self, request: Request, webhook_id: str) -> Response:
        """What was and will be sent to it, newest first. Kept for 30 days."""
        query = only(request.query_params, "limit", "cursor")
        page: Page[deliveries.DeliveryInfo] = deliveries.page(
            by=person(request),
            webhook_id=UUID(webhook_id),
            cursor=query.get("cursor"),
            limit=limit_of(query.get("limit")),
        )
        return Response(DeliveriesOut(page).data)


class RetryDelivery(APIView):
    @extend_schema(summary="Call a webhook again", tags=TAGS, request=None, responses={202: DeliveryOut})
    def post(self, request: Request, webhook_id: str, delivery_id: str) -> Response:
        """With what was sent before, under the same id, now and as often as the first time."""
        only(request.query_params)
        return _sent(deliveries.retry(by=person(request), webhook_id=UUID(webhook_id), delivery_id=UUID(delivery_id)))


def _given(serializer: type[Any], request: Request) -> dict[str, Any]:
    asked = serializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _with_secret(made: webhooks.NewWebhook, status: int) -> Response:
    return Response({**WebhookOut(made.info).data, "secret": made.secret}, status=status, headers=NO_STORE)


def _sent(delivery: deliveries.DeliveryInfo) -> Response:
    return Response(DeliveryOut(delivery).data, status=202)
