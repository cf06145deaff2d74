"""/account/usage: how much room one has, and what takes it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import services
from accounts.callers import Caller
from web.pages import for_people, show, shown


@shown
@for_people
def usage(request: HttpRequest, by: Caller) -> HttpResponseBase:
    known = services.usage(by=by)
    context = {
        "here": "usage",
        "usage": known,
        "taken": known.space.used + known.space.reserved,
        "eaters": {name: size for name, size in known.charges.items() if size},
    }
    return show(request, "usage.html", context)
