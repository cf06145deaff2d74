"""What a file contained before: the list, taking one back, deleting one, and how long they are kept."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.callers import Caller
from assets.services import tree, versions
from cloudbox.errors import BadInput
from web.files.details import details_page
from web.pages import filled_in, for_people, shown
from web.pieces import act_in_piece, show_piece

VERSIONS = 10  # that come at a time


@shown
@for_people
def listed(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """The versions of a file, the newest first; a piece goes on with the next ones."""
    asset = tree.get(by=by, asset_id=UUID(asset_id))
    cursor = request.GET.get("cursor")
    page = versions.versions_of(by=by, file_id=asset.id, cursor=cursor, limit=VERSIONS)
    contents = f"/api/v1/store/files/{asset.id}/versions"
    context = {"asset": asset, "versions": page, "contents": contents, "goes_on": bool(cursor)}
    return show_piece(request, "files/versions.html", context)


@filled_in
@for_people
def restore(request: HttpRequest, by: Caller, asset_id: str, seq: str) -> HttpResponseBase:
    """Let the file contain again what it contained then."""

    def act() -> None:
        versions.restore(by=by, file_id=UUID(asset_id), seq=int(seq))

    done = _("Version %(version)s is the current content again.") % {"version": seq}
    return _act(request, by, asset_id, act, done=done)


@filled_in
@for_people
def delete(request: HttpRequest, by: Caller, asset_id: str, seq: str) -> HttpResponseBase:
    """Delete an old version for good."""

    def act() -> None:
        versions.delete(by=by, file_id=UUID(asset_id), seq=int(seq))

    return _act(request, by, asset_id, act, done=_("Version %(version)s was deleted.") % {"version": seq})


@filled_in
@for_people
def set_retention(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Say how long a folder keeps old versions; an empty field leaves it to the folder above."""

    def act() -> None:
        kept, days = _number(request, "versions_kept"), _number(request, "versions_days")
        versions.set_retention(by=by, folder_id=UUID(asset_id), versions_kept=kept, versions_days=days)

    return _act(request, by, asset_id, act, done=_("Old versions are kept so from now on."))


def _act(request: HttpRequest, by: Caller, asset_id: str, act: Callable[[], None], *, done: str) -> HttpResponseBase:
    """Do what a button in the details says, and show them again."""
    return act_in_piece(
        request,
        act,
        lambda said, status: details_page(request, by, UUID(asset_id), status=status, said=said),
        done=done,
        back=reverse("details", args=[asset_id]),
    )


def _number(request: HttpRequest, field: str) -> int | None:
    """Return the whole number in a field, None for an empty one. Raises BadInput."""
    text = request.POST.get(field, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(versions.MOST_DAYS)) + 1):
        raise BadInput(field, _("A whole number, or nothing."))
    return int(text)
