"""Moving and copying without scripts: the folder is found on a page that goes down and up among the folders."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.callers import Caller
from assets.placing import OnConflict
from assets.services import bulk, tree
from assets.words import Ability, Kind
from cloudbox.errors import BadInput
from web.files.actions import HERE, Act, chosen_in, with_each
from web.files.listing import ROWS, back_to
from web.pages import for_people, show, shown_or_filled_in

ACTS = {
    "move": Act(tree.move, lambda count: ngettext("Moved here.", "%(count)s moved here.", count)),
    "copy": Act(bulk.copy, lambda count: ngettext("Copied here.", "%(count)s copied here.", count)),
}


@shown_or_filled_in
@for_people
def bring(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Choose where to move or copy what is chosen, and do it. A name that is taken there gets a number."""
    asked = request.POST if request.method == "POST" else request.GET
    what = asked.get("action", "")
    if what not in ACTS:
        raise BadInput("action", f"One of {', '.join(ACTS)}.")
    ids = chosen_in(asked.getlist("asset"))
    folder = tree.get(by=by, asset_id=_folder_in(asked.get("folder", "")), kind=Kind.FOLDER)
    if request.method == "POST":
        each = partial(ACTS[what].each, folder_id=folder.id, on_conflict=OnConflict.RENAME)
        return with_each(request, by, ids, Act(each, ACTS[what].done), back=back_to(folder.id))
    below = tree.content_of(by=by, folder_id=folder.id, kind=Kind.FOLDER, cursor=asked.get("cursor"), limit=ROWS)
    context = {
        "place": HERE,
        "action": what,
        "heading": _("Move to…") if what == "move" else _("Copy to…"),
        "chosen": ids,
        "folder": folder,
        "steps": tree.steps_to(by=by, asset_id=folder.id),
        "below": [one for one in below.items if one.id not in ids],
        "next": below.next,
        "may": Ability.ADD in folder.abilities,
    }
    return show(request, "files/bring.html", context)


def _folder_in(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadInput("folder", "The id of a folder.") from None
