"""/language: in which language this browser sees the pages."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from cloudbox.errors import BadInput
from web.pages import filled_in, next_of

KEPT = timedelta(days=365)


@filled_in
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the language in a cookie, for those who are not signed in, too, and go back."""
    language = request.POST.get("language", "")
    known = dict(settings.LANGUAGES)
    if language not in known:
        raise BadInput("language", _("One of %(languages)s.") % {"languages": ", ".join(known)})
    response = redirect(next_of(request) or "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
