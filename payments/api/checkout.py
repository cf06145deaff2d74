"""/payments/checkout: from the price list to the page on which it is paid."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import given, problems
from cloudbox.serializers import StrictSerializer
from jobs.idempotency import key_of
from jobs.repeats import HEADER
from payments.api.orders import OrderOut
from payments.services import checkout
from payments.words import Currency

KEY = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="Orders under one key are one order, however often they are sent."
)
REPLAYED = {"Idempotency-Replayed": "true"}


class CheckoutIn(StrictSerializer):
    """What costs how much is not for the payer to say: the price list does."""

    plan = serializers.CharField(max_length=40, help_text="The code of a plan in the price list.")
    currency = serializers.ChoiceField(Currency.choices)


class Checkout(APIView):
    @extend_schema(
        summary="Order a plan",
        tags=["payments"],
        parameters=[KEY],
        request=CheckoutIn,
        examples=[OpenApiExample("a pack", {"plan": "basic", "currency": "NGN"}, request_only=True)],
        responses={201: OrderOut, **problems(400, 401, 403, 404, 409, 413, 415, 422, 502, 503)},
    )
    def post(self, request: Request) -> Response:
        """Send the payer to `authorization_url`. A repeated key is answered with its order as that is now."""
        fields = given(CheckoutIn, request.data).validated_data
        key = key_of(request.headers.get(HEADER))
        order = checkout.begin(by=caller_from(request), key=key, **fields)
        return Response(OrderOut(order).data, status=201, headers=REPLAYED if order.is_repeat else None)
