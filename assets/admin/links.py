"""Share links and reports of abuse, as the staff see them."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.credentials import caller_of
from assets.models import Link, Report
from assets.services import links, reports
from cloudbox.errors import Refusal
from cloudbox.staff import Shown, dialog_again, go_to


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=reports.LONGEST_REASON, label="Why", help_text="Recorded.", widget=UnfoldAdminTextareaWidget
    )


TAKE_DOWN: ActionDialog = {
    "title": "Take the link down",
    "description": "It opens nothing any more, and says so. Its maker is told why.",
    "form_class": ReasonForm,
    "form_submit_text": "Take down",
}
DISMISS: ActionDialog = {
    "title": "Dismiss the report",
    "description": "The link stays as it is.",
    "form_class": ReasonForm,
    "form_submit_text": "Dismiss",
}


@admin.register(Link)
class LinkAdmin(Shown[Link]):
    """Share links: whose they are and how far they go. What leads there, and the names of files, are nowhere."""

    nothing = "Nobody has made a share link."
    list_display = ("__str__", "maker", "asset_id", "role", "asks", "used", "last_used_at", "expires_at", "revoked_at")
    list_filter = (
        "role",
        ("created_at", RangeDateTimeFilter),
        ("last_used_at", RangeDateTimeFilter),
        ("expires_at", RangeDateTimeFilter),
        ("revoked_at", RangeDateTimeFilter),
    )
    list_select_related = ("maker",)
    id_fields = ("pk", "maker", "asset_id")
    search_fields = ("label", "maker__username")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["revoke"]
    actions_detail: ClassVar = ["take_down"]
    fieldsets = (
        (None, {"fields": ("label", "maker", "asset_id", "role", "asks", "id")}),
        ("Use", {"fields": ("visits", "downloads", "download_limit", "uploads", "last_used_at")}),
        ("When", {"fields": ("created_at", "expires_at", "revoked_at")}),
        ("Taken down", {"fields": ("taken_down_at", "taken_down_reason")}),
    )

    @display(description="Password", boolean=True)
    def asks(self, link: Link) -> bool:
        return bool(link.password)

    @display(description="Downloads")
    def used(self, link: Link) -> str:
        return f"{link.downloads}" if link.download_limit is None else f"{link.downloads} of {link.download_limit}"

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, rows: QuerySet[Link]) -> None:
        by = caller_of(request)
        self.do_each(request, rows, lambda link: links.revoke_for(by=by, link_id=link.id), done="revoked")

    @action(description="Take down", url_path="take-down", icon="gavel", dialog=TAKE_DOWN)
    def take_down(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        try:
            reports.take_down(by=caller_of(request), link_id=UUID(object_id), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            return dialog_again(request, TAKE_DOWN, form, refusal)
        return go_to(reverse("admin:assets_link_change", args=[object_id]))


@admin.register(Report)
class ReportAdmin(Shown[Report]):
    """Reports of abuse, those that wait for a decision first. What the link shows is named; its bytes are nowhere."""

    nothing = "Nobody has reported a link."
    list_display = ("link_label", "reason", "state_shown", "owner", "link", "used", "created_at", "decided_at")
    list_filter = ("state", "reason", ("created_at", RangeDateTimeFilter))
    list_select_related = ("link__asset__owner", "link__maker")
    id_fields = ("pk", "link")
    search_fields = ("link_label", "link__maker__username")
    ordering = (Case(When(state=Report.State.OPEN, then=Value(0)), default=Value(1)), "-id")
    sortable_by = ()
    actions_detail: ClassVar = ["uphold", "dismiss"]
    fieldsets = (
        (None, {"fields": ("reason", "details", "state_shown", "created_at", "reporter", "address", "id")}),
        ("What the link shows", {"fields": ("link_label", "link", "role", "owner", "maker", "used")}),
        ("Decision", {"fields": ("decision", "decided_by", "decided_at")}),
    )

    @display(description="State", label={"open": "warning", "upheld": "danger", "dismissed": "success"})
    def state_shown(self, report: Report) -> str:
        return report.state

    @display(description="Of")
    def owner(self, report: Report) -> str:
        return report.link.asset.owner.username if report.link else "-"

    @display(description="Shared by")
    def maker(self, report: Report) -> str:
        return report.link.maker.username if report.link else "-"

    @display(description="May")
    def role(self, report: Report) -> str:
        return report.link.role if report.link else "-"

    @display(description="Use")
    def used(self, report: Report) -> str:
        link = report.link
        return f"{link.visits} visits, {link.downloads} downloads, {link.uploads} uploads" if link else "-"

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer decisions of what is not decided."""
        report = self.get_object(request, str(object_id))
        waits = report is not None and report.state == Report.State.OPEN
        return super().get_actions_detail(request, object_id) if waits else []

    @action(description="Take the link down", url_path="uphold", icon="gavel", dialog=TAKE_DOWN)
    def uphold(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(request, form, object_id, TAKE_DOWN)

    @action(description="Dismiss", url_path="dismiss", icon="done", dialog=DISMISS)
    def dismiss(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(request, form, object_id, DISMISS)

    def _decide(self, request: HttpRequest, form: ReasonForm, object_id: str, dialog: ActionDialog) -> HttpResponse:
        by, reason = caller_of(request), form.cleaned_data["reason"]
        try:
            reports.decide(by=by, report_id=UUID(object_id), uphold=dialog is TAKE_DOWN, reason=reason)
        except Refusal as refusal:
            return dialog_again(request, dialog, form, refusal)
        return go_to(reverse("admin:assets_report_changelist"))
