"""What people say of a file or folder: tags and metadata, each changed by a form."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.callers import Caller
from assets.services import labels
from cloudbox.errors import BadInput, NotFound, PreconditionFailed, Refusal
from web.files.details import details_page
from web.forms import sentence_of
from web.pages import filled_in, for_people
from web.pieces import is_piece


@filled_in
@for_people
def set_tags(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Put tags, with commas between them, beside those that are there, or take one away."""
    found = UUID(asset_id)
    added = [tag for tag in request.POST.get("tags", "").split(",") if tag.strip()]
    gone = request.POST.get("remove")

    def act() -> None:
        kept = [tag for tag in labels.tags_of(by=by, asset_id=found).tags if tag != gone]
        labels.set_tags(by=by, asset_id=found, tags=[*kept, *added], seen=_seen(request))

    return _answer(request, by, found, act, "tags", given=request.POST)


@filled_in
@for_people
def set_metadata(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Give it the pairs of the form, without those that are empty; or take one away."""
    found, gone = UUID(asset_id), request.POST.get("remove")
    given = list(zip(request.POST.getlist("key"), request.POST.getlist("value"), strict=False))

    def act() -> None:
        if gone is not None:
            labels.change_metadata(by=by, asset_id=found, pairs={gone: None}, seen=_seen(request))
        else:
            labels.set_metadata(by=by, asset_id=found, pairs=_pairs(given), seen=_seen(request))

    return _answer(request, by, found, act, "metadata", pairs=[pair for pair in given if any(pair)])


def _pairs(given: list[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs that were filled in. Raises BadInput for a value without a key, or a key that comes twice."""
    pairs: dict[str, str] = {}
    for key, value in given:
        if not key.strip() and value.strip():
            raise BadInput("metadata", _("Say what “%(value)s” is.") % {"value": value})
        if key in pairs:
            raise BadInput("metadata", _("“%(key)s” is there twice.") % {"key": key})
        if key.strip():
            pairs[key] = value
    return pairs


def _seen(request: HttpRequest) -> tuple[str, ...] | None:
    """Return the revision that the form was made of, as the tags of `If-Match`."""
    revision = request.POST.get("revision")
    return (revision,) if revision else None


def _answer(
    request: HttpRequest, by: Caller, asset_id: UUID, act: Callable[[], None], field: str, **given: Any
) -> HttpResponseBase:
    """Do it, and show the details with what is wrong at its field; a page is gone back to when all is right."""
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        stale = isinstance(refusal, PreconditionFailed)
        said = _("It was changed elsewhere meanwhile. Look, and try again.") if stale else sentence_of(refusal)
        return details_page(request, by, asset_id, status=refusal.status, wrong={field: said}, **given)
    if not is_piece(request):
        return redirect(reverse("details", args=[asset_id]) + f"#{field}")
    return details_page(request, by, asset_id)
