"""/account/usage: how much room one has, what takes it, and what can be done about it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services
from accounts.callers import Caller
from accounts.services.administration import UsageInfo
from assets.services import eaters, versions
from web.files.rows import address_of, drawing_of_type
from web.forms import PageForm
from web.pages import as_given, fill_in, for_people, shell_of, show, shown, shown_or_filled_in
from web.pieces import is_piece

HERE = "usage"
WIDE = 1000  # units of the bar
CHARGES = {
    "files": gettext_lazy("Files"),
    "versions": gettext_lazy("Old versions"),
    "trash": gettext_lazy("Trash"),
    "documents": gettext_lazy("Documents"),
    "reserved": gettext_lazy("On its way in"),
}
KINDS = {  # the words of eaters.KINDS, with their drawings
    "image": (gettext_lazy("Pictures"), "image"),
    "video": (gettext_lazy("Videos"), "video"),
    "audio": (gettext_lazy("Music and sound"), "audio"),
    "document": (gettext_lazy("Documents"), "text"),
    "archive": (gettext_lazy("Archives"), "archive"),
    "other": (gettext_lazy("Other files"), "file"),
}


@dataclass(frozen=True)
class Segment:
    """A part of the bar: from `start`, `width` wide, in thousandths. `size` in bytes."""

    name: str
    label: str
    size: int
    start: float
    width: float


@dataclass(frozen=True)
class Share:
    """One of several things that take space, beside the largest of them: `part` of it, in hundredths."""

    label: str
    drawing: str
    size: int
    files: int
    part: int
    address: str = ""


@dataclass(frozen=True)
class FileRow:
    """A large file in a list."""

    file: eaters.LargeFile

    @property
    def drawing(self) -> str:
        return drawing_of_type(self.file.content_type)

    @property
    def address(self) -> str:
        return address_of(self.file.id)

    @property
    def folder(self) -> str:
        return address_of(self.file.folder_id)


class RetentionForm(PageForm):
    versions_kept = forms.IntegerField(
        label=gettext_lazy("Versions of each file"), required=False, min_value=1, max_value=versions.MOST_KEPT
    )
    versions_days = forms.IntegerField(
        label=gettext_lazy("Days after they were replaced"), required=False, min_value=1, max_value=versions.MOST_DAYS
    )


@shown
@for_people
def usage(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """The room and what takes it; with `?cursor=` only the next of the largest files."""
    files = eaters.largest_files(by=by, cursor=request.GET.get("cursor"), limit=20)
    context: dict[str, Any] = {"files": [FileRow(file) for file in files.items], "next": files.next}
    if is_piece(request):
        return show(request, "usage_files.html", context)
    known = services.usage(by=by)
    context |= {
        "here": HERE,
        "shell": shell_of(by, known.space),
        "usage": known,
        "taken": known.space.used + known.space.reserved,
        "bar": bar_of(known),
        "folders": _folders(by),
        "kinds": _kinds(by),
        "retention": versions.retention_of(by=by, folder_id=None),
    }
    return show(request, "usage.html", context)


@shown_or_filled_in
@for_people
def retention(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """How long old versions are kept, wherever a folder says nothing else."""
    now = versions.retention_of(by=by, folder_id=None)

    def act(given: dict[str, Any]) -> HttpResponseBase:
        versions.set_retention(by=by, folder_id=None, **given)
        messages.success(request, _("Saved. Versions that are too many go within a day."))
        return redirect("usage")

    initial = {"versions_kept": now.versions_kept, "versions_days": now.versions_days}
    context = {
        "here": HERE,
        "heading": _("How long old versions are kept"),
        "said": _("Of each file so many, and so long. Empty leaves it to this server. Folders may say otherwise."),
        "button": _("Save"),
        "back": reverse("usage"),
    }
    return fill_in(request, "own_form.html", as_given(RetentionForm, request, initial=initial), act, **context)


def bar_of(known: UsageInfo) -> list[Segment]:
    """Return the parts of the bar, one beside the other. What is over the limit makes all of them narrower."""
    sizes = {**known.charges, "reserved": known.space.reserved}
    whole = max(known.space.limit, sum(sizes.values()), 1)
    found, start = [], 0.0
    for name, size in sizes.items():
        if size:
            width = size * WIDE / whole
            found.append(Segment(name, str(CHARGES.get(name, name)), size, round(start, 2), round(max(width, 2), 2)))
            start += width
    return found


def _folders(by: Caller) -> list[Share]:
    found = eaters.largest_folders(by=by)
    most = max((folder.size for folder in found), default=1)
    return [
        Share(folder.name, "folder", folder.size, folder.files, folder.size * 100 // most, address_of(folder.id))
        for folder in found
    ]


def _kinds(by: Caller) -> list[Share]:
    found = [kind for kind in eaters.by_kind(by=by) if kind.size]
    most = max((kind.size for kind in found), default=1)
    return [
        Share(str(KINDS[kind.kind][0]), KINDS[kind.kind][1], kind.size, kind.files, kind.size * 100 // most)
        for kind in found
    ]
