"""What is done with files on pages that work without scripts: forms that POST, and lead back to where they were."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import services
from accounts.callers import Caller
from assets.services import labels, trash, tree
from cloudbox.errors import BadInput, NotFound, Refusal
from web.files.listing import ROWS, back_to
from web.forms import PageForm, sentence_of
from web.pages import as_given, do, fill_in, filled_in, for_people, next_of, show, shown_or_filled_in
from web.pieces import is_piece

HERE = "files"
BROUGHT = ("move", "copy")  # what needs a folder, too
Each = Callable[..., object]


class NameForm(PageForm):
    name = forms.CharField(
        label=gettext_lazy("Name"), strip=True, max_length=255, widget=forms.TextInput({"autocomplete": "off"})
    )
    is_all_there_is = True


@dataclass(frozen=True)
class Act:
    """What is done with each of some assets, and how it is told of so many."""

    each: Each
    done: Callable[[int], str]


ACTS = {
    "trash": Act(trash.trash, lambda count: ngettext("Moved to the trash.", "%(count)s moved to the trash.", count)),
    "restore": Act(trash.restore, lambda count: ngettext("Restored.", "%(count)s restored.", count)),
    "purge": Act(
        trash.purge_from_trash, lambda count: ngettext("Deleted for ever.", "%(count)s deleted for ever.", count)
    ),
    "like": Act(
        labels.like, lambda count: ngettext("Added to your favourites.", "%(count)s added to your favourites.", count)
    ),
    "unlike": Act(
        labels.like_no_more,
        lambda count: ngettext("Removed from your favourites.", "%(count)s removed from your favourites.", count),
    ),
}


@filled_in
@for_people
def with_chosen(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Do one thing with all that is chosen in a list, or ask where to bring it."""
    action = request.POST.get("action", "")
    ids = chosen_in(request.POST.getlist("asset"))
    if action in BROUGHT and ids:
        return redirect(f"{reverse('bring')}?{urlencode({'action': action, 'asset': ids}, doseq=True)}")
    if action not in ACTS:
        raise BadInput("action", f"One of {', '.join([*ACTS, *BROUGHT])}.")
    return with_each(request, by, ids, ACTS[action], back=next_of(request))


def chosen_in(texts: Sequence[str]) -> list[UUID]:
    """Return the assets that a request names: as many as a list shows at a time, at most. Raises BadInput."""
    try:
        ids = list(dict.fromkeys(map(UUID, texts)))
    except ValueError:
        raise BadInput("asset", "The id of a file or folder.") from None
    if len(ids) > ROWS:
        raise BadInput("asset", f"At most {ROWS} at a time.")
    return ids


def with_each(request: HttpRequest, by: Caller, ids: Sequence[UUID], act: Act, *, back: str) -> HttpResponseBase:
    """Do it with each of them and go back, where it is told how many were done and why others were not."""
    refused: dict[str, None] = {}
    done = 0
    for asset_id in ids:
        try:
            act.each(by=by, asset_id=asset_id)
        except NotFound:
            if len(ids) == 1:
                raise
            refused[_("Some of it is not there any more.")] = None
        except Refusal as refusal:
            refused[sentence_of(refusal)] = None
        else:
            done += 1
    if done:
        messages.success(request, act.done(done) % {"count": done})
    for sentence in refused if ids else [_("Nothing was chosen.")]:
        messages.error(request, sentence)
    return redirect(back or reverse(HERE))


@shown_or_filled_in
@for_people
def new_folder(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Make a folder in another one."""
    parent = tree.get(by=by, asset_id=UUID(asset_id))

    def make(said: dict[str, Any]) -> HttpResponseBase:
        tree.make_folder(by=by, parent_id=parent.id, name=said["name"])
        messages.success(request, _("The folder was made."))
        return redirect(back_to(parent.id))

    words = {"heading": _("New folder"), "button": _("Make the folder"), "back": back_to(parent.id), "place": HERE}
    return fill_in(request, "files/name.html", as_given(NameForm, request), make, **words)


@shown_or_filled_in
@for_people
def rename(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """Give something another name."""
    asset = tree.get(by=by, asset_id=UUID(asset_id))

    def give(said: dict[str, Any]) -> HttpResponseBase:
        tree.rename(by=by, asset_id=asset.id, name=said["name"])
        messages.success(request, _("Renamed."))
        return redirect(reverse("details", args=[asset.id]))

    form = as_given(NameForm, request, initial={"name": asset.name})
    back = reverse("details", args=[asset.id])
    words = {"heading": _("Rename “%(name)s”") % {"name": asset.name}, "button": _("Rename"), "back": back}
    return fill_in(request, "files/name.html", form, give, place=HERE, **words)


@shown_or_filled_in
@for_people
def empty_trash(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Ask whether all in the trash may go for ever, and let it."""
    if request.method == "POST":
        return do(request, partial(trash.empty_trash, by=by), done=_("The trash is empty."), back=reverse("trash"))
    context = {
        "place": "trash",
        "count": trash.count_trash(by=by),
        "bytes": services.usage(by=by).charges.get("trash", 0),
    }
    is_dialog = is_piece(request)
    return show(request, f"files/empty_trash_{'dialog' if is_dialog else 'page'}.html", context)
