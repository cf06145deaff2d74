"""Whether this server sells room at all: `CLOUDBOX_BILLING`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase

from cloudbox.errors import NotFound

type_of_view = Callable[..., HttpResponseBase]


def payments_on() -> bool:
    """Return whether room is sold here; asked at each request, as tests turn it."""
    return bool(settings.CLOUDBOX_BILLING)


def for_sale(view: type_of_view) -> type_of_view:
    """Answer 404 where nothing is sold, as if there were no such address. For pages, plain views and `as_view()`."""

    @wraps(view)
    def sold(*arguments: Any, **named: Any) -> HttpResponseBase:
        if not payments_on():
            raise NotFound("There is no such address.")
        return view(*arguments, **named)

    return sold
