"""/account/teams, /invitations: people with whom one shares at once."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.callers import Caller
from accounts.credentials import browser_of
from accounts.services import invitations, memberships, teams
from web.forms import PageForm, name_field
from web.pages import as_given, do, fill_in, filled_in, for_people, show, shown_or_filled_in, with_next

HERE = "teams"
MANAGERS = {"manager", "owner"}
ROLES = (
    ("member", gettext_lazy("Member: sees and uses what is shared with the team")),
    ("manager", gettext_lazy("Manager: also invites and removes members")),
)


class TeamForm(PageForm):
    name = forms.CharField(label=gettext_lazy("Name"), widget=forms.TextInput({"autocomplete": "off"}))


class InvitationForm(PageForm):
    who = name_field(
        gettext_lazy("E-mail address or username"),
        "off",
        help_text=gettext_lazy("Somebody without an account gets a mail, too."),
    )
    role = forms.ChoiceField(label=gettext_lazy("As what"), choices=ROLES, initial="member", widget=forms.RadioSelect)
    called_here = {"email": "who", "username": "who"}


@shown_or_filled_in
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """The teams that one is in, the invitations that wait, and a new team."""

    def create(given: dict[str, Any]) -> HttpResponseBase:
        team = teams.create(by=by, name=given["name"])
        messages.success(request, _("The team %(team)s is there. Invite somebody.") % {"team": team.name})
        return redirect("team", team.id)

    context = {
        "here": HERE,
        "teams": teams.mine(by=by, cursor=request.GET.get("cursor")),
        "invitations": invitations.mine(by=by),
    }
    return fill_in(request, "teams.html", as_given(TeamForm, request), create, **context)


@shown_or_filled_in
@for_people
def team(request: HttpRequest, by: Caller, team_id: str) -> HttpResponseBase:
    """One team: who is in it, and who is invited."""
    shown = teams.get(by=by, team_id=UUID(team_id))
    manages = shown.role in MANAGERS

    def invite(given: dict[str, Any]) -> HttpResponseBase:
        who, role = given["who"], given["role"]
        named = {"email": who} if "@" in who else {"username": who}
        invitations.invite(by=by, team_id=shown.id, role=role, **named)
        messages.success(request, _("%(who)s is invited.") % {"who": who})
        return redirect("team", shown.id)

    form = as_given(InvitationForm, request)
    if shown.role != "owner":
        form.fields["role"].choices = ROLES[:1]  # type: ignore[attr-defined]  # only the owner makes managers
    context = {
        "here": HERE,
        "team": shown,
        "manages": manages,
        "by": by,
        "members": memberships.members(by=by, team_id=shown.id, cursor=request.GET.get("cursor")),
        "invited": invitations.of_team(by=by, team_id=shown.id) if manages else None,
    }
    return fill_in(request, "team.html", form, invite, **context)


@shown_or_filled_in
@for_people
def rename(request: HttpRequest, by: Caller, team_id: str) -> HttpResponseBase:
    """Give it another name."""
    shown = teams.get(by=by, team_id=UUID(team_id))

    def change(given: dict[str, Any]) -> HttpResponseBase:
        teams.rename(by=by, team_id=shown.id, name=given["name"])
        messages.success(request, _("The team has its new name."))
        return redirect("team", shown.id)

    form = as_given(TeamForm, request, initial={"name": shown.name})
    context = {
        "here": HERE,
        "heading": _("Rename %(name)s") % {"name": shown.name},
        "button": _("Rename it"),
        "back": reverse("team", args=[shown.id]),
    }
    return fill_in(request, "own_form.html", form, change, **context)


@shown_or_filled_in
@for_people
def delete(request: HttpRequest, by: Caller, team_id: str) -> HttpResponseBase:
    """Ask, and delete it."""
    shown, back = teams.get(by=by, team_id=UUID(team_id)), _page_of(team_id)

    def act(_given: dict[str, Any]) -> HttpResponseBase:
        teams.delete(by=by, team_id=shown.id)
        messages.success(request, _("The team %(team)s is gone.") % {"team": shown.name})
        return redirect("teams")

    said = _("What was shared with it is shared with it no longer, at once.")
    context = {
        "here": HERE,
        "heading": _("Delete %(name)s?") % {"name": shown.name},
        "said": said,
        "button": _("Delete the team"),
        "danger": True,
        "back": back,
    }
    return fill_in(request, "own_form.html", as_given(PageForm, request), act, **context)


@shown_or_filled_in
@for_people
def leave(request: HttpRequest, by: Caller, team_id: str) -> HttpResponseBase:
    """Ask, and leave it."""
    shown, back = teams.get(by=by, team_id=UUID(team_id)), _page_of(team_id)

    def act(_given: dict[str, Any]) -> HttpResponseBase:
        memberships.leave(by=by, team_id=shown.id)
        messages.success(request, _("You have left %(team)s.") % {"team": shown.name})
        return redirect("teams")

    said = _("You lose at once what you see only through it.")
    context = {
        "here": HERE,
        "heading": _("Leave %(name)s?") % {"name": shown.name},
        "said": said,
        "button": _("Leave it"),
        "danger": True,
        "back": back,
    }
    return fill_in(request, "own_form.html", as_given(PageForm, request), act, **context)


@filled_in
@for_people
def remove(request: HttpRequest, by: Caller, team_id: str, user_id: str) -> HttpResponseBase:
    """Take somebody out of the team."""

    def act() -> None:
        memberships.remove(by=by, team_id=UUID(team_id), user_id=UUID(user_id))

    return do(request, act, done=_("They are not in the team any more."), back=_page_of(team_id))


@filled_in
@for_people
def set_role(request: HttpRequest, by: Caller, team_id: str, user_id: str) -> HttpResponseBase:
    """Make somebody a manager, a member again, or the owner."""

    def act() -> None:
        role = request.POST.get("role", "")
        memberships.set_role(by=by, team_id=UUID(team_id), user_id=UUID(user_id), role=role)

    return do(request, act, done=_("Their role has changed."), back=_page_of(team_id))


@filled_in
@for_people
def withdraw(request: HttpRequest, by: Caller, team_id: str, invitation_id: str) -> HttpResponseBase:
    """Take an invitation back."""

    def act() -> None:
        invitations.withdraw(by=by, team_id=UUID(team_id), invitation_id=UUID(invitation_id))

    return do(request, act, done=_("The invitation is withdrawn."), back=_page_of(team_id))


@filled_in
@for_people
def resend(request: HttpRequest, by: Caller, team_id: str, invitation_id: str) -> HttpResponseBase:
    """Send an invitation once more."""

    def act() -> None:
        invitations.resend(by=by, team_id=UUID(team_id), invitation_id=UUID(invitation_id))

    return do(request, act, done=_("The invitation is sent again."), back=_page_of(team_id))


@filled_in
@for_people
def link(request: HttpRequest, by: Caller, team_id: str, invitation_id: str) -> HttpResponseBase:
    """Show a link to hand over oneself, this once."""
    shown = teams.get(by=by, team_id=UUID(team_id))
    made = invitations.make_link(by=by, team_id=shown.id, invitation_id=UUID(invitation_id))
    return show(request, "invitation_link.html", {"here": HERE, "team": shown, "link": made})


@filled_in
@for_people
def accept(request: HttpRequest, by: Caller, invitation_id: str) -> HttpResponseBase:
    """Join the team of an invitation that waits."""
    return do(
        request,
        lambda: invitations.accept(by=by, invitation_id=UUID(invitation_id)),
        done=_("You are in the team now."),
        back=reverse("teams"),
    )


@filled_in
@for_people
def decline(request: HttpRequest, by: Caller, invitation_id: str) -> HttpResponseBase:
    """Refuse an invitation that waits."""
    return do(
        request,
        lambda: invitations.decline(by=by, invitation_id=UUID(invitation_id)),
        done=_("The invitation is declined."),
        back=reverse("teams"),
    )


@shown_or_filled_in
def invitation(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Where a mailed link leads: to the invitation, and after signing in or registering into the team."""
    by = browser_of(request)
    if request.method == "POST" and not by.signed_in:
        return redirect(with_next(reverse("login"), request.path))

    def join(_given: dict[str, Any]) -> HttpResponseBase:
        joined = invitations.accept_with(by=by, secret=secret)
        messages.success(request, _("You are in %(team)s now.") % {"team": joined.name})
        return redirect("team", joined.id)

    context = {"invitation": invitations.behind(secret), "by": by, "following": request.path}
    return fill_in(request, "invitation.html", as_given(PageForm, request), join, **context)


def _page_of(team_id: str) -> str:
    return reverse("team", args=[team_id])
