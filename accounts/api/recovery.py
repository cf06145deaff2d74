"""/auth/… and /account/email/…: a new password for a lost one, and whose an address is."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.auth import BEARER, NO_STORE
from accounts.api.authentication import caller_from, visitor_from
from accounts.api.serializers import ProfileOut, given, problems
from accounts.credentials import token_of
from accounts.services import recovery
from cloudbox.errors import BadInput
from cloudbox.serializers import StrictSerializer

ASKED = "If this is the address of an account, a mail with a link is on its way to it."
RESET = "The password is set. Every session, token and access key of the account has ended."


def _secret(*, required: bool) -> serializers.CharField:
    return serializers.CharField(
        max_length=200, required=required, write_only=True, help_text="What stands at the end of the link."
    )


def _password() -> serializers.CharField:
    return serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class RequestResetIn(StrictSerializer):
    email = serializers.EmailField(max_length=254)


class ResetPasswordIn(StrictSerializer):
    token = _secret(required=False)
    password = _password()


class FollowedLinkIn(StrictSerializer):
    token = _secret(required=True)


class NewAddressIn(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    current_password = serializers.CharField(
        max_length=1024,
        trim_whitespace=False,
        required=False,
        write_only=True,
        help_text="Not needed by somebody who has none, and has just signed in elsewhere.",
    )


class MessageOut(serializers.Serializer[object]):
    message = serializers.CharField()


class EmailOut(serializers.Serializer[object]):
    email = serializers.EmailField()


class RequestPasswordReset(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Ask for a link to a new password",
        tags=["auth"],
        auth=[],
        request=RequestResetIn,
        responses={200: MessageOut, **problems(400, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """The answer is the same, and takes as long, whether there is such an account or not."""
        fields = given(RequestResetIn, request.data).validated_data
        recovery.request_reset(by=visitor_from(request), email=fields["email"])
        return Response({"message": ASKED})


class ResetPassword(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Set a new password with a link",
        tags=["auth"],
        auth=BEARER,
        request=ResetPasswordIn,
        responses={200: MessageOut, **problems(400, 401, 413, 415, 503)},
    )
    def post(self, request: Request) -> Response:
        """What the link has at its end stands in the body, or is the Bearer token. It is good once, for an hour.

        Every session, token, browser and access key of the account ends.
        """
        fields = given(ResetPasswordIn, request.data).validated_data
        secret = fields.get("token") or token_of(request._request)  # noqa: SLF001 - Django's own request
        if not secret:
            raise BadInput("token", "Send what stands at the end of the link.")
        recovery.reset_password(by=visitor_from(request), secret=secret, password=fields["password"])
        return Response({"message": RESET}, headers=NO_STORE)


class VerifyEmail(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Confirm an e-mail address with a link",
        tags=["auth"],
        auth=[],
        request=FollowedLinkIn,
        responses={200: EmailOut, **problems(400, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """The address that the link was mailed to is that of the account from now on."""
        fields = given(FollowedLinkIn, request.data).validated_data
        return Response({"email": recovery.verify_email(by=visitor_from(request), secret=fields["token"])})


class Email(APIView):
    @extend_schema(
        summary="Change your e-mail address",
        tags=["account"],
        request=NewAddressIn,
        responses={200: ProfileOut, **problems(400, 401, 403, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """The new address gets a link, the old one is told. Until the link is followed it is the `pending_email`.

        An address that belongs to somebody else is answered in the same way; they are told.
        """
        fields = given(NewAddressIn, request.data).validated_data
        profile = services.change_profile(
            by=caller_from(request),
            changes={"email": fields["email"]},
            current_password=fields.get("current_password", ""),
        )
        return Response(ProfileOut(profile).data)


class SendVerification(APIView):
    @extend_schema(
        summary="Have the link that confirms your address mailed again",
        tags=["account"],
        request=None,
        responses={200: EmailOut, **problems(401, 403, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        """Older links end. It goes to the `pending_email`, or to your address while that is not confirmed."""
        return Response({"email": recovery.send_verification(by=caller_from(request))})
