"""The base of doors that are plain Django views: hot paths, and bodies that no parser may touch."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.callers import Caller
from accounts.credentials import caller_of


@method_decorator(csrf_exempt, name="dispatch")  # `caller_of` asks for the token when a session cookie is all there is
class PlainView(View):
    """A view that knows its caller. `openapi` describes its methods: one operation object for each, in lower case."""

    openapi: ClassVar[dict[str, Any]] = {}
    caller: Caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.caller = caller_of(request)
        request.auth = self.caller  # type: ignore[attr-defined]  # where Django REST framework's requests have it, too
        return super().dispatch(request, *args, **kwargs)
