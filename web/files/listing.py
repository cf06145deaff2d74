"""The lists of files: a folder, what was shared, favourites, recent, the trash, and what a search found.

Every list is one page with rows in it, and goes on by its cursor: a call of htmx gets only the next rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.callers import Caller
from assets.services import finding, trash, tree
from assets.shapes import AssetView
from assets.words import Kind
from cloudbox.pages import Page
from web.files.rows import rows_of
from web.pages import for_people, show, shown
from web.pieces import following, goes_on
from web.sharing.notes import of_given, of_received

ROWS = 50  # that come at a time
VIEW = "cloudbox_view"  # the cookie that remembers list or grid
YEAR = 365 * 24 * 3600  # seconds
BY_NAME = "name"


@dataclass(frozen=True)
class Listed:
    """What a page lists: some assets, and where it goes on. `sort` is "" where the order is the list's own."""

    place: str
    title: str
    page: Page[AssetView]
    sort: str = ""
    folder: AssetView | None = None
    steps: tuple[AssetView, ...] = ()
    notes: dict[UUID, str] | None = None


def list_page(
    request: HttpRequest,
    by: Caller,
    listed: Listed,
    *,
    template: str = "files/list.html",
    status: int = 200,
    **context: Any,
) -> HttpResponseBase:
    """Show a list; to a call of htmx that goes on with it only the next rows."""
    context |= {
        "place": listed.place,
        "listed": listed,
        "rows": rows_of(by, listed.page.items, listed.notes),
        "folder": listed.folder,
        "view": view_of(request),
        "next": following(request, listed.page.next),
    }
    response = show(request, "files/chunk.html" if goes_on(request) else template, context, status=status)
    return remember_view(request, response)


def view_of(request: HttpRequest) -> str:
    """Return how somebody looks at lists, `list` or `grid`: as they ask for now, or did the last time."""
    view = request.GET.get("view") or request.COOKIES.get(VIEW)
    return "grid" if view == "grid" else "list"


def remember_view(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the browser keep how somebody wants to look at lists, if they have just said so."""
    if request.GET.get("view"):
        response.set_cookie(VIEW, view_of(request), max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@shown
@for_people
def files(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What is in one's own root."""
    return _folder(request, by, tree.get(by=by, asset_id=None))


@shown
@for_people
def asset(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """A folder; a file has its preview."""
    view = tree.get(by=by, asset_id=UUID(asset_id))
    if view.kind == Kind.FILE:
        return redirect("preview", asset_id=view.id)
    return _folder(request, by, view)


def _folder(request: HttpRequest, by: Caller, folder: AssetView) -> HttpResponseBase:
    sort = request.GET.get("sort", BY_NAME)
    steps = tuple(tree.steps_to(by=by, asset_id=folder.id)) if folder.parent else (folder,)
    own = folder.owner.id == by.user_id
    listed = Listed(
        place="files" if own else "shared",
        title=_("My files") if own and len(steps) == 1 else folder.name,
        page=tree.content_of(by=by, folder_id=folder.id, sort=sort, cursor=request.GET.get("cursor"), limit=ROWS),
        sort=sort,
        folder=folder,
        steps=steps,
    )
    return list_page(request, by, listed)


@shown
@for_people
def shared(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What others gave one, or a team one is in."""
    page = finding.shared_with_me(by=by, cursor=request.GET.get("cursor"), limit=ROWS)
    notes: dict[UUID, str] = {given.asset.id: of_received(given) for given in page.items}
    views = Page([given.asset for given in page.items], page.next)
    return list_page(request, by, Listed("shared", _("Shared with me"), views, notes=notes))


@shown
@for_people
def shared_by_me(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What one let others use."""
    sort = request.GET.get("sort", BY_NAME)
    page = finding.shared_by_me(by=by, sort=sort, cursor=request.GET.get("cursor"), limit=ROWS)
    notes: dict[UUID, str] = {given.asset.id: of_given(given) for given in page.items}
    views = Page([given.asset for given in page.items], page.next)
    return list_page(request, by, Listed("shared", _("Shared by me"), views, sort=sort, notes=notes))


def _plain(
    place: str, title: Callable[[], str], load: Callable[..., Page[AssetView]]
) -> Callable[..., HttpResponseBase]:
    """Return the view of a list that has one order of its own."""

    @shown
    @for_people
    def view(request: HttpRequest, by: Caller) -> HttpResponseBase:
        page = load(by=by, cursor=request.GET.get("cursor"), limit=ROWS)
        return list_page(request, by, Listed(place, title(), page))

    return view


favourites = _plain("favourites", lambda: _("Favourites"), finding.favourites)
recent = _plain("recent", lambda: _("Recent"), finding.recent)


@shown
@for_people
def trashed(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What waits in the trash, by whom it was put there, and for how long."""
    page = trash.trash_page(by=by, cursor=request.GET.get("cursor"), limit=ROWS)
    return list_page(
        request, by, Listed("trash", _("Trash"), page, notes={one.id: _fate(by, one) for one in page.items})
    )


def _fate(by: Caller, one: AssetView) -> str:
    days = max((one.purge_at - timezone.now()).days, 0) if one.purge_at else 0
    going = ngettext("Goes for good in %(count)s day", "Goes for good in %(count)s days", days) % {"count": days}
    if one.trashed_by and one.trashed_by.id != by.user_id:
        return _("%(going)s · deleted by %(name)s") % {"going": going, "name": one.trashed_by.username}
    return going


def back_to(folder_id: UUID | None) -> str:
    """Return the address of the page of a folder; of one's root without one."""
    return reverse("asset", args=[folder_id]) if folder_id else reverse("files")
