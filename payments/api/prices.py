"""/payments/plans: what is for sale, and what buying it would mean."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import problems
from cloudbox.asked import only
from cloudbox.errors import BadInput
from payments.services import checkout, plans
from payments.words import Currency, Mode

KEPT_FOR_A_MINUTE = {"Cache-Control": "public, max-age=60"}
CURRENCY = OpenApiParameter("currency", str, enum=Currency.values, required=True)
MINOR = "In minor units of the currency, such as kobo or cents."

EXAMPLE = {
    "mode": "live",
    "currencies": ["NGN", "USD"],
    "free": {"bytes": 5 * 2**30},
    "items": [
        {"code": "basic", "name": "Basic", "bytes": 2**30, "days": 30, "prices": {"NGN": 200_000, "USD": 150}},
    ],
}


class Anyone(BasePermission):
    """The price list is for everybody."""

    anyone_reads = True


class PlanOut(serializers.Serializer[plans.PlanInfo]):
    code = serializers.CharField()
    name = serializers.CharField()
    bytes = serializers.IntegerField(help_text="Beside what everybody has.")
    days = serializers.IntegerField()
    prices = serializers.DictField(child=serializers.IntegerField(), help_text=f"By currency. {MINOR}")


class FreeOut(serializers.Serializer[Any]):
    bytes = serializers.IntegerField(source="free_bytes")


class PriceListOut(serializers.Serializer[plans.PriceList]):
    mode = serializers.ChoiceField(Mode.choices, help_text="What kind of money is taken: only `live` is real.")
    currencies = serializers.ListField(child=serializers.ChoiceField(Currency.choices))
    free = FreeOut(source="*", help_text="What everybody has.")
    items = PlanOut(source="plans", many=True)


class QuoteOut(serializers.Serializer[checkout.Quote]):
    plan = PlanOut()
    currency = serializers.ChoiceField(Currency.choices)
    amount_minor = serializers.IntegerField(help_text=MINOR)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    extra_seconds = serializers.SerializerMethodField(help_text="That the value of what still runs adds.")
    takes_over = serializers.BooleanField(help_text="It begins at once in place of what runs; else when that ends.")

    def get_extra_seconds(self, quote: checkout.Quote) -> int:
        return int(quote.extra.total_seconds())


class Plans(APIView):
    permission_classes = [Anyone]

    @extend_schema(
        summary="Read the price list", tags=["payments"], responses={200: PriceListOut, **problems(400, 404)}
    )
    def get(self, request: Request) -> Response:
        """The packs for sale, in the order of the list, and what everybody has without one."""
        only(request.query_params)
        return Response(PriceListOut(plans.price_list()).data, headers=KEPT_FOR_A_MINUTE)


class Quote(APIView):
    keys_read = True

    @extend_schema(
        summary="Ask what buying a plan would mean",
        tags=["payments"],
        parameters=[CURRENCY],
        responses={200: QuoteOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, plan: str) -> Response:
        """The price, and from when to when the plan would count if it were paid for now. Nothing changes."""
        currency = only(request.query_params, "currency").get("currency")
        if currency is None:
            raise BadInput("currency", "Say in which currency.")
        return Response(QuoteOut(checkout.quote(by=caller_from(request), plan=plan, currency=currency)).data)
