"""/account/two-factor…, and the second step of logging in."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.auth import NO_STORE, answer
from accounts.api.authentication import caller_from, visitor_from
from accounts.api.serializers import SignedInOut, given, problems
from accounts.services import two_factor
from cloudbox.serializers import StrictSerializer

LONGEST_CODE = 64


class CodeIn(StrictSerializer):
    code = serializers.CharField(max_length=LONGEST_CODE, write_only=True, help_text="As the authenticator shows it.")


class LoginCodeIn(StrictSerializer):
    challenge = serializers.CharField(max_length=1024, write_only=True, help_text="What the first step answered.")
    code = serializers.CharField(
        max_length=LONGEST_CODE, write_only=True, help_text="Of the authenticator, or a recovery code."
    )


class PasswordOnceMoreIn(StrictSerializer):
    current_password = serializers.CharField(
        max_length=1024,
        trim_whitespace=False,
        required=False,
        write_only=True,
        help_text="Needed by all who have one.",
    )


class PasswordAndCodeIn(PasswordOnceMoreIn):
    code = serializers.CharField(
        max_length=LONGEST_CODE, write_only=True, help_text="Of the authenticator, or a recovery code."
    )


class TwoFactorOut(serializers.Serializer[two_factor.TwoFactor]):
    enabled = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()
    needed = serializers.BooleanField(help_text="You belong to the staff, and this server asks them for it.")


class SetupOut(serializers.Serializer[two_factor.Setup]):
    secret = serializers.CharField(help_text="Base32, for authenticators without a camera.")
    uri = serializers.CharField(help_text="`otpauth://totp/…`, what the QR code holds.")
    qr = serializers.CharField(help_text="The QR code, an SVG image.")


class RecoveryCodesOut(serializers.Serializer[object]):
    recovery_codes = serializers.ListField(child=serializers.CharField(), help_text="Each good once; not shown again.")


class TurnedOnOut(RecoveryCodesOut):
    signed_in = SignedInOut(allow_null=True, help_text="This session's new tokens. Null: it is a browser's.")


class LoginCode(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Log in: the second step",
        tags=["auth"],
        auth=[],
        request=LoginCodeIn,
        responses={200: SignedInOut, **problems(400, 401, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Answer a challenge with a code. It is good for five minutes, five codes and one session."""
        fields = given(LoginCodeIn, request.data).validated_data
        return answer(services.answer_challenge(by=visitor_from(request), **fields))


class TwoFactor(APIView):
    @extend_schema(
        summary="Read how two-factor is", tags=["account"], responses={200: TwoFactorOut, **problems(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Whether signing in needs a code, too, and how many recovery codes are left."""
        return Response(TwoFactorOut(two_factor.state(by=caller_from(request))).data)

    @extend_schema(
        summary="Set two-factor up",
        tags=["account"],
        request=PasswordOnceMoreIn,
        responses={200: SetupOut, **problems(400, 401, 403, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Get a new secret for an authenticator. Nothing changes until a code of it has been confirmed."""
        fields = given(PasswordOnceMoreIn, request.data).validated_data
        return Response(SetupOut(two_factor.begin_setup(by=caller_from(request), **fields)).data, headers=NO_STORE)


class Confirm(APIView):
    @extend_schema(
        summary="Turn two-factor on",
        tags=["account"],
        request=CodeIn,
        responses={200: TurnedOnOut, **problems(400, 401, 403, 409, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Show a first code of the new secret. All other sessions end; this one goes on with the new tokens."""
        fields = given(CodeIn, request.data).validated_data
        turned_on = two_factor.confirm(by=caller_from(request), **fields)
        return Response(TurnedOnOut(turned_on).data, headers=NO_STORE)


class RecoveryCodes(APIView):
    @extend_schema(
        summary="Get new recovery codes",
        tags=["account"],
        request=PasswordAndCodeIn,
        responses={200: RecoveryCodesOut, **problems(400, 401, 403, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Ten new ones; the old ones count no more."""
        fields = given(PasswordAndCodeIn, request.data).validated_data
        codes = two_factor.renew_recovery_codes(by=caller_from(request), **fields)
        return Response(RecoveryCodesOut({"recovery_codes": codes}).data, headers=NO_STORE)


class TurnOff(APIView):
    @extend_schema(
        summary="Turn two-factor off",
        tags=["account"],
        request=PasswordAndCodeIn,
        responses={204: None, **problems(400, 401, 403, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Signing in needs the password only, from now on."""
        two_factor.turn_off(by=caller_from(request), **given(PasswordAndCodeIn, request.data).validated_data)
        return Response(status=204)
