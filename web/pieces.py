"""Pages that are also pieces of others: htmx gets what is in them alone, everybody else the whole page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from cloudbox.errors import NotFound, Refusal
from web.forms import sentence_of
from web.pages import do, show

CHANGED = "cloudbox:changed"  # the event that lists follow


@dataclass(frozen=True)
class Said:
    """What became of what somebody asked for, as the piece says it itself."""

    text: str
    is_bad: bool = False


def is_piece(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def goes_on(request: HttpRequest) -> bool:
    """Say whether only the next rows of a list are asked for."""
    return is_piece(request) and bool(request.GET.get("cursor"))


def following(request: HttpRequest, cursor: str | None) -> str:
    """Return the address of the same list from the cursor on; "" after its end."""
    if not cursor:
        return ""
    going_on = request.GET.copy()
    going_on["cursor"] = cursor
    return f"{request.path}?{going_on.urlencode()}"


def show_piece(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, whole: str = "shell.html", status: int = 200
) -> HttpResponse:
    """Show a template that extends `base`: within the page `whole`, or as a piece."""
    piece = is_piece(request)
    base = "web/piece.html" if piece else f"web/{whole}"
    return show(request, template, {**context, "base": base, "is_piece": piece}, status=status)


def act_in_piece(
    request: HttpRequest,
    act: Callable[[], Any],
    piece: Callable[[Said, int], HttpResponse],
    *,
    done: str,
    back: str,
) -> HttpResponseBase:
    """Do what a button says. A piece comes again and tells it, a page is gone back to.

    Raises NotFound: there is nothing to show, or nothing that may be told.
    """
    if not is_piece(request):
        return do(request, act, done=done, back=back)
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        return piece(Said(sentence_of(refusal), is_bad=True), refusal.status)
    response = piece(Said(done), 200)
    response.headers["HX-Trigger"] = CHANGED
    return response
