"""/payments/orders: what somebody has ordered, and what became of it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import problems
from cloudbox.asked import only
from cloudbox.pages import limit_of
from payments.api.prices import MINOR
from payments.services import orders
from payments.words import Currency, Mode, State

PAGED = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]


class OrderOut(serializers.Serializer[orders.OrderInfo]):
    id = serializers.UUIDField()
    reference = serializers.CharField(help_text="What Paystack calls it.")
    state = serializers.ChoiceField(State.choices)
    mode = serializers.ChoiceField(Mode.choices, help_text="What kind of money it is.")
    plan = serializers.CharField(help_text="The code of the plan.")
    plan_name = serializers.CharField()
    bytes = serializers.IntegerField()
    days = serializers.IntegerField()
    currency = serializers.ChoiceField(Currency.choices)
    amount_minor = serializers.IntegerField(help_text=MINOR)
    refunded_minor = serializers.IntegerField(help_text="Of that, what has gone back.")
    authorization_url = serializers.SerializerMethodField(help_text="Where it is paid; null when it cannot be.")
    failure = serializers.CharField(help_text="Why it has failed, if it has.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Until when its payment is waited for.")
    paid_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True, help_text="From when it counts.")
    ends_at = serializers.DateTimeField(allow_null=True)
    receipts = serializers.ListField(child=serializers.IntegerField(), help_text="Their numbers.")

    def get_authorization_url(self, order: orders.OrderInfo) -> str | None:
        return order.page or None


class OrdersOut(serializers.Serializer[Any]):
    items = OrderOut(many=True)
    next = serializers.CharField(allow_null=True)


class StepOut(serializers.Serializer[orders.StepInfo]):
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="Such as `ordered`, `verified`, `settled`; there may be more.")
    facts = serializers.DictField()


class TimelineOut(serializers.Serializer[Any]):
    items = StepOut(many=True)


class Orders(APIView):
    keys_read = True

    @extend_schema(
        summary="List your orders",
        tags=["payments"],
        parameters=PAGED,
        responses={200: OrdersOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        query = only(request.query_params, "limit", "cursor")
        page = orders.orders_of(by=caller_from(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response(OrdersOut(page).data)


class Order(APIView):
    keys_read = True

    @extend_schema(
        summary="Read an order", tags=["payments"], responses={200: OrderOut, **problems(400, 401, 403, 404)}
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """As it is known here; nobody asks Paystack for that."""
        only(request.query_params)
        return Response(OrderOut(orders.order(by=caller_from(request), order_id=order_id)).data)


class Timeline(APIView):
    keys_read = True

    @extend_schema(
        summary="Read what happened with an order",
        tags=["payments"],
        responses={200: TimelineOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Step by step, oldest first."""
        only(request.query_params)
        return Response(TimelineOut({"items": orders.steps_of(by=caller_from(request), order_id=order_id)}).data)


class Check(APIView):
    @extend_schema(
        summary="Ask Paystack what became of an order",
        tags=["payments"],
        request=None,
        responses={200: OrderOut, **problems(401, 403, 404, 502, 503)},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """If it is paid there, it counts from now on. Call it when a payer has come back."""
        return Response(OrderOut(orders.check(by=caller_from(request), order_id=order_id)).data)


class Cancel(APIView):
    @extend_schema(
        summary="Cancel an order that is not paid",
        tags=["payments"],
        request=None,
        responses={200: OrderOut, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Its page at Paystack stays open: what is paid there all the same counts."""
        return Response(OrderOut(orders.cancel(by=caller_from(request), order_id=order_id)).data)
