"""/store/assets/<id>/transfer/ and /store/transfers/: handing something over to another owner."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.asked import only
from assets.api.door import Door
from assets.api.render import AssetOut, PersonOut, asset_json, revision_tag
from assets.services import transfers
from assets.services.transfers import Offer
from cloudbox.pages import limit_of
from cloudbox.serializers import StrictSerializer
from jobs.repeats import idempotent


class TransferIn(StrictSerializer):
    to = serializers.CharField(max_length=254, help_text="A username or a confirmed e-mail address.")
    keep = serializers.BooleanField(default=True, help_text="Stay an editor of it.")


class AcceptedIn(StrictSerializer):
    folder = serializers.UUIDField(required=False, help_text="A folder of yours; without it, your root.")
    most = serializers.IntegerField(
        required=False, min_value=0, help_text="Bytes: as many as you have seen. 409 if it has become larger since."
    )


class OfferOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    asset = serializers.UUIDField()
    kind = serializers.ChoiceField(["folder", "file"])
    name = serializers.CharField()
    direction = serializers.ChoiceField(["in", "out"], help_text="in: offered to you; out: offered by you.")
    giver = PersonOut()
    to = PersonOut()
    keep = serializers.BooleanField(help_text="The giver stays an editor.")
    size = serializers.IntegerField(
        allow_null=True, help_text="Bytes that count on the new owner's quota; not in lists."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class OfferPageOut(serializers.Serializer[Any]):
    items = OfferOut(many=True)
    next = serializers.CharField(allow_null=True)


def _json(offer: Offer) -> dict[str, Any]:
    shown = offer._asdict()
    return shown | {"asset": shown.pop("asset_id"), "giver": offer.giver._asdict(), "to": offer.to._asdict()}


class AssetTransfer(Door):
    """/store/assets/<id>/transfer/"""

    @extend_schema(
        summary="Offer an asset to a new owner", tags=["sharing"], request=TransferIn, responses={201: OfferOut}
    )
    @idempotent
    def post(self, request: Request, asset_id: UUID) -> Response:
        """It is theirs, and counts on their quota, once they accept, which they may for 14 days."""
        only(request.query_params)
        asked = TransferIn(data=request.data)
        asked.is_valid(raise_exception=True)
        offer = transfers.offer(by=self.caller, asset_id=asset_id, **asked.validated_data)
        return Response(_json(offer), status=201)


class Transfers(Door):
    """/store/transfers/"""

    @extend_schema(
        summary="List what is offered to you and by you, the newest first",
        tags=["sharing"],
        parameters=[OpenApiParameter("limit", int, description="1 to 200."), OpenApiParameter("cursor", str)],
        responses=OfferPageOut,
    )
    def get(self, request: Request) -> Response:
        query = only(request.query_params, "limit", "cursor")
        page = transfers.offers(by=self.caller, cursor=query.get("cursor"), limit=limit_of(query.get("limit")))
        return Response({"items": [_json(offer) for offer in page.items], "next": page.next})


class OneTransfer(Door):
    """/store/transfers/<id>/"""

    @extend_schema(summary="Read an offer, with how many bytes it is", tags=["sharing"], responses=OfferOut)
    def get(self, request: Request, offer_id: UUID) -> Response:
        only(request.query_params)
        return Response(_json(transfers.get_offer(by=self.caller, offer_id=offer_id)))

    @extend_schema(summary="Withdraw an offer of yours", tags=["sharing"], responses={204: None})
    def delete(self, request: Request, offer_id: UUID) -> Response:
        only(request.query_params)
        transfers.withdraw(by=self.caller, offer_id=offer_id)
        return Response(status=204)


class Accept(Door):
    """/store/transfers/<id>/accept"""

    @extend_schema(
        summary="Accept what is offered to you: it is yours from now on",
        tags=["sharing"],
        request=AcceptedIn,
        responses=AssetOut,
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        only(request.query_params)
        asked = AcceptedIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        view = transfers.accept(by=self.caller, offer_id=offer_id, folder_id=said.get("folder"), most=said.get("most"))
        return Response(asset_json(view), headers=revision_tag(view))


class Decline(Door):
    """/store/transfers/<id>/decline"""

    @extend_schema(summary="Decline what is offered to you", tags=["sharing"], request=None, responses={204: None})
    def post(self, request: Request, offer_id: UUID) -> Response:
        only(request.query_params)
        transfers.decline(by=self.caller, offer_id=offer_id)
        return Response(status=204)
