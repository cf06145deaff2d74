"""Share links as those see them who make them: in the panel of what they lead to, and all of one's own at /links."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.callers import Caller
from assets.services import links, tree
from web.pages import do, fill_in, filled_in, for_people, show, shown, shown_or_filled_in
from web.pieces import is_piece
from web.sharing.forms import LinkChangeForm
from web.sharing.panel import attempt, done, link_form

ROWS = 50  # that come at a time


@shown
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """All that one has made."""
    page = links.made_by(by=by, cursor=request.GET.get("cursor"), limit=ROWS)
    return show(request, "sharing/links.html", {"place": "shared", "links": page})


@filled_in
@for_people
def make(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """A new one."""
    asset = tree.get(by=by, asset_id=UUID(asset_id))
    form = link_form(asset, request.POST)

    def act(given: dict[str, Any]) -> str:
        links.make(by=by, asset_id=asset.id, role=given["role"], wish=form.wish())
        return _("The link is ready to be copied.")

    return attempt(request, by, asset.id, form, act, name="link")


@shown_or_filled_in
@for_people
def change(request: HttpRequest, by: Caller, link_id: str) -> HttpResponseBase:
    """What one is called, asks for and allows."""
    link = links.get(by=by, link_id=UUID(link_id))
    form = LinkChangeForm(request.POST if request.method == "POST" else None, link=link)

    def act(_given: dict[str, Any]) -> HttpResponseBase:
        links.change(by=by, link_id=link.id, wish=form.wish())
        return done(request, by, link.asset_id, _("The link is changed."))

    template = "sharing/change_link_panel.html" if is_piece(request) else "sharing/change_link.html"
    return fill_in(request, template, form, act, link=link, place="shared")


@filled_in
@for_people
def revoke(request: HttpRequest, by: Caller, link_id: str) -> HttpResponseBase:
    """End one at once and for good."""
    link = links.get(by=by, link_id=UUID(link_id))
    said = _("The link is revoked. It opens nothing any more.")
    if is_piece(request):
        links.revoke(by=by, link_id=link.id)
        return done(request, by, link.asset_id, said)
    answer = do(request, lambda: links.revoke(by=by, link_id=link.id), done=said, back="links")
    return redirect("share", asset_id=link.asset_id) if request.POST.get("back") == "share" else answer
