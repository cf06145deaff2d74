"""What happened, as people read it: of one file or folder, and in a whole account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.callers import Caller
from activity import kinds
from activity.services import Entry, entries_of
from assets.services import history, tree
from assets.words import Kind
from cloudbox.errors import BadInput
from web.agents import called
from web.pages import for_people, show, shown
from web.pieces import following, is_piece, show_piece
from web.sentences import names_for, sentence_of

ENTRIES = 30  # that come at a time
DRAWINGS = (  # by a part of what was done; the first that fits
    ("shared", "people"), ("any_one", "globe"), ("inherit", "people"), ("offer", "people"), ("handed", "people"),
    ("link", "link"), ("renamed", "pen"), ("moved", "move"), ("copied", "copy"), ("version_restored", "history"),
    ("retention", "history"), ("trashed", "trash"), ("purged", "trash"), ("deleted", "trash"), ("restored", "undo"),
    ("uploaded", "upload"), ("replaced", "upload"), ("downloaded", "download"), ("made", "plus"), ("tagged", "tag"),
    ("described", "tag"), ("team", "people"), ("key", "key"), ("failed", "alert"), ("signed", "person"),
    ("session", "person"), ("quota", "alert"), ("two_factor", "shield"), ("password", "lock"), ("recovery", "shield"),
    ("email", "mail"), ("profile", "person"), ("pack", "card"), ("payment", "card"),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One thing that happened: who did it, a sentence, and where that leads. `times` counts downloads in an hour.

    `source` is from where one has done something to one's account: with what, and from which address.
    """

    at: datetime
    actor: str
    is_mine: bool
    sentence: str
    drawing: str
    address: str
    times: int
    source: str


def told(by: Caller, entries: Sequence[Entry]) -> list[Told]:
    """Return entries of the log as the caller reads them. At most three queries."""
    names = names_for(by, [entry.facts for entry in entries])
    return [
        Told(
            at=entry.at,
            actor=entry.actor or _("Somebody"),
            is_mine=entry.actor_id == by.user_id and entry.actor == by.username,
            sentence=sentence_of(
                entry.verb,
                name=entry.target.label if entry.target else "",
                facts=entry.facts,
                reader=by.user_id,
                names=names,
            ),
            drawing=next((drawing for part, drawing in DRAWINGS if part in entry.verb), "activity"),
            address=_address(entry),
            times=entry.times,
            source="" if _address(entry) else ", ".join(filter(None, (called(entry.agent), entry.address))),
        )
        for entry in entries
    ]


@shown
@for_people
def of_asset(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """What happened to a file or folder, as far as its reader may know."""
    asset = tree.get(by=by, asset_id=UUID(asset_id))
    cursor = request.GET.get("cursor")
    page = history.entries_about(by=by, asset_id=asset.id, cursor=cursor, limit=ENTRIES)
    context = {
        "asset": asset,
        "told": told(by, page.items),
        "next": following(request, page.next),
        "goes_on": bool(cursor),
    }
    return show_piece(request, "files/activity.html", context)


@shown
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What one did, and what others did to one's things; of one topic, if asked for."""
    topic, cursor = request.GET.get("topic", ""), request.GET.get("cursor")
    page = entries_of(by.must_see_account(), verbs=_verbs(topic), cursor=cursor, limit=ENTRIES)
    context = {
        "here": "activity",
        "topics": kinds.Topic.choices,
        "topic": topic,
        "told": told(by, page.items),
        "next": following(request, page.next),
        "links": True,
    }
    return show(request, "told.html" if is_piece(request) else "activity.html", context)


def _verbs(topic: str) -> list[str] | None:
    """Return what belongs to a topic; None without one. Raises BadInput for one that is not there."""
    if not topic:
        return None
    if topic not in kinds.Topic.values:
        raise BadInput("topic", _("There is no such topic."))
    return [kind.name for kind in kinds.known() if kind.topic == topic]


def _address(entry: Entry) -> str:
    target = entry.target
    return reverse("asset", args=[target.id]) if target and target.kind in {Kind.FILE, Kind.FOLDER} else ""
