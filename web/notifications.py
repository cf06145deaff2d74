"""/notifications, /account/notifications: what one was told, and of what one wants to be told how."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.callers import Caller
from activity import notifications as services
from activity import preferences
from activity.preferences import Choice
from web.pages import filled_in, for_people, show, shown, shown_or_filled_in
from web.pieces import goes_on
from web.told import told

ROWS = 30  # that come at a time
LATEST = 5  # in the menu of the bell


@shown
@for_people
def notifications(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """All of them, the newest first; to a call of htmx that goes on only the next rows."""
    page = services.page(by.must_see_account(), cursor=request.GET.get("cursor"), limit=ROWS)
    template = "notifications_chunk.html" if goes_on(request) else "notifications.html"
    context = {"place": "notifications", "rows": told(by, page.items), "next": page.next}
    return show(request, template, context)


@shown
@for_people
def bell(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """The latest, for the menu of the bell."""
    page = services.page(by.must_see_account(), limit=LATEST)
    return show(request, "bell.html", {"rows": told(by, page.items)})


@filled_in
@for_people
def mark_read(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Mark one as read, or those up to one."""
    one, until = (_number(request.POST.get(field, "")) for field in ("id", "until"))
    if one or until:
        services.mark_read(by.must_see_account(), ids=[one] if one else None, until=until)
    return redirect("notifications")


@shown_or_filled_in
@for_people
def choices(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Of what one is told, and how."""
    me = by.must_be_in_person()
    if request.method == "POST":
        preferences.choose(me, _wishes(request, preferences.choices_of(me)))
        messages.success(request, _("Your choice is saved."))
        return redirect("notification-choices")
    topics = groupby(preferences.choices_of(me), key=lambda choice: choice.notice.topic)
    listed = [(topic.label, list(chosen)) for topic, chosen in topics]
    return show(request, "notification_choices.html", {"here": "notification-choices", "topics": listed})


def _wishes(request: HttpRequest, now: list[Choice]) -> dict[str, dict[str, bool]]:
    """Return what the boxes of the form say, of each notice that is a matter of choice."""
    names = [choice.notice.name for choice in now if not choice.notice.always]
    return {name: {way: f"{name}.{way}" in request.POST for way in preferences.WAYS} for name in names}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1" + "0" * 18) else None
