"""/payments/receipts: what was paid and what has gone back, as JSON, to read, and as a PDF to keep."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import caller_from
from accounts.api.serializers import problems
from cloudbox.asked import only
from cloudbox.http import disposition
from cloudbox.pages import limit_of
from payments.api.orders import PAGED
from payments.api.prices import MINOR
from payments.receipts import ReceiptInfo
from payments.services import receipts
from payments.words import Currency, Mode

NO_STORE = "private, no-store"
NUMBER = OpenApiParameter("number", {"type": "integer", "minimum": 0}, OpenApiParameter.PATH)


class ReceiptOut(serializers.Serializer[ReceiptInfo]):
    number = serializers.IntegerField()
    name = serializers.CharField(help_text="The number as people write it.")
    corrects = serializers.CharField(help_text="The name of the receipt whose money has gone back; else empty.")
    order = serializers.UUIDField(source="order_id")
    issued_at = serializers.DateTimeField()
    currency = serializers.ChoiceField(Currency.choices)
    amount_minor = serializers.IntegerField(help_text=f"{MINOR} Negative where money has gone back.")
    is_refund = serializers.BooleanField()
    mode = serializers.ChoiceField(Mode.choices, help_text="What kind of money it is.")
    seller = serializers.ListField(child=serializers.CharField(), help_text="Line by line.")
    buyer = serializers.CharField()
    email = serializers.CharField()
    plan_name = serializers.CharField()
    bytes = serializers.IntegerField()
    days = serializers.IntegerField()
    reference = serializers.CharField()
    channel = serializers.CharField(help_text="How it was paid, in Paystack's word.")
    paid_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class ReceiptsOut(serializers.Serializer[Any]):
    items = ReceiptOut(many=True)
    next = serializers.CharField(allow_null=True)


class Receipts(APIView):
    keys_read = True

    @extend_schema(
        summary="List your receipts",
        tags=["payments"],
        parameters=PAGED,
        responses={200: ReceiptsOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Newest first, with those for money that has gone back."""
        query = only(request.query_params, "limit", "cursor")
        page = receipts.receipts_of(
            by=caller_from(request), cursor=query.get("cursor"), limit=limit_of(query.get("limit"))
        )
        return Response(ReceiptsOut(page).data)


class Receipt(APIView):
    keys_read = True

    @extend_schema(
        summary="Read a receipt",
        tags=["payments"],
        parameters=[NUMBER],
        responses={200: ReceiptOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, number: str) -> Response:
        """As it was issued: what it says never changes."""
        only(request.query_params)
        return Response(ReceiptOut(receipts.receipt(by=caller_from(request), number=int(number))).data)


class ReceiptPage(APIView):
    keys_read = True

    @extend_schema(
        summary="Read a receipt as a page",
        tags=["payments"],
        parameters=[NUMBER],
        responses={(200, "text/html"): OpenApiTypes.STR, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """In the language that `Accept-Language` asks for."""
        only(request.query_params)
        found = receipts.receipt(by=caller_from(request), number=int(number))
        asked = request._request  # noqa: SLF001 - Django's own request beneath the framework's
        page = render(asked, "payments/receipt.html", {"receipt": found})
        page.headers["Cache-Control"] = NO_STORE
        return page


class ReceiptPdf(APIView):
    keys_read = True

    @extend_schema(
        summary="Download a receipt as a PDF",
        tags=["payments"],
        parameters=[NUMBER],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """In the language that `Accept-Language` asks for."""
        only(request.query_params)
        name, content = receipts.pdf_of(by=caller_from(request), number=int(number))
        headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": NO_STORE}
        return HttpResponse(content, content_type="application/pdf", headers=headers)
