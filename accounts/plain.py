"""The base of doors that are plain Django views: hot paths, and bodies that no parser may touch."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from accounts.credentials import credentials_of
from cloudbox.errors import Refusal


class PlainView(View):
    """A view that knows its caller. `openapi` describes its methods: one operation object for each, in lower case.

    A service that takes a Bearer looks at the session in a query of its own, so hot views pass `asking` on and
    spare the one for `caller`. Whatever else is wrong, whoever has no living session is told that.
    """

    openapi: ClassVar[dict[str, Any]] = {}
    asking: Caller | Bearer

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Return the view, without Django's CSRF check: a session cookie alone has to pass that of `credentials_of`."""
        return csrf_exempt(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.asking = self.who_asks(request)
        request.auth = self.asking  # type: ignore[attr-defined]  # where Django REST framework's requests have it, too
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refusal:
            request.auth = proven(self.asking)  # type: ignore[attr-defined]  # the same
            raise

    def who_asks(self, request: HttpRequest) -> Caller | Bearer:
        """Return who sent the request; whether a Bearer's token counts, nobody has looked yet."""
        return credentials_of(request)

    @property
    def caller(self) -> Caller:
        self.asking = proven(self.asking)
        return self.asking

    def must_be_signed_in(self) -> None:
        """Raise NotAuthenticated for somebody without credentials. Whether a Bearer's count, the service finds out."""
        if isinstance(self.asking, Caller):
            self.asking.must_be_signed_in()

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        proven(self.asking)
        return super().http_method_not_allowed(request, *args, **kwargs)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        proven(self.asking)
        return super().options(request, *args, **kwargs)
