"""/search: what is called so, wherever it is, and narrowed by what it is, how large, how old, whose and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.callers import Caller
from accounts.folding import folded
from assets.filters import FEWEST_LETTERS, TYPES, Filters
from assets.labels import clean_tag
from assets.services import finding, tree
from assets.shapes import AssetView
from assets.words import Kind
from cloudbox.errors import NotFound, Refusal
from cloudbox.pages import Page
from web.files.listing import BY_NAME, ROWS, Listed, list_page
from web.forms import PageForm
from web.pages import for_people, shown

MIB = 2**20  # bytes
KINDS = (
    ("", gettext_lazy("Anything")),
    ("folder", gettext_lazy("Folders")),
    ("file", gettext_lazy("Files")),
    ("image", gettext_lazy("Pictures")),
    ("video", gettext_lazy("Videos")),
    ("audio", gettext_lazy("Sounds")),
    ("document", gettext_lazy("Documents")),
    ("pdf", gettext_lazy("PDFs")),
    ("spreadsheet", gettext_lazy("Tables")),
    ("presentation", gettext_lazy("Presentations")),
    ("text", gettext_lazy("Texts")),
    ("archive", gettext_lazy("Archives")),
)
SIZES = (
    ("", gettext_lazy("Any size")),
    ("small", gettext_lazy("Up to 1 MiB")),
    ("medium", gettext_lazy("1 to 100 MiB")),
    ("large", gettext_lazy("100 MiB and more")),
    ("huge", gettext_lazy("1 GiB and more")),
)
BETWEEN: dict[str, tuple[int | None, int | None]] = {  # bytes, both included
    "": (None, None),
    "small": (None, MIB),
    "medium": (MIB, 100 * MIB),
    "large": (100 * MIB, None),
    "huge": (1024 * MIB, None),
}
WHENS = (
    ("", gettext_lazy("Any time")),
    ("1", gettext_lazy("The last 24 hours")),
    ("7", gettext_lazy("The last 7 days")),
    ("30", gettext_lazy("The last 30 days")),
    ("365", gettext_lazy("The last year")),
)
OWNERS = (
    ("", gettext_lazy("Anybody's")),
    ("me", gettext_lazy("Mine")),
    ("others", gettext_lazy("Of others")),
)


class SearchForm(PageForm):
    """What is asked for. `folder` is an id, `tag` are some, with commas between them."""

    q = forms.CharField(label=gettext_lazy("Name"), required=False, widget=forms.HiddenInput)
    folder = forms.UUIDField(required=False, widget=forms.HiddenInput)
    what = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=KINDS)
    size = forms.ChoiceField(label=gettext_lazy("Size"), required=False, choices=SIZES)
    changed = forms.ChoiceField(label=gettext_lazy("Changed"), required=False, choices=WHENS)
    whose = forms.ChoiceField(label=gettext_lazy("Owner"), required=False, choices=OWNERS)
    after = forms.DateField(
        label=gettext_lazy("Changed from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    before = forms.DateField(
        label=gettext_lazy("Changed until"), required=False, widget=forms.DateInput({"type": "date"})
    )
    owner = forms.CharField(label=gettext_lazy("Owner's username"), required=False, max_length=150)
    tag = forms.CharField(label=gettext_lazy("Tags, with commas between them"), required=False, max_length=500)
    more = ("after", "before", "owner", "tag")
    called_here = {"modified_after": "after", "modified_before": "before"}

    @property
    def asks_more(self) -> bool:
        return any(self[name].value() or self[name].errors for name in self.more)


@dataclass(frozen=True)
class Chip:
    """A filter that is on: how it reads, and the parameter that takes it away."""

    text: str
    name: str


@shown
@for_people
def search(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """A part of a name, and what else it must be."""
    form = SearchForm(request.GET)
    sort = request.GET.get("sort", BY_NAME)
    found: Page[AssetView] = Page([], None)
    context: dict[str, Any] = {"form": form, "hint": "", "status": 200, "asked": request.GET}
    if form.is_valid():
        said = {name: value for name, value in form.cleaned_data.items() if value}
        try:
            context["chips"] = list(_chips(by, form, said))
            context["hint"] = _hint(said)
            if said and not context["hint"]:
                found = _found(request, by, said, sort)
        except Refusal as refusal:
            form.say(refusal)
    context["status"] = 400 if form.errors else 200
    return list_page(
        request, by, Listed("search", _("Search"), found, sort=sort), template="files/search.html", **context
    )


def _found(request: HttpRequest, by: Caller, said: dict[str, Any], sort: str) -> Page[AssetView]:
    return finding.search(
        by=by,
        filters=_filters(by, said),
        folder_id=said.get("folder"),
        sort=sort,
        cursor=request.GET.get("cursor"),
        limit=ROWS,
    )


def _filters(by: Caller, said: dict[str, Any]) -> Filters:
    what = said.get("what", "")
    least, most = BETWEEN[said.get("size", "")]
    after, before = _moment(said.get("after")), _moment(said.get("before"), days=1)
    if days := said.get("changed"):
        after = timezone.now() - timedelta(days=int(days))
    whose = said.get("whose")
    return Filters(
        word=said.get("q"),
        kind=Kind(what) if what in set(Kind) else None,
        type=what if what in TYPES else None,
        min_size=least,
        max_size=most,
        modified_after=after,
        modified_before=before,
        owner=by.user_id if whose == "me" else folded(said["owner"]) if said.get("owner") else None,
        not_owner=by.user_id if whose == "others" else None,
        tags=[clean_tag(tag.strip(), "tag") for tag in said.get("tag", "").split(",") if tag.strip()],
    )


def _moment(day: date | None, *, days: int = 0) -> datetime | None:
    """Return when the day begins, or one some days later; the end of the calendar is an end, too."""
    if day is None:
        return None
    begins = datetime.combine(day, time(), UTC)
    try:
        return begins + timedelta(days=days)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _hint(said: dict[str, Any]) -> str:
    """Return what to do before anything can be found; nothing when enough is asked."""
    if not said.keys() - {"folder"}:
        return _("Type a part of the name, or choose a filter.")
    if "q" in said and len(said["q"].strip()) < FEWEST_LETTERS:
        return _("Type at least %(count)s letters of the name.") % {"count": FEWEST_LETTERS}
    return ""


def _chips(by: Caller, form: SearchForm, said: dict[str, Any]) -> Iterator[Chip]:
    """Yield the filters that are on; the word stands in the field where it was typed."""
    for name, value in said.items():
        if name == "q":
            continue
        if name == "folder":
            text = _("In “%(name)s”") % {"name": _folder_name(by, value)}
        elif isinstance(form.fields[name], forms.ChoiceField):
            text = str(dict(form.fields[name].choices)[value])  # type: ignore[attr-defined]  # a ChoiceField has them
        else:
            text = f"{form.fields[name].label}: {form[name].value()}"
        yield Chip(text, name)


def _folder_name(by: Caller, folder_id: UUID) -> str:
    try:
        return tree.get(by=by, asset_id=folder_id, kind=Kind.FOLDER).name
    except NotFound:
        return _("a folder that is not there")
