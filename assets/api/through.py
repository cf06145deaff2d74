"""The doors of the tree once more, below /api/v1/links/<token>/: who comes there comes by the link, and as nobody else.

No view is written twice: `through_link` gives an existing one another way of knowing who asks.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import Visitor
from accounts.callers import Caller
from accounts.credentials import visitor_of
from accounts.plain import PlainView
from assets.services import visiting
from cloudbox.openapi import Operations

HEADER = "X-CloudBox-Link-Pass"
COOKIE = "cloudbox_link_pass"
UNTOLD = frozenset({"free"})  # how much room somebody has is not for those whom they let put something there
SECURITY: list[dict[str, list[str]]] = [{"link_pass": []}, {}]


def pass_in(request: HttpRequest) -> str:
    """Return the pass that came with the request, "" without one. The header wins."""
    return request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")


def visitor_by_link(request: HttpRequest, token: str) -> Caller:
    """Return who comes by the link; whatever other credentials came along count for nothing."""
    return visiting.caller_by(token, pass_in(request), visitor_of(request))


class LinkPass(BaseAuthentication):
    """The link in the address says who asks."""

    def authenticate(self, request: Request) -> tuple[Any, Caller]:
        caller = visitor_by_link(request._request, request._request.link_token)  # type: ignore[attr-defined]  # noqa: SLF001  ours
        return Visitor(None, is_authenticated=False), caller


class LinkPassScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular has no types
    target_class = LinkPass
    name = "link_pass"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        said = "What `unlock` gives for the password of a link that has one."
        return {"type": "apiKey", "in": "header", "name": HEADER, "description": said}


class OfLink:
    """What all views below a link share: the token is taken out of the address, and told to nobody."""

    def dispatch(self, request: HttpRequest, *args: Any, token: str, **kwargs: Any) -> HttpResponseBase:
        request.link_token = token  # type: ignore[attr-defined]  # ours
        request.untold = UNTOLD  # type: ignore[attr-defined]  # the same
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # a view's
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class _Plain(OfLink):
    def who_asks(self, request: HttpRequest) -> Caller:
        return visitor_by_link(request, request.link_token)  # type: ignore[attr-defined]  # ours

    def must_be_signed_in(self) -> None:
        """Nobody is, who comes by a link."""


class _Described(Operations):
    """Lists a view among those for links, in the description of the API."""

    def get_tags(self) -> list[str]:
        return ["links"]


class AnyoneByLink(BasePermission):
    """Whoever has the link may ask; the gate decides."""

    anyone_reads = True


class _Rest(OfLink):
    authentication_classes: Sequence[type[BaseAuthentication]] = (LinkPass,)
    permission_classes: Sequence[type[BasePermission]] = (AnyoneByLink,)


def through_link(view: type[PlainView] | type[APIView]) -> Callable[..., HttpResponseBase]:
    """Return the view for those who come by a link."""
    name = f"{view.__name__}ByLink"
    if issubclass(view, PlainView):
        about = {"tags": ["links"], "security": SECURITY}
        described = {method: operation | about for method, operation in view.openapi.items()}
        made: Any = type(name, (_Plain, view), {"openapi": described})
    else:
        made = type(name, (_Rest, view), {"schema": _Described(), "__doc__": view.__doc__})
    answers: Callable[..., HttpResponseBase] = made.as_view()
    return answers
