"""Tells people: makes the news into notifications of those whom it concerns, and into mails where they want them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity import news, notices, preferences
from activity.kinds import Kind, Topic, register
from activity.models import Notification
from activity.news import News
from activity.notices import Data, Notice
from activity.outbox import mail
from activity.services import Who, tell

READER = "notifications"
CHANGED = "notifications_changed"  # the kind of news that says so to open pages
AT_A_TIME = 100  # events, of which each may concern a large team
ROWS = 2000  # written by one statement
MOST = 1000  # notifications that somebody has; the oldest go, but none of security, which others could crowd out
GATHERED = timedelta(hours=1)

_KEEP = """
DELETE FROM activity_notification AS old USING (
    SELECT person.id AS user_id, (
        SELECT id FROM activity_notification WHERE user_id = person.id AND kind <> ALL(%(always)s)
        ORDER BY id DESC OFFSET %(most)s LIMIT 1
    ) AS last FROM unnest(%(people)s::uuid[]) AS person (id)
) AS bound WHERE old.user_id = bound.user_id AND old.id <= bound.last AND old.kind <> ALL(%(always)s)
"""

Key = tuple[Any, ...]
# What a mail says, and on which page one sees it: of a kind, its data, and a reader.
Wording = Callable[[str, Data, UUID], tuple[str, str]]
_wordings: list[Wording] = []


@dataclass(frozen=True)
class _Telling:
    """One event for one of those whom it concerns."""

    event: News
    notice: Notice
    user_id: UUID

    @property
    def gathered(self) -> Key | None:
        """What one notification is about, for a notice that gathers."""
        return _key(self.user_id, self.event.kind, self.event.data) if self.notice.gathers else None


def name_kinds() -> None:
    register(Kind(CHANGED, Topic.ACCOUNT, _("There are new notifications, or some were read."), called_out=False))


def worded_by(word: Wording) -> None:
    """Let `word` say in mails what happened: the sentences are those of the pages, which this app does not know."""
    _wordings[:] = [word]


def tell_people() -> None:
    """Tell people of what is new."""
    while news.read(READER, _deal, AT_A_TIME) == AT_A_TIME:
        pass


def _deal(events: list[News]) -> None:
    """Tell people of these events, in the transaction that moves the reader's place."""
    tellings = list(_tellings(events))
    addresses = _addresses({telling.user_id for telling in tellings})
    chosen = preferences.of_people(addresses)
    choices = [
        (telling, preferences.of(chosen, telling.user_id, telling.notice))
        for telling in tellings
        if telling.user_id in addresses
    ]
    _put_on_pages([telling for telling, choice in choices if choice.on_page])
    for telling, choice in choices:
        if choice.by_mail and telling.event.kind not in telling.notice.own_mail:
            _mail(telling, addresses[telling.user_id])


def _tellings(events: Iterable[News]) -> Iterator[_Telling]:
    for event in events:
        notice = notices.of_kind(event.kind)
        if notice and notice.worth(event.data):
            for user_id in sorted(event.audience):
                if notice.always or user_id != event.actor_id:
                    yield _Telling(event, notice, user_id)


def _addresses(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the mail addresses of those who have an account and may use it; "" for those without one."""
    people = get_user_model().objects.filter(pk__in=user_ids, is_active=True)
    return {user_id: email or "" for user_id, email in people.values_list("pk", "email")}


def _put_on_pages(tellings: list[_Telling]) -> None:
    """Write notifications, and count in those that are there already and gather."""
    gathering = _gathering({telling.user_id for telling in tellings if telling.notice.gathers})
    new, more = [], set()
    for telling in tellings:
        event, key = telling.event, telling.gathered
        row = gathering.get(key)
        if row is None:
            row = Notification(
                user_id=telling.user_id,
                event_seq=event.seq,
                kind=event.kind,
                data=dict(event.data),
                created_at=event.at,
            )
            gathering |= {key: row} if key else {}
            new.append(row)
        else:
            row.data["times"] = row.data.get("times", 1) + 1
            more |= {row} if row.pk else set()
    Notification.objects.bulk_create(new, ignore_conflicts=True, batch_size=ROWS)
    Notification.objects.bulk_update(more, ["data"], batch_size=ROWS)
    if people := {row.user_id for row in [*new, *more]}:
        _keep_the_newest(people)
        tell(CHANGED, by=Who(), audience=people)


def _gathering(user_ids: Iterable[UUID]) -> dict[Key | None, Notification]:
    """Return the notifications of these people that may gather more: unread, and not an hour old."""
    if not user_ids:
        return {}
    since = timezone.now() - GATHERED
    rows = Notification.objects.filter(user_id__in=user_ids, read_at=None, created_at__gt=since)
    return {_key(row.user_id, row.kind, row.data): row for row in rows.select_for_update().order_by("id")}


def _key(user_id: UUID, kind: str, data: Data) -> Key:
    facts = data["facts"]
    return user_id, kind, data["actor"]["id"], facts.get("folder_id"), facts.get("link_id")


def _keep_the_newest(people: Iterable[UUID]) -> None:
    always = [kind for notice in notices.known() if notice.always for kind in notice.kinds]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"people": list(people), "most": MOST, "always": always})


def _mail(telling: _Telling, address: str) -> None:
    """Mail somebody about it; of what is gathered only the first of the hour."""
    if not address:
        return
    event, key = telling.event, telling.gathered
    about = f"{event.at:%Y-%m-%dT%H}:{key[1:]}" if key else str(event.seq)
    sentence, place = _worded(telling)
    context = {"sentence": sentence, "actor": event.data["actor"]["label"], "place": place}
    news_kind = "" if telling.notice.always else event.kind
    dedupe = f"notice:{telling.user_id}:{about}"
    mail(to=address, kind="notice", context=context, dedupe=dedupe, user_id=telling.user_id, news=news_kind)


def _worded(telling: _Telling) -> tuple[str, str]:
    """Return what to say of it, and where it leads: what it is about in general, if nobody says more."""
    for word in _wordings:
        return word(telling.event.kind, telling.event.data, telling.user_id)
    return str(telling.notice.says), ""
