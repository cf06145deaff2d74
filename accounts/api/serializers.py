"""What the native calls about accounts take and give."""

from typing import Any

from django.templatetags.static import static
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from accounts import services
from cloudbox.serializers import StrictSerializer

PICTURE = "/api/v1/auth/profile/picture"


def _text(longest: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=longest, required=False, allow_blank=True, **options)


class Details(StrictSerializer):
    """The fields that somebody may set of their own profile."""

    username = _text(254, help_text="Without one the e-mail address is the username.")
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True, allow_null=True)
    first_name = _text(150)
    middle_name = _text(150)
    last_name = _text(150)
    country = _text(100)
    phone = _text(32)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    recovery_mail = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    recovery_no = _text(32)
    security_quest = _text(255)
    security_ans = _text(255, write_only=True, help_text="Only a hash of it is kept; it is never shown.")
    profile_pict = serializers.FileField(
        required=False, write_only=True, help_text="JPEG, PNG, WebP or GIF, at most 10 MiB; as multipart/form-data."
    )

    def picture(self) -> bytes | None:
        """Return the bytes of the picture that was sent."""
        file = self.validated_data.pop("profile_pict", None)
        return file.read() if file else None


class RegistrationIn(Details):
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class ProfileIn(Details):
    current_password = serializers.CharField(
        max_length=1024,
        trim_whitespace=False,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="Needed to change the username or the e-mail address.",
    )


class ProfileOut(serializers.Serializer[services.Profile]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    email_verified = serializers.BooleanField(help_text="Whether somebody has followed the link that was mailed there.")
    pending_email = serializers.EmailField(
        allow_null=True, help_text="What the address becomes once the link that was mailed there is followed."
    )
    has_password = serializers.BooleanField()
    first_name = serializers.CharField()
    middle_name = serializers.CharField()
    last_name = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()
    date_of_birth = serializers.DateField(allow_null=True)
    profile_pict = serializers.SerializerMethodField(
        help_text="Where the picture is: a drawn one until yours is cropped."
    )
    recovery_mail = serializers.CharField()
    recovery_no = serializers.CharField()
    security_quest = serializers.CharField()
    has_security_ans = serializers.BooleanField()
    is_staff = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.CharField())
    def get_profile_pict(self, profile: services.Profile) -> str:
        """The address changes with the picture, so that a browser shows the new one."""
        if not profile.picture:
            return static("accounts/picture.svg")
        return f"{PICTURE}?v={profile.picture.rpartition('/')[2].partition('.')[0][:12]}"


class LoginIn(StrictSerializer):
    """Names one account, in one of three ways."""

    email = serializers.CharField(max_length=1024, required=False)
    username = serializers.CharField(max_length=1024, required=False)
    login = serializers.CharField(max_length=1024, required=False, help_text="An e-mail address or a username.")
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        names = [attrs[name] for name in ("email", "username", "login") if name in attrs]
        if len(names) != 1:
            raise serializers.ValidationError({"login": "Give one of email, username and login."})
        return {"name": names[0], "password": attrs["password"]}


class _Password(StrictSerializer):
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class LoginByEmailIn(_Password):
    email = serializers.CharField(max_length=1024)


class LoginByUsernameIn(_Password):
    username = serializers.CharField(max_length=1024)


class LoginByEitherIn(_Password):
    login = serializers.CharField(max_length=1024, help_text="An e-mail address or a username.")


LOGIN = PolymorphicProxySerializer(  # what LoginIn takes, as OpenAPI can say it
    component_name="Login",
    serializers=[LoginByEmailIn, LoginByUsernameIn, LoginByEitherIn],
    resource_type_field_name=None,
)


class TokenIn(StrictSerializer):
    refresh = serializers.CharField(max_length=4096, required=False, help_text="Or send it as the Bearer token.")


class SignedInOut(serializers.Serializer[services.SignedIn]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Good once, for the next pair.")
    token_type = serializers.SerializerMethodField()
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")
    user_id = serializers.UUIDField()
    username = serializers.CharField()

    def get_token_type(self, _: services.SignedIn) -> str:
        return "Bearer"


class ChallengeOut(serializers.Serializer[services.Challenge]):
    """The password is right, and a second factor is needed: no tokens yet."""

    challenge = serializers.CharField(help_text="Goes to `auth/login/code` with a code. Good once.")
    methods = serializers.ListField(
        child=serializers.ChoiceField(["totp", "recovery_code"]), help_text="What the code may be."
    )
    expires_in = serializers.IntegerField(help_text="Seconds that the challenge is good for.")


class PasswordIn(StrictSerializer):
    current_password = serializers.CharField(
        max_length=1024,
        trim_whitespace=False,
        default="",
        write_only=True,
        help_text="Needed by all who have one. Others must have signed in within the last five minutes.",
    )
    new_password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class AllowanceOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    bytes = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="Null: for good.")
    reason = serializers.CharField()


class UsageOut(serializers.Serializer[object]):
    used = serializers.IntegerField(source="space.used", help_text="Bytes stored, versions and trash included.")
    reserved = serializers.IntegerField(source="space.reserved", help_text="Bytes held for uploads that are under way.")
    limit = serializers.IntegerField(source="space.limit")
    free = serializers.IntegerField(source="space.free")
    limit_until = serializers.DateTimeField(
        source="space.limit_until", allow_null=True, help_text="When an allowance begins or ends."
    )
    charges = serializers.DictField(child=serializers.IntegerField(), help_text="What eats the space: bytes by kind.")
    allowances = AllowanceOut(many=True)


class SessionOut(serializers.Serializer[services.SessionInfo]):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    refreshed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    address = serializers.CharField()
    agent = serializers.CharField()
    current = serializers.BooleanField(help_text="The one that this request belongs to.")


class SessionsOut(serializers.Serializer[object]):
    items = SessionOut(many=True)
    next = serializers.CharField(allow_null=True)


class ProblemOut(serializers.Serializer[object]):
    """RFC 9457 problem details; `code` is stable. Refusals about fields have them in `errors`."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()


def problems(*statuses: int) -> dict[Any, Any]:
    """Return the refusals of a call, as OpenAPI describes them."""
    return {(status, "application/problem+json"): OpenApiResponse(ProblemOut) for status in statuses}


def given(serializer: type[Any], data: Any) -> Any:
    """Return the serializer with what it found to be valid. Raises the framework's ValidationError."""
    found = serializer(data=data)
    found.is_valid(raise_exception=True)
    return found
