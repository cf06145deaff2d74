"""All about one file or folder: what it is, who has it, and what people say of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.callers import Caller
from assets.services import sharing
from assets.services.details import details_of
from web.files.rows import rows_of
from web.pages import for_people, shown
from web.pieces import show_piece

SHOWN_PEOPLE = 6  # who has it; of more it is told how many


@shown
@for_people
def details(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """What it is, and what can be done with it."""
    return details_page(request, by, UUID(asset_id))


def details_page(
    request: HttpRequest, by: Caller, asset_id: UUID, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Return the page, or the piece beside a list."""
    found = details_of(by=by, asset_id=asset_id)
    known = {
        "row": rows_of(by, [found.asset])[0],
        "asset": found.asset,
        "details": found,
        "steps": found.above,
        "pairs": sorted(found.metadata.items()),
    }
    return show_piece(request, "files/details.html", known | context, status=status)


@shown
@for_people
def people(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Who else has it, in short."""
    found = sharing.sharing_of(by=by, asset_id=UUID(asset_id))
    everybody = [*found.direct, *found.above]
    context = {
        "asset": found.asset,
        "sharing": found,
        "people": everybody[:SHOWN_PEOPLE],
        "more": max(len(everybody) - SHOWN_PEOPLE, 0),
    }
    return show_piece(request, "files/people.html", context)
