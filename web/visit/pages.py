"""/l/<token>: what a share link opens, for people who may have no account."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from assets.refusals import LinkLocked
from assets.services import tree, visiting
from assets.services.marks import Marks
from assets.services.visiting import Opened
from assets.shapes import AssetView
from assets.words import Kind
from cloudbox.errors import NotFound, Refusal
from web.files.listing import BY_NAME, ROWS, remember_view, view_of
from web.files.preview import stage_of
from web.files.rows import Row
from web.pages import as_given, show, shown, shown_or_filled_in
from web.pieces import following, goes_on
from web.visit.coming import Coming, UnlockForm, ask_password, by_link, remember
from web.visit.rows import rows_by

NEXT = "next"


@shown
@by_link
def link(request: HttpRequest, coming: Coming) -> HttpResponseBase:
    """What the link is for. Opening it counts as a visit, going on in a list does not."""
    opened = coming.opened(counts=not request.GET)
    if opened.asset_id is None:
        raise LinkLocked
    if opened.role == "add":
        return show(request, "visit/drop.html", {"coming": coming, "opened": opened})
    return _show(request, coming, opened, opened.asset_id)


@shown
@by_link
def asset(request: HttpRequest, coming: Coming, asset_id: str) -> HttpResponseBase:
    """Something below what the link is for."""
    opened = coming.opened()
    if opened.role == "add":
        raise NotFound
    return _show(request, coming, opened, UUID(asset_id))


@shown_or_filled_in
@by_link
def unlock(request: HttpRequest, coming: Coming) -> HttpResponseBase:
    """Open a link with its password, and go on to where somebody wanted."""
    if request.method != "POST":
        return redirect(coming.address)
    form = as_given(UnlockForm, request)
    status = 400
    if form.is_valid():
        try:
            given_pass = visiting.unlock(coming.token, form.cleaned_data["password"], coming.visitor)
        except NotFound:
            raise
        except Refusal as refusal:
            form.say(refusal)
            status = refusal.status
        else:
            return remember(redirect(_next_of(request, coming)), coming, given_pass)
    return ask_password(request, coming, form, status)


def _show(request: HttpRequest, coming: Coming, opened: Opened, asset_id: UUID) -> HttpResponseBase:
    steps = tree.steps_to(by=coming.by, asset_id=asset_id)
    context: dict[str, Any] = {"coming": coming, "opened": opened, "asset": steps[-1], "steps": rows_by(coming, steps)}
    if steps[-1].kind == Kind.FILE:
        row = Row(steps[-1], Marks(pictured=context["steps"][-1].is_pictured))
        return show(request, "visit/file.html", {**context, "stage": stage_of(row)})
    return _list(request, coming, steps[-1], context)


def _list(request: HttpRequest, coming: Coming, folder: AssetView, context: dict[str, Any]) -> HttpResponseBase:
    sort = request.GET.get("sort", BY_NAME)
    page = tree.content_of(by=coming.by, folder_id=folder.id, sort=sort, cursor=request.GET.get("cursor"), limit=ROWS)
    context |= {
        "rows": rows_by(coming, page.items),
        "sort": sort,
        "view": view_of(request),
        "next": following(request, page.next),
    }
    answer = show(request, "visit/chunk.html" if goes_on(request) else "visit/folder.html", context)
    return remember_view(request, answer)


def _next_of(request: HttpRequest, coming: Coming) -> str:
    """Return the page of this link that somebody wanted to see, or its first."""
    wanted = request.POST.get(NEXT, "")
    is_below = wanted.startswith(f"{coming.address}/") and wanted.isprintable()
    return wanted if is_below and url_has_allowed_host_and_scheme(wanted, None) else coming.address
