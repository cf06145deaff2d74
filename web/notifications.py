"""/notifications: the news for somebody."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.callers import Caller
from web.pages import for_people, show, shown


@shown
@for_people
def notifications(request: HttpRequest, by: Caller) -> HttpResponseBase:  # noqa: ARG001 - nobody else comes here
    return show(request, "notifications.html", {"place": "notifications"})
