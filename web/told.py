"""Notifications as people read them: a sentence, a drawing, and where a click leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from accounts.callers import Caller
from activity import notices
from activity.notices import Data
from activity.notifications import Notification
from payments.billing import payments_on
from web.sentences import names_for, sentence_of

DRAWINGS = {  # by the notice
    "added": "upload",
    "deleted": "trash",
    "arranged": "move",
    "fetched": "download",
    "shared": "people",
    "access": "lock",
    "offered": "inbox",
    "answered": "inbox",
    "links": "link",
    "links_used": "link",
    "taken_down": "flag",
    "space": "alert",
    "allowance": "plus",
    "payments": "card",
    "plan": "card",
    "jobs": "activity",
    "invited": "person-plus",
    "teams": "people",
    "security": "shield",
    "signed_in": "shield",
    "webhooks": "hook",
}
PLACES = {  # the page of an account that a kind of news is about
    "key_made": "keys",
    "password_changed": "password",
    "password_reset": "password",
    "email_changed": "email",
    "identity_linked": "identities",
    "identity_unlinked": "identities",
    "refresh_token_reused": "sessions",
    "signed_in": "sessions",
    "file_offered": "transfers",
    "folder_offered": "transfers",
}
PLACES_OF_NOTICES = {
    "space": "usage",
    "allowance": "usage",
    "payments": "orders",
    "plan": "plan",
    "invited": "teams",
    "security": "two-factor",
    "webhooks": "webhooks",
}
FOR_SALE = ("orders", "plan")  # pages that are there while room is sold
IMPORTANT = (
    "shared",
    "offered",
    "invited",
    "space",
    "plan",
    "security",
    "signed_in",
    "taken_down",
)  # what an open page says at once
GONE = ("unshared", "purged")  # deeds after which there is nothing to be seen


@dataclass(frozen=True)
class Told:
    """A notification in a list. `address` is "" where there is nothing to go to, `more` says what was gathered."""

    notification: Notification
    sentence: str
    address: str
    drawing: str
    important: bool

    @property
    def more(self) -> str:
        others = self.notification.times - 1
        return ngettext("and %(others)s more", "and %(others)s more", others) % {"others": others} if others else ""


def told(by: Caller, notifications: Sequence[Notification]) -> list[Told]:
    """Return notifications as a list shows them. At most three queries."""
    names = names_for(by, [one.facts for one in notifications])
    return [_told(one, by.user_id, names) for one in notifications]


def worded(kind: str, data: Data, reader: UUID) -> tuple[str, str]:
    """Return what a mail says of an event, and the page where it leads."""
    target = data["target"] or {"kind": "", "id": "", "label": ""}
    sentence = sentence_of(kind, name=target["label"], facts=data["facts"], reader=reader)
    return sentence, address_of(kind, target["kind"], target["id"], data["facts"])


def address_of(kind: str, target_kind: str, target_id: str, facts: Data) -> str:
    """Return the page of what such news is about; "" if there is none."""
    notice = notices.of_kind(kind)
    place = PLACES.get(kind) or PLACES_OF_NOTICES.get(notice.name if notice else "")
    if place in FOR_SALE and not payments_on():
        place = "usage"
    if place:
        return reverse(place)
    if target_kind in {"file", "folder"}:
        return _address_in_tree(kind, target_id, facts)
    if target_kind == "team":
        return reverse("teams")
    return ""


def _address_in_tree(kind: str, asset_id: str, facts: Data) -> str:
    if kind.endswith(GONE):
        return ""
    if kind.endswith("trashed"):
        return reverse("trash")
    if kind.startswith("file_uploaded") and facts.get("folder_id"):
        return reverse("asset", args=[facts["folder_id"]])
    return reverse("asset", args=[asset_id])


def _told(one: Notification, reader: UUID | None, names: Data) -> Told:
    target, notice = one.target, notices.of_kind(one.kind)
    about = notice.name if notice else ""
    name, kind, target_id = (target.label, target.kind, str(target.id)) if target else ("", "", "")
    return Told(
        notification=one,
        sentence=sentence_of(one.kind, name=name, facts=one.facts, reader=reader, names=names),
        address=address_of(one.kind, kind, target_id, one.facts),
        drawing=DRAWINGS.get(about, "bell"),
        important=about in IMPORTANT,
    )
