"""/login/<provider>: signing in with GitHub, Google and others; for who is signed in, linking what they are there.

A state leads back only the browser that went with it: it stands in that browser's session. So nobody is signed in as
somebody else by a link that they were sent.
"""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.callers import Caller
from accounts.credentials import browser_of
from accounts.refusals import OAuthRefused
from accounts.services import identities
from cloudbox.errors import Refusal
from cloudbox.problems import headers_of, in_words
from web.entrance import come_in
from web.pages import filled_in, for_people, next_of, show, shown_or_filled_in

AWAY = "oauth"  # in the browser's session: where each state leads on to
MOST = 5  # states of one browser at a time; more are of tabs that nobody comes back to


@filled_in
def leave(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Send the browser to the provider, from a page: a form of ours may lead nowhere else, redirects included."""
    following = next_of(request)
    try:
        started = identities.start(by=browser_of(request), provider=provider)
    except Refusal as refusal:
        return _said_no(request, refusal, following)
    away = {**request.session.get(AWAY, {}), started.state: following}
    request.session[AWAY] = dict(list(away.items())[-MOST:])
    return show(request, "leaving.html", {"url": started.url, "label": _label(provider)})


@require_safe
def come_back(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Sign in, or link, with what the provider sends along."""
    away = request.session.get(AWAY, {})
    state = request.GET.get("state", "")
    following = away.get(state, "")
    try:
        if state not in away:
            raise OAuthRefused
        request.session[AWAY] = {other: leads for other, leads in away.items() if other != state}
        finished = identities.finish(
            by=browser_of(request),
            provider=provider,
            state=state,
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
        )
    except Refusal as refusal:
        return _said_no(request, refusal, following)
    if isinstance(finished, identities.Identity):
        messages.success(request, _("You can sign in with %(label)s now.") % {"label": finished.label})
        return redirect(following or "identities")
    return come_in(request, finished, following)


@shown_or_filled_in
@for_people
def linked(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Who one is elsewhere, and who else may vouch for one."""
    page = identities.identities_of(by=by, cursor=request.GET.get("cursor"))
    return show(
        request, "identities.html", {"here": "identities", "identities": page, "providers": identities.providers()}
    )


@filled_in
@for_people
def unlink(request: HttpRequest, by: Caller, identity_id: str) -> HttpResponseBase:
    """Forget an identity, unless it is the last way in."""
    try:
        identities.unlink(by=by, identity_id=int(identity_id))
    except Refusal as refusal:
        messages.error(request, in_words(refusal))
    else:
        messages.success(request, _("It does not sign in to your account any more."))
    return redirect("identities")


def _said_no(request: HttpRequest, refusal: Refusal, following: str) -> HttpResponseBase:
    page = show(
        request,
        "not_signed_in.html",
        {"refusal": refusal, "following": following, "by": browser_of(request)},
        status=refusal.status,
    )
    for name, value in headers_of(refusal).items():
        page.headers[name] = value
    return page


def _label(provider: str) -> str:
    return next(known.label for known in identities.providers() if known.name == provider)
