"""/account/sessions: where one is signed in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import browsers, services
from accounts.callers import Caller
from web.pages import filled_in, for_people, show, shown_or_filled_in


@shown_or_filled_in
@for_people
def sessions(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """List them, newest first."""
    page = services.sessions_of(by=by, cursor=request.GET.get("cursor"))
    return show(request, "sessions.html", {"here": "sessions", "sessions": page})


@filled_in
@for_people
def end(request: HttpRequest, by: Caller, session_id: str) -> HttpResponseBase:
    """End one of them; one's own, too."""
    services.end_session(by=by, session_id=UUID(session_id))
    if UUID(session_id) == by.session_id:
        browsers.leave(request)
        messages.success(request, _("You are signed out."))
        return redirect("login")
    messages.success(request, _("That session has ended."))
    return redirect("sessions")


@filled_in
@for_people
def end_others(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """End all but one's own."""
    services.end_other_sessions(by=by)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("sessions")
