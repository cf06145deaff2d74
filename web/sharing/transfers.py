"""/transfers: what others want to hand over to one, and what one wants to hand over."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.callers import Caller
from assets.services import transfers
from web.pages import do, filled_in, for_people, show, shown

HERE = "transfers"


@shown
@for_people
def open_offers(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """The offers that somebody may still accept."""
    page = transfers.offers(by=by, cursor=request.GET.get("cursor"))
    return show(request, "sharing/transfers.html", {"place": "shared", "offers": page})


@shown
@for_people
def offer(request: HttpRequest, by: Caller, offer_id: str) -> HttpResponseBase:
    """One of them, with how many bytes come along."""
    found = transfers.get_offer(by=by, offer_id=UUID(offer_id))
    return show(request, "sharing/transfer.html", {"place": "shared", "offer": found})


@filled_in
@for_people
def accept(request: HttpRequest, by: Caller, offer_id: str) -> HttpResponseBase:
    """Take it into one's own root folder, as large as one was shown."""
    most = request.POST.get("size", "")
    seen = int(most) if most.isascii() and most.isdigit() else 0
    return do(
        request,
        lambda: transfers.accept(by=by, offer_id=UUID(offer_id), most=seen),
        done=_("It is yours, and lies in “My files”."),
        back=HERE,
    )


@filled_in
@for_people
def decline(request: HttpRequest, by: Caller, offer_id: str) -> HttpResponseBase:
    """Refuse it."""
    return do(
        request,
        lambda: transfers.decline(by=by, offer_id=UUID(offer_id)),
        done=_("You have declined it."),
        back=HERE,
    )


@filled_in
@for_people
def withdraw(request: HttpRequest, by: Caller, offer_id: str) -> HttpResponseBase:
    """Take back what one offered."""
    return do(
        request,
        lambda: transfers.withdraw(by=by, offer_id=UUID(offer_id)),
        done=_("The offer is taken back."),
        back=HERE,
    )
