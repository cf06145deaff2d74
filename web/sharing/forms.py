"""What people fill in to share something."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assets.services.links import LONGEST_LABEL, MOST_DOWNLOADS, LinkView, Wish
from assets.services.sharing import Known
from web.forms import PageForm, name_field

BETWEEN = re.compile(r"[,;\n]")  # names, in which single spaces may be
ROLES = (("viewer", _("Can view")), ("editor", _("Can edit")))
ANYONE = (
    ("restricted", _("Only people with access")),
    ("viewer", _("Anyone who has the address can view")),
    ("editor", _("Anyone with an account here can edit")),
)
VIEW, EDIT = ("viewer", _("View and download")), ("editor", _("Edit: also upload, rename and delete"))
ADD = ("add", _("Only add files, and see nothing"))
KEEP, A_DAY, NONE = "keep", "day", ""
LASTS = (
    (NONE, _("Until I end it")),
    ("1", _("For a day")),
    ("7", _("For a week")),
    ("30", _("For 30 days")),
    ("365", _("For a year")),
    (A_DAY, _("Until the end of a day that I choose")),
)


class Ending(PageForm):
    """Something that may end: after so many days, or with a day, as the clock of whoever says so has it."""

    lasts = forms.ChoiceField(label=_("How long"), required=False, choices=LASTS)
    until = forms.DateField(label=_("The last day"), required=False, widget=forms.DateInput({"type": "date"}))
    zone = forms.CharField(required=False, widget=forms.HiddenInput({"data-zone": ""}))
    called_here: ClassVar = {"expires_at": "until"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("lasts") == A_DAY and not given.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose a day."))
        return given

    def end(self) -> datetime | None:
        """Return when it ends, None for never."""
        lasts, until = self.cleaned_data["lasts"], self.cleaned_data["until"]
        if lasts == A_DAY:
            return _last_moment(until, _zone(self.cleaned_data["zone"]))
        return timezone.now() + timedelta(days=int(lasts)) if lasts else None


class PeopleForm(Ending):
    names = name_field(
        _("Add people"), "off", required=False, help_text=_("Usernames or e-mail addresses, with commas between.")
    )
    teams = forms.MultipleChoiceField(label=_("Your teams"), required=False, widget=forms.CheckboxSelectMultiple)
    role = forms.ChoiceField(label=_("What they may do"), choices=ROLES, initial="viewer")
    notify = forms.BooleanField(label=_("Tell them by mail"), required=False, initial=True)
    field_order = ("names", "teams", "role", "lasts", "until", "notify", "zone")
    called_here: ClassVar = {**Ending.called_here, "users": "names"}

    def __init__(self, *args: Any, known: Known, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = known
        self.fields["names"].widget.attrs["list"] = "share-known"
        self.fields["teams"].choices = [(str(team_id), name) for team_id, name in known.teams]  # type: ignore[attr-defined]  # it has them

    def clean_names(self) -> list[str]:
        return [name.strip() for name in BETWEEN.split(self.cleaned_data["names"]) if name.strip()]


class RoleForm(PageForm):
    """What becomes of one person or team that has access."""

    name = forms.CharField(required=False)
    team = forms.UUIDField(required=False)
    role = forms.ChoiceField(choices=ROLES, required=False)

    def whom(self) -> dict[str, Any]:
        """Return who it is about, as `sharing.set_role` names them."""
        return {"name": self.cleaned_data["name"], "team_id": self.cleaned_data["team"]}


class AnyoneForm(PageForm):
    any_one_access = forms.ChoiceField(label=_("General access"), choices=ANYONE)


class LinkForm(Ending):
    role = forms.ChoiceField(label=_("Whoever has the link may"), widget=forms.RadioSelect, initial="viewer")
    label = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=LONGEST_LABEL,
        help_text=_("Only those who share this see it."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        help_text=_("Whoever opens the link is asked for it. Tell it them in another way than the link."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    download_limit = forms.IntegerField(
        label=_("Downloads at most"),
        required=False,
        min_value=1,
        max_value=MOST_DOWNLOADS,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    field_order = ("role", "label", "password", "lasts", "until", "download_limit", "zone")

    def __init__(self, *args: Any, is_folder: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if "role" in self.fields:
            self.fields["role"].choices = [VIEW, EDIT, ADD] if is_folder else [VIEW, EDIT]  # type: ignore[attr-defined]  # it has them

    def wish(self) -> Wish:
        """Return what the link is to be."""
        given = self.cleaned_data
        return {
            "label": given["label"],
            "password": given["password"],
            "expires_at": self.end(),
            "download_limit": given["download_limit"],
        }


class LinkChangeForm(LinkForm):
    """What a link is to become; its password and its end stay unless somebody says otherwise."""

    role = None  # type: ignore[assignment]  # a link keeps its role
    no_password = forms.BooleanField(label=_("Take the password away"), required=False)
    field_order = ("label", "password", "no_password", "lasts", "until", "download_limit", "zone")

    def __init__(self, *args: Any, link: LinkView, **options: Any) -> None:
        initial = {
            "label": link.label,
            "download_limit": link.download_limit,
            "lasts": KEEP if link.expires_at else NONE,
        }
        super().__init__(*args, is_folder=False, initial=initial, **options)
        self.fields["password"].help_text = _("Leave it empty to keep it as it is.")
        if link.expires_at:
            self.fields["lasts"].choices = [(KEEP, _("As it is now")), *LASTS]  # type: ignore[attr-defined]  # the same
        if not link.has_password:
            del self.fields["no_password"]
        if link.role == "add":
            del self.fields["download_limit"]

    def wish(self) -> Wish:
        given = self.cleaned_data
        wish: Wish = {"label": given["label"]}
        if "download_limit" in given:
            wish["download_limit"] = given["download_limit"]
        if given["password"] or given.get("no_password"):
            wish["password"] = given["password"] or None
        if given["lasts"] != KEEP:
            wish["expires_at"] = self.end()
        return wish


class OfferForm(PageForm):
    to = name_field(
        _("New owner"), "off", help_text=_("A username or a confirmed e-mail address. It is theirs once they accept.")
    )
    keep = forms.BooleanField(label=_("I stay an editor"), required=False, initial=True)


def _last_moment(day: date, zone: tzinfo) -> datetime:
    """Return when the day ends there; no later than the calendar does, which no database could tell."""
    try:
        return datetime.combine(day, time.max, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time.max, tzinfo=UTC)


def _zone(name: str) -> tzinfo:
    """Return the time zone of whoever fills in a form; UTC where their browser did not tell."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last of the name of a folder, or one too long for a file
        return UTC
