"""/search: what is called so, wherever it is."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.callers import Caller
from assets.filters import Filters
from assets.services import finding
from cloudbox.pages import Page
from web.files.listing import BY_NAME, ROWS, Listed, list_page
from web.pages import for_people, shown


@shown
@for_people
def search(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """A part of a name, and what else it must be."""
    asked = request.GET.dict()
    sort = asked.get("sort", BY_NAME)
    found = (
        finding.search(by=by, filters=Filters(word=asked["q"]), sort=sort, cursor=asked.get("cursor"), limit=ROWS)
        if asked.get("q")
        else Page([], None)
    )
    return list_page(request, by, Listed("search", _("Search"), found, sort=sort), asked=asked)
