"""/files/<id>/share: who else may use something. A page, the same as a dialog over a list, and its forms.

A form that is filled in answers with the panel as it is then, to htmx; to others with the page.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.callers import Caller
from assets.services import links, sharing, transfers
from assets.services.sharing import Sharing
from assets.shapes import AssetView
from assets.words import Ability, Kind
from cloudbox.errors import NotFound, Refusal
from web.files.rows import drawing_of
from web.forms import PageForm
from web.pages import for_people, show, shown
from web.pieces import is_piece
from web.sharing.forms import AnyoneForm, LinkForm, OfferForm, PeopleForm

SHOWN_LINKS = 100  # as many as there can be
PANEL = "share"  # the id of its element


@shown
@for_people
def share(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Who has it, and the ways to share it."""
    return panel(request, by, UUID(asset_id))


def panel(
    request: HttpRequest,
    by: Caller,
    asset_id: UUID,
    *,
    said: str = "",
    status: int = 200,
    forms: Mapping[str, PageForm] = MappingProxyType({}),
) -> HttpResponseBase:
    """Show the panel, with forms as they were filled in by the name of what they are for."""
    found = sharing.sharing_of(by=by, asset_id=asset_id)
    context = {"found": found, "asset": found.asset, "drawing": drawing_of(found.asset), "said": said, "forms": forms}
    if Ability.SHARE in found.asset.abilities and not found.is_root:
        context |= _of_sharer(by, found, forms)
    asked_by_script = is_piece(request)
    is_inside = asked_by_script and request.htmx.target == PANEL  # type: ignore[attr-defined]  # django-htmx's
    template = "panel" if is_inside else "dialog" if asked_by_script else "page"
    return show(request, f"sharing/{template}.html", context, status=status)


def attempt(
    request: HttpRequest,
    by: Caller,
    asset_id: UUID,
    form: PageForm,
    act: Callable[[dict[str, Any]], str],
    *,
    name: str,
) -> HttpResponseBase:
    """Do what a form says and tell what `act` says of it, or show the form again with what is wrong."""
    status = 400
    if form.is_valid():
        try:
            said = act(form.cleaned_data)
        except NotFound:
            raise
        except Refusal as refusal:
            form.say(refusal)
            status = refusal.status
        else:
            return done(request, by, asset_id, said)
    return panel(request, by, asset_id, status=status, forms={name: form})


def done(request: HttpRequest, by: Caller, asset_id: UUID, said: str) -> HttpResponseBase:
    """Tell what was done: in the panel, or on its page."""
    if is_piece(request):
        return panel(request, by, asset_id, said=said)
    messages.success(request, said)
    return redirect("share", asset_id=asset_id)


def link_form(asset: AssetView, data: Any = None) -> LinkForm:
    return LinkForm(data, is_folder=asset.kind == Kind.FOLDER, prefix="link")


def _of_sharer(by: Caller, found: Sharing, forms: Mapping[str, PageForm]) -> dict[str, Any]:
    """Return what those see besides who may share it."""
    asset = found.asset
    owns = Ability.OWN in asset.abilities
    return {
        "may_share": True,
        "may_own": owns,
        "people": forms.get("people") or PeopleForm(known=sharing.known_to(by=by)),
        "anyone": forms.get("anyone") or AnyoneForm(initial={"any_one_access": asset.any_one_access}),
        "links": links.links_of(by=by, asset_id=asset.id, limit=SHOWN_LINKS).items,
        "link": forms.get("link") or link_form(asset),
        "offer": forms.get("offer") or OfferForm(prefix="offer"),
        "offered": transfers.offer_of(by=by, asset_id=asset.id) if owns else None,
        "opened_form": next((name for name in ("link", "offer") if name in forms), ""),
    }
