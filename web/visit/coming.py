"""Coming by a link with a browser: who that is, with which pass, and what is said where the link opens nothing.

The pass that the password gives comes back in two cookies of this link only: one for its pages, which may also be
opened from a letter, and that of the API, from which pictures and downloads come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.callers import Caller
from accounts.credentials import visitor_of
from assets.refusals import DownloadLimitReached, LinkExpired, LinkLocked, LinkTakenDown
from assets.services import visiting
from assets.services.visiting import Opened
from cloudbox.errors import NotFound, Refusal
from web.forms import PageForm, password_field
from web.pages import show

PAGES = "cloudbox_link_page"
API = "cloudbox_link_pass"  # as the API names it
ENDED = (LinkExpired, DownloadLimitReached, LinkTakenDown)


class UnlockForm(PageForm):
    password = password_field(_("Password of the link"))
    is_all_there_is = True


@dataclass(frozen=True)
class Coming:
    """Somebody with a browser, and the link that they come by."""

    token: str
    given_pass: str
    visitor: Caller

    @cached_property
    def by(self) -> Caller:
        """Who they are to the gate. Raises NotFound, LinkLocked, LinkExpired, LinkTakenDown."""
        return visiting.caller_by(self.token, self.given_pass, self.visitor)

    @property
    def door(self) -> str:
        """Where the doors of the API for this link are, without a slash at the end."""
        return f"/api/v1/links/{self.token}"

    @property
    def address(self) -> str:
        return reverse("visit", args=[self.token])

    def opened(self, *, counts: bool = False) -> Opened:
        return visiting.opened(self.token, self.given_pass, self.visitor, counts=counts)


def by_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Call the view with who comes as `coming`; where the link opens nothing, say so. No search engine keeps it."""

    @wraps(view)
    def page(request: HttpRequest, token: str, **arguments: Any) -> HttpResponseBase:
        coming = Coming(token, request.COOKIES.get(PAGES, ""), visitor_of(request))
        try:
            answer = view(request, coming=coming, **arguments)
        except LinkLocked:
            answer = ask_password(request, coming, UnlockForm())
        except (NotFound, *ENDED) as refusal:
            answer = _nothing_here(request, refusal)
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return page


def ask_password(
    request: HttpRequest, coming: Coming, form: PageForm, status: int = HTTPStatus.OK, **context: Any
) -> HttpResponse:
    """Show the page that asks for the password, and nothing about what the link is for."""
    form.focus()
    return show(request, "visit/locked.html", {"coming": coming, "form": form, **context}, status=status)


def remember(answer: HttpResponseBase, coming: Coming, given_pass: str) -> HttpResponseBase:
    """Give the browser the pass, for the pages of this link and for its doors, for as long as it is good."""
    for name, path, samesite in ((PAGES, coming.address, "Lax"), (API, f"{coming.door}/", "Strict")):
        answer.set_cookie(
            name,
            given_pass,
            max_age=visiting.PASS_LASTS,
            path=path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite=samesite,  # type: ignore[arg-type]  # one of the two above
        )
    return answer


def _nothing_here(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say that the link opens nothing; whether it ever did is told by those only that have come to an end."""
    code = refusal.code if isinstance(refusal, ENDED) else NotFound.code
    return show(request, "visit/nothing.html", {"code": code}, status=refusal.status)
