"""/auth/…: becoming somebody, being somebody, and who one is."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.authentication import caller_from, visitor_from
from accounts.api.serializers import (
    LOGIN,
    ChallengeOut,
    LoginIn,
    PasswordIn,
    ProfileIn,
    ProfileOut,
    RegistrationIn,
    SignedInOut,
    TokenIn,
    given,
    problems,
)
from accounts.credentials import caller_of, token_of
from cloudbox.errors import NotAuthenticated
from cloudbox.http import Content, send
from cloudbox.rest import FormParser, JsonParser

NO_STORE = {"Cache-Control": "no-store"}
BEARER: Any = [{"bearer": []}]  # drf-spectacular takes requirements, its annotation names


def answer(begun: services.SignedIn | services.Challenge) -> Response:
    """Answer somebody who has shown who they are: 200 with tokens, or 202 with a challenge."""
    if isinstance(begun, services.Challenge):
        return Response(ChallengeOut(begun).data, status=202, headers=NO_STORE)
    return Response(SignedInOut(begun).data, headers=NO_STORE)


class Register(APIView):
    permission_classes = [AllowAny]
    parser_classes = [JsonParser, FormParser]

    @extend_schema(
        summary="Register",
        tags=["auth"],
        auth=[],
        request={"application/json": RegistrationIn, "multipart/form-data": RegistrationIn},
        responses={201: ProfileOut, **problems(400, 401, 403, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Make an account, with its root folder and quota. A username or an e-mail address is needed."""
        form = given(RegistrationIn, request.data)
        picture = form.picture()
        fields = form.validated_data
        profile = services.register(
            by=caller_from(request),
            password=fields.pop("password"),
            username=fields.pop("username", ""),
            email=fields.pop("email", None) or "",
            details=fields,
            picture=picture,
        )
        return Response(ProfileOut(profile).data, status=201)


class Login(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Log in",
        tags=["auth"],
        auth=[],
        request=LOGIN,
        responses={200: SignedInOut, 202: ChallengeOut, **problems(400, 401, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Begin a session. The access token is good for some minutes, the refresh token once, for 30 days.

        Somebody with two-factor gets a challenge instead (202), to be answered at `auth/login/code`.
        """
        fields = given(LoginIn, request.data).validated_data
        return answer(services.sign_in(by=visitor_from(request), **fields))


class Refresh(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Refresh the tokens (with the refresh token as Bearer)",
        tags=["auth"],
        auth=BEARER,
        responses={200: SignedInOut, **problems(401)},
    )
    def get(self, request: Request) -> Response:
        """The same as POST, for clients that know only this."""
        return self._refresh(request, "")

    @extend_schema(
        summary="Refresh the tokens",
        tags=["auth"],
        auth=BEARER,
        request=TokenIn,
        responses={200: SignedInOut, **problems(400, 401, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. Using one twice ends its session: somebody copied it."""
        return self._refresh(request, given(TokenIn, request.data).validated_data.get("refresh", ""))

    def _refresh(self, request: Request, token: str) -> Response:
        token = token or token_of(request._request) or ""  # noqa: SLF001 - Django's own request
        if not token:
            raise NotAuthenticated("Send the refresh token.")
        return answer(services.refresh(by=visitor_from(request), token=token))


class Logout(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Log out",
        tags=["auth"],
        auth=BEARER,
        request=TokenIn,
        responses={204: None, **problems(400, 401, 403, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """End the session at once: that of the access token, or that of a refresh token in the body."""
        token = given(TokenIn, request.data).validated_data.get("refresh", "")
        caller = visitor_from(request) if token else caller_of(request._request)  # noqa: SLF001 - Django's own request
        services.sign_out(by=caller, token=token)
        return Response(status=204)


class Profile(APIView):
    keys_read = True
    parser_classes = [JsonParser, FormParser]

    @extend_schema(summary="Read your profile", tags=["auth"], responses={200: ProfileOut, **problems(401, 403)})
    def get(self, request: Request) -> Response:
        """Who you are here."""
        return Response(ProfileOut(services.profile(by=caller_from(request))).data)

    @extend_schema(
        summary="Change your profile",
        tags=["auth"],
        request={"application/json": ProfileIn, "multipart/form-data": ProfileIn},
        responses={200: ProfileOut, **problems(400, 401, 403, 409, 413, 415, 429)},
    )
    def patch(self, request: Request) -> Response:
        """Change the fields that are sent. A new picture shows once it is cropped."""
        form = given(ProfileIn, request.data)
        picture = form.picture()
        fields = form.validated_data
        password = fields.pop("current_password", "")
        profile = services.change_profile(
            by=caller_from(request), changes=fields, current_password=password, picture=picture
        )
        return Response(ProfileOut(profile).data)


class Picture(APIView):
    keys_read = True

    @extend_schema(
        summary="Get your picture",
        tags=["auth"],
        responses={(200, "image/webp"): OpenApiTypes.BINARY, 304: None, **problems(401, 403, 404, 412, 416)},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Your picture as a WebP of 512 by 512 pixels, once there is one."""
        picture = services.picture_of(by=caller_from(request))
        content = Content(
            open=lambda start, stop: iter([picture.image[start:stop]]),
            size=len(picture.image),
            etag=picture.name,
            modified=picture.stored_at,
            content_type="image/webp",
            name="picture.webp",
            inline=True,
        )
        return send(request._request, content)  # noqa: SLF001 - Django's own request

    @extend_schema(summary="Remove your picture", tags=["auth"], responses={204: None, **problems(401, 403)})
    def delete(self, request: Request) -> Response:
        """Take your picture away: a drawn one takes its place. Without one, nothing happens."""
        services.remove_picture(by=caller_from(request))
        return Response(status=204)


class ChangePassword(APIView):
    @extend_schema(
        summary="Change your password",
        tags=["auth"],
        request=PasswordIn,
        responses={200: SignedInOut, 204: None, **problems(400, 401, 403, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """All other sessions end at once. The present one goes on with the new pair of tokens (204: a browser's)."""
        fields = given(PasswordIn, request.data).validated_data
        signed_in = services.change_password(
            by=caller_from(request), current=fields["current_password"], new=fields["new_password"]
        )
        if signed_in is None:
            return Response(status=204)
        return answer(signed_in)
