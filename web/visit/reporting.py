"""/l/<token>/report: telling the staff that what a link shows should not be there."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from assets.refusals import LinkLocked
from assets.services import reports
from web.forms import PageForm, address_field
from web.pages import as_given, fill_in, show, shown_or_filled_in
from web.visit.coming import Coming, by_link

REASONS = (
    ("malware", _("It harms computers")),
    ("phishing", _("It wants passwords or money by deceit")),
    ("copyright", _("It is copied without the right to")),
    ("illegal", _("It is against the law in another way")),
    ("personal", _("It shows me or somebody else who did not agree")),
    ("other", _("Something else")),
)


class ReportForm(PageForm):
    reason = forms.ChoiceField(label=_("What is wrong with it"), choices=REASONS, widget=forms.RadioSelect)
    details = forms.CharField(
        label=_("What the staff should know"),
        required=False,
        max_length=reports.LONGEST_DETAILS,
        widget=forms.Textarea({"rows": 4}),
    )
    reporter = address_field(
        _("Your e-mail address"),
        required=False,
        help_text=_("To hear what becomes of it. Whoever made the link never sees it."),
    )


@shown_or_filled_in
@by_link
def report(request: HttpRequest, coming: Coming) -> HttpResponseBase:
    """A form, and thanks."""
    opened = coming.opened()
    if opened.asset_id is None:
        raise LinkLocked

    def act(given: dict[str, Any]) -> HttpResponseBase:
        reports.report(token=coming.token, given_pass=coming.given_pass, visitor=coming.visitor, **given)
        return show(request, "visit/reported.html", {"coming": coming, "opened": opened})

    return fill_in(request, "visit/report.html", as_given(ReportForm, request), act, coming=coming, opened=opened)
