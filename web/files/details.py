"""All about one file or folder, and what is in it."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.callers import Caller
from assets.services import tree
from web.files.rows import rows_of
from web.pages import for_people, show, shown


@shown
@for_people
def details(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """What it is, and what can be done with it."""
    return _about(request, by, UUID(asset_id), "files/details.html")


@shown
@for_people
def preview(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """What is in a file, as far as a browser can show it."""
    return _about(request, by, UUID(asset_id), "files/preview.html")


def _about(request: HttpRequest, by: Caller, asset_id: UUID, template: str) -> HttpResponseBase:
    steps = tree.steps_to(by=by, asset_id=asset_id)
    row = rows_of(by, steps[-1:])[0]
    return show(request, template, {"row": row, "asset": row.asset, "steps": steps})
