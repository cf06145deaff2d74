"""/payments/, /payments/pay/ and /payments/verify/<ref>: the calls of the first CloudBox.

What it called a transaction is an order here. It told its states in Paystack's words, and so does this door.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import problems
from accounts.callers import Caller
from accounts.credentials import token_of
from cloudbox.asked import only
from cloudbox.pages import limit_of
from payments.api.orders import PAGED
from payments.api.prices import MINOR
from payments.services import orders, plans
from payments.words import Currency, State

PRICES = "/account/plan"  # the page on which people choose
WORDS = {
    State.CREATED: "pending",
    State.PENDING: "pending",
    State.PAID: "success",
    State.FAILED: "failed",
    State.CANCELLED: "abandoned",
    State.EXPIRED: "abandoned",
    State.MISMATCH: "processing",  # the staff looks at it
    State.PARTLY_REFUNDED: "success",
    State.REFUNDED: "reversed",
    State.DISPUTED: "success",
    State.REVERSED: "reversed",
}


class TransactionOut(serializers.Serializer[Any]):
    user = serializers.UUIDField(help_text="Your id.")
    reference_id = serializers.CharField()
    amount = serializers.IntegerField(help_text=MINOR)
    currency = serializers.ChoiceField(Currency.choices)
    status = serializers.ChoiceField(sorted(set(WORDS.values())), help_text="In Paystack's words.")
    created_at = serializers.DateTimeField()


class TransactionsOut(serializers.Serializer[Any]):
    items = TransactionOut(many=True)
    next = serializers.CharField(allow_null=True)


def _transaction(order: orders.OrderInfo, caller: Caller) -> dict[str, Any]:
    return {
        "user": caller.user_id,
        "reference_id": order.reference,
        "amount": order.amount_minor,
        "currency": order.currency,
        "status": WORDS[State(order.state)],
        "created_at": order.created_at,
    }


class Pay(APIView):
    keys_read = True

    @extend_schema(
        summary="Read the price list as a page",
        tags=["ancestors"],
        responses={
            200: OpenApiResponse(OpenApiTypes.STR, "The price list, for those who come with a token."),
            (200, "text/html"): OpenApiTypes.STR,
            302: OpenApiResponse(description="To the page on which people in a browser choose."),
            **problems(400, 401, 403, 404),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """A page with what is for sale, and where to order it."""
        only(request.query_params)
        asked = request._request  # noqa: SLF001 - Django's own request beneath the framework's
        if token_of(asked) is None:
            return redirect(PRICES)
        return render(asked, "payments/pay.html", {"list": plans.price_list(), "page": PRICES})


class Verify(APIView):
    keys_read = True

    @extend_schema(
        summary="Ask Paystack for your transaction of this reference",
        tags=["ancestors"],
        responses={200: TransactionOut, **problems(400, 401, 403, 404, 502, 503)},
    )
    def get(self, request: Request, reference: str) -> Response:
        """If it is paid there, it counts from now on. Paystack is asked for nobody else's, and for nothing unknown."""
        only(request.query_params)
        caller = caller_from(request)
        order = orders.check_reference(by=caller, reference=reference)
        return Response(TransactionOut(_transaction(order, caller)).data)


class Transactions(APIView):
    keys_read = True

    @extend_schema(
        summary="List your transactions",
        tags=["ancestors"],
        parameters=PAGED,
        responses={200: TransactionsOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Your orders in the first CloudBox's words, newest first."""
        query = only(request.query_params, "limit", "cursor")
        caller = caller_from(request)
        page = orders.orders_of(by=caller, cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        items = [_transaction(order, caller) for order in page.items]
        return Response(TransactionsOut({"items": items, "next": page.next}).data)
