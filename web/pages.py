"""What all pages have in common: who looks at them, where they lead, and how they say no."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.callers import Caller
from accounts.credentials import browser_of
from accounts.quotas import Space
from activity.notifications import count_unread
from cloudbox.errors import NotFound, Refusal
from cloudbox.problems import headers_of
from jobs import services as jobs
from payments.services.standing import Standing, pressing
from web.forms import PageForm, sentence_of

NEXT = "next"  # the field and the parameter that say where somebody wants to go on
HOME = "files"  # where people go who said nothing
LOW, HIGH = 0.75, 0.9  # of the room; from where the meter warns

shown = require_http_methods(["GET", "HEAD"])
shown_or_filled_in = require_http_methods(["GET", "HEAD", "POST"])
filled_in = require_http_methods(["POST"])
Form = TypeVar("Form", bound=PageForm)
type_of_page = Callable[..., HttpResponseBase]


def for_people(view: type_of_page) -> type_of_page:
    """Call the view with the Caller as `by`; send those who are not signed in to the page where they do."""

    @wraps(view)
    def page(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        by = browser_of(request)
        if not by.signed_in:
            return redirect(with_next(reverse("login"), request.path if request.method == "GET" else ""))
        request.by = by  # type: ignore[attr-defined]  # ours, for what stands around the page
        return view(request, by=by, **arguments)

    return page


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Return a page that no cache keeps, and whose address, which may be a secret, nobody is told.

    (`no-referrer` would let browsers withhold where a form comes from, too, and it would be taken for a forged one.)
    """
    around = {"shell": SimpleLazyObject(lambda: shell_of(getattr(request, "by", None) or browser_of(request)))}
    response = render(request, f"web/{template}", {**around, **(context or {})}, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@dataclass(frozen=True)
class Shell:
    """What stands around the pages of somebody who is signed in. `taken` and `limit` in bytes.

    `jobs` is how many of theirs are not finished. `pressing` is how they stand if what they paid for has ended.
    """

    user_id: UUID | None
    username: str
    is_staff: bool
    taken: int
    limit: int
    unread: int
    jobs: int
    pressing: Standing | None

    @property
    def low(self) -> int:
        return int(self.limit * LOW)

    @property
    def high(self) -> int:
        return int(self.limit * HIGH)


def shell_of(by: Caller, space: Space | None = None) -> Shell:
    """Return who is here, and how much room they have, unless that is known: `space`."""
    space = space or services.space(by=by)
    return Shell(
        by.user_id,
        by.username,
        by.is_staff,
        space.used + space.reserved,
        space.limit,
        unread=count_unread(by.user_id) if by.user_id else 0,
        jobs=jobs.unfinished_of(by.user_id) if by.user_id else 0,
        pressing=pressing(by.user_id, space) if by.user_id else None,
    )


def fill_in(
    request: HttpRequest,
    template: str,
    form: PageForm,
    act: Callable[[dict[str, Any]], HttpResponseBase],
    **context: Any,
) -> HttpResponseBase:
    """Show a form. Once it is filled in, do `act` with what was given, or show it again with what is wrong with it.

    The status is that of the refusal, 400 for what the form itself does not take.
    """
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return act(form.cleaned_data)
        except Refusal as refused:
            refusal = refused
            form.say(refused)
    form.focus()
    status = refusal.status if refusal else HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    page = show(request, template, {"form": form, **context}, status=status)
    for name, value in headers_of(refusal).items() if refusal else ():
        page.headers[name] = value
    return page


def as_given(form: type[Form], request: HttpRequest, **options: Any) -> Form:
    """Return the form as it was filled in, or as it is at first."""
    if request.method != "POST":
        return form(**options)
    return form(request.POST, request.FILES, **options)


def do(request: HttpRequest, act: Callable[[], Any], *, done: str, back: str) -> HttpResponseBase:
    """Do what a button says and go back to its page, which tells that it is `done`, or why it is not.

    Raises NotFound: there is nothing to go back to, or nothing that may be told.
    """
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, sentence_of(refusal))
    else:
        messages.success(request, done)
    return redirect(back)


def next_of(request: HttpRequest) -> str:
    """Return where somebody wants to go on, if that is a page of ours; the empty string otherwise."""
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT) or ""
    ours = wanted.startswith("/") and wanted.isprintable() and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if ours else ""


def with_next(address: str, following: str) -> str:
    """Return the address of a page that leads on to `following`."""
    return f"{address}?{urlencode({NEXT: following})}" if following else address
