"""The forms of the panel about people: letting them in and out, and whether those above count."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.callers import Caller
from assets.services import people, sharing, transfers
from assets.services.people import People
from cloudbox.errors import BadInput, Conflict
from web.pages import do, filled_in, for_people
from web.pieces import is_piece
from web.sharing.forms import AnyoneForm, OfferForm, PeopleForm, RoleForm
from web.sharing.panel import attempt


@filled_in
@for_people
def add(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Let people and teams in."""
    form = PeopleForm(_joined(request), known=sharing.known_to(by=by))

    def act(given: dict[str, Any]) -> str:
        found = people.add_people(
            by=by,
            asset_id=UUID(asset_id),
            role=given["role"],
            names=given["names"],
            team_ids=[UUID(team) for team in given["teams"]],
            notify=given["notify"],
            expires_at=form.end(),
        )
        return _said(given, found)

    return attempt(request, by, UUID(asset_id), form, act, name="people")


@filled_in
@for_people
def set_role(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Let somebody have it in another role."""
    form = RoleForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        sharing.set_role(by=by, asset_id=UUID(asset_id), role=given["role"], **form.whom())
        return _("Changed.")

    return attempt(request, by, UUID(asset_id), form, act, name="role")


@filled_in
@for_people
def remove(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Let somebody out."""
    form = RoleForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        people.remove_people(
            by=by,
            asset_id=UUID(asset_id),
            role=None,
            names=[given["name"]] if given["name"] else [],
            team_ids=[given["team"]] if given["team"] else [],
        )
        return _("They have no access here any more.")

    return attempt(request, by, UUID(asset_id), form, act, name="role")


@filled_in
@for_people
def leave(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Give up what one was given oneself."""

    def act() -> None:
        found = sharing.sharing_of(by=by, asset_id=UUID(asset_id))
        if not any(access.is_me and access.kind == "user" for access in found.direct):
            raise Conflict(_("It is not shared with you yourself. Leave the team, or the folder above."))
        people.remove_people(by=by, asset_id=UUID(asset_id), role=None, names=[by.username])

    answer = do(request, act, done=_("You have left it."), back="shared")
    return HttpResponseClientRedirect(answer.headers["Location"]) if is_piece(request) else answer


@filled_in
@for_people
def anyone(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Say what people may do who were not let in by name."""

    def act(given: dict[str, Any]) -> str:
        people.set_any_one_access(by=by, asset_id=UUID(asset_id), access=given["any_one_access"])
        return _("Changed.")

    return attempt(request, by, UUID(asset_id), AnyoneForm(request.POST), act, name="anyone")


@filled_in
@for_people
def inherit(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Say whether those with a role above a folder have it in the folder, too."""
    inherits = request.POST.get("inherits") == "yes"

    def act(_given: dict[str, Any]) -> str:
        people.set_inherits(by=by, asset_id=UUID(asset_id), inherits=inherits)
        return _("Those above have access here.") if inherits else _("Those above have no access here any more.")

    return attempt(request, by, UUID(asset_id), RoleForm(request.POST), act, name="inherit")


@filled_in
@for_people
def offer(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Offer it to a new owner."""

    def act(given: dict[str, Any]) -> str:
        made = transfers.offer(by=by, asset_id=UUID(asset_id), to=given["to"], keep=given["keep"])
        return _("It is offered to %(name)s, who has two weeks to accept.") % {"name": made.to.username}

    return attempt(request, by, UUID(asset_id), OfferForm(request.POST, prefix="offer"), act, name="offer")


def _joined(request: HttpRequest) -> Any:
    """Return the form with all names in one field: a script sends each by itself."""
    given = request.POST.copy()
    given["names"] = ", ".join(given.getlist("names"))
    return given


def _said(given: dict[str, Any], found: People) -> str:
    """Say what became of the names. Raises BadInput if nothing did."""
    unknown = [name for name in found.unknown if name not in found.unconfirmed]
    trouble = []
    if unknown:
        trouble.append(_("Nobody is called so: %(names)s.") % {"names": ", ".join(unknown)})
    if found.unconfirmed:
        names = ", ".join(found.unconfirmed)
        trouble.append(_("Nobody has confirmed this address yet, use the username: %(names)s.") % {"names": names})
    if not given["teams"] and len(found.unknown) >= len(set(given["names"])):
        raise BadInput("names", " ".join(trouble))
    return " ".join([_("Shared."), *trouble])
