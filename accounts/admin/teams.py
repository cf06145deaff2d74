"""Teams, who is in them and who is invited, as the staff see them. The links of invitations are nowhere."""

from typing import ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.credentials import caller_of
from accounts.models import Invitation, Membership, Team
from accounts.services import invitations, memberships
from cloudbox.errors import Refusal
from cloudbox.staff import Shown, dialog_again, go_to

STATES = {"open": "info", "expired": "warning", "accepted": "success", "ended": "danger"}


class NewOwnerForm(BaseDialogForm):
    username = forms.CharField(
        max_length=254, label="New owner", help_text="Of somebody in the team.", widget=UnfoldAdminTextInputWidget
    )


class LinkForm(BaseDialogForm):
    pass


NEW_OWNER: ActionDialog = {
    "title": "Hand the team over",
    "description": "Who owned it stays in it as a manager.",
    "form_class": NewOwnerForm,
    "form_submit_text": "Hand over",
}
FRESH_LINK: ActionDialog = {
    "title": "Make a link",
    "description": "For somebody whom mail does not reach. The link that was mailed, or made before, counts no longer.",
    "form_class": LinkForm,
    "form_submit_text": "Make a link",
}


@admin.register(Team)
class TeamAdmin(Shown[Team]):
    list_display = ("name", "owner", "size", "created_at")
    list_filter = (("created_at", RangeDateTimeFilter),)
    list_select_related = ("owner",)
    id_fields = ("pk", "owner")
    search_fields = ("name", "owner__username")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["delete_teams"]
    actions_detail: ClassVar = ["hand_over"]
    fieldsets = ((None, {"fields": ("name", "owner", "size", "created_at", "id")}),)
    nothing = "Nobody has made a team."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        of_team = Membership.objects.filter(team=OuterRef("pk")).order_by().values("team").values(size=Count("*"))
        counted = Coalesce(Subquery(of_team), 0, output_field=IntegerField())  # of the rows on the page only
        return super().get_queryset(request).annotate(size=counted)

    @display(description="Members")
    def size(self, team: Team) -> int:
        size: int = team.size  # type: ignore[attr-defined]  # annotated above
        return size

    @admin.action(description="Delete, with everything that is shared with it")
    def delete_teams(self, request: HttpRequest, teams: QuerySet[Team]) -> None:
        by = caller_of(request)
        self.do_each(request, teams, lambda team: memberships.delete_by_staff(by=by, team_id=team.id), done="deleted")

    @action(description="Hand over", url_path="hand-over", icon="swap_horiz", dialog=NEW_OWNER)
    def hand_over(self, request: HttpRequest, form: NewOwnerForm, object_id: str) -> HttpResponse:
        username = form.cleaned_data["username"]
        try:
            memberships.hand_over_by_staff(by=caller_of(request), team_id=UUID(object_id), username=username)
        except Refusal as refusal:
            return dialog_again(request, NEW_OWNER, form, refusal)
        return go_to(reverse("admin:accounts_team_change", args=[object_id]))


@admin.register(Membership)
class MembershipAdmin(Shown[Membership]):
    list_display = ("user", "team", "role", "joined_at")
    list_filter = ("role", ("joined_at", RangeDateTimeFilter))
    list_select_related = ("user", "team")
    id_fields = ("pk", "user", "team")
    search_fields = ("user__username", "team__name")
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = ((None, {"fields": ("user", "team", "role", "joined_at", "id")}),)
    nothing = "Nobody is in a team."


@admin.register(Invitation)
class InvitationAdmin(Shown[Invitation]):
    list_display = ("invited", "team", "role", "shown_state", "invited_by", "created_at", "expires_at")
    list_filter = ("role", ("created_at", RangeDateTimeFilter), ("expires_at", RangeDateTimeFilter))
    list_select_related = ("user", "team", "invited_by", "accepted_by")
    id_fields = ("pk", "team", "user", "invited_by")
    search_fields = ("email", "user__username", "team__name")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["withdraw"]
    actions_detail: ClassVar = ["fresh_link"]
    fieldsets = (
        (None, {"fields": ("user", "email", "team", "role", "shown_state", "id")}),
        ("When", {"fields": ("invited_by", "created_at", "expires_at", "answered_at", "accepted_by")}),
    )
    nothing = "Nobody is invited to a team."

    @display(description="Invited")
    def invited(self, invitation: Invitation) -> str:
        return invitation.user.username if invitation.user else invitation.email

    @display(description="State", label=STATES)
    def shown_state(self, invitation: Invitation) -> str:
        if invitation.answered_at:
            return "accepted" if invitation.accepted_by_id else "ended"
        return "open" if invitation.expires_at > timezone.now() else "expired"

    @admin.action(description="Withdraw")
    def withdraw(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        by = caller_of(request)
        self.do_each(
            request,
            rows,
            lambda row: invitations.withdraw_by_staff(by=by, invitation_id=row.id),
            done="withdrawn",
        )

    @action(description="Make a link", url_path="link", icon="link", dialog=FRESH_LINK)
    def fresh_link(self, request: HttpRequest, form: LinkForm, object_id: str) -> HttpResponse:  # noqa: ARG002 - it has no fields
        try:
            link = invitations.make_link_by_staff(by=caller_of(request), invitation_id=UUID(object_id))
        except Refusal as refusal:
            return _said(request, refusal.message)
        return _said(request, "Hand it over now: it is not shown again.", link=link.url)


def _said(request: HttpRequest, sentence: str, *, link: str = "") -> HttpResponse:
    """Return what stands in the dialog in place of its fields, and nowhere else."""
    return render(request, "admin/said_once.html", {"sentence": sentence, "link": link})
