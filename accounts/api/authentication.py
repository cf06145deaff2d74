"""How the REST framework's views know who asks: `request.auth` is the Caller."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.credentials import caller_of, visitor_of


def caller_from(request: Request) -> Caller:
    """Return who asks."""
    caller: Caller = request.auth  # type: ignore[assignment]  # the framework's stubs know only its own token
    return caller


def visitor_from(request: Request) -> Caller:
    """Return where the request comes from, whatever credentials it carries."""
    return visitor_of(request._request)  # noqa: SLF001 - Django's own request beneath the framework's


@dataclass(frozen=True)
class Visitor:
    """What the framework asks of `request.user`."""

    pk: UUID | None
    is_authenticated: bool


class Credentials(BaseAuthentication):
    """Asks `caller_of`; somebody without credentials is an anonymous Caller."""

    def authenticate(self, request: Request) -> tuple[Any, Caller]:
        caller = caller_of(request._request)  # noqa: SLF001 - Django's own request beneath the framework's
        return Visitor(caller.user_id, caller.signed_in), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="CloudBox"'


class SignedIn(BasePermission):
    """The rule of every native view unless it says otherwise: 401 before anything else is looked at.

    An access key opens none of them, except that one for the whole account may read where a view says `keys_read`,
    and that any may come to what it has begun itself where a view says `keys_begin`, and sees to it that it is no more.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_from(request)
        if getattr(view, "keys_begin", False) and caller.link_id is None:
            caller.must_be_signed_in()
        elif request.method in SAFE_METHODS and getattr(view, "keys_read", False):
            caller.must_see_account()
        else:
            caller.must_be_in_person()
        return True


class CredentialsScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular has no types
    """Names the scheme that SPECTACULAR_SETTINGS describes."""

    target_class = Credentials
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        said = "An access token, or the token of an access key, which may also come as the password of Basic."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": said}
