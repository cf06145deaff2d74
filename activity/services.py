"""What happened: written by every app in the transaction of what it did, and read by those whom it concerns."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils import timezone

from activity import kinds, outbox
from activity.halves import clean, half_hash, new_salt
from activity.models import BY_OTHERS, AuditEntry, Download, Event, Notification
from cloudbox.pages import Page, page_of, values_of

Fact = str | int | bool | list[str] | None
mail = outbox.mail


@dataclass(frozen=True)
class Who:
    """Who did it and from where. `id` is None for somebody not signed in, and for the system itself."""

    id: UUID | None = None
    label: str = ""
    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Target:
    """What it was done to: a kind (`file`, `user` …), an id, and what people call it."""

    kind: str
    id: UUID | str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the audit log as one of the people concerned may see it. `times` counts repeated downloads."""

    id: int
    at: datetime
    verb: str
    actor_id: UUID | None
    actor: str
    target: Target | None
    facts: dict[str, Any]
    address: str
    agent: str
    times: int


_TELL = """
INSERT INTO activity_event (kind, audience, data, created_at)
VALUES (%(verb)s, %(audience)s::uuid[], %(data)s::jsonb, %(at)s)
"""

_NOTE = """
INSERT INTO activity_auditentry (at, verb, actor_id, owner_id, target_kind, target_id, request_id,
    actor_label, address, agent, actor_salt, actor_hash, target_label, facts, target_salt, target_hash)
VALUES (%(at)s, %(verb)s, %(actor_id)s, %(owner_id)s, %(target_kind)s, %(target_id)s, %(request_id)s,
    %(actor_label)s, %(address)s, %(agent)s, %(actor_salt)s, %(actor_hash)s,
    %(target_label)s, %(facts)s::jsonb, %(target_salt)s, %(target_hash)s)
RETURNING id
"""

_COUNT_DOWNLOAD = """
INSERT INTO activity_download (caller, target_id, version_id, hour, count)
VALUES (%(caller)s, %(target_id)s, %(version_id)s, %(hour)s, 1)
ON CONFLICT (caller, target_id, version_id, hour) DO UPDATE SET count = activity_download.count + 1
RETURNING id, count
"""


def record(
    verb: str,
    *,
    by: Who,
    target: Target | None = None,
    owner_id: UUID | None = None,
    audience: Iterable[UUID] = (),
    **facts: Fact,
) -> None:
    """Write that `by` did `verb` (`file_shared`, `signed_in` …) to `target`, in the caller's transaction.

    `owner_id` is whose thing it is; they, the actor and `audience` are told, if that is a kind of news. The fact
    `user_id` names another person concerned. Facts hold no secrets; what they say of people is erased with the
    target's label. One round trip.
    """
    _write(verb, by=by, target=target, owner_id=owner_id, audience=audience, facts=facts)


def tell(
    kind: str,
    *,
    by: Who,
    target: Target | None = None,
    owner_id: UUID | None = None,
    audience: Iterable[UUID] = (),
    **facts: Fact,
) -> None:
    """As `record`, but it is only news: of what happens often, and is written down elsewhere."""
    values = _news(kind, by=by, target=target, owner_id=owner_id, audience=audience, facts=facts)
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)


def record_download(
    *,
    by: Who,
    target: Target,
    version_id: UUID,
    owner_id: UUID,
    caller: str | None = None,
    verb: str = "file_downloaded",
    **facts: Fact,
) -> None:
    """Count a download of a shared thing; the first of a caller, version and hour is also recorded.

    The caller is who they are, or else where they come from, unless `caller` says it: a link's id.
    """
    with transaction.atomic():
        download, is_first = _count_download(caller or str(by.id or by.address), target, version_id)
        if is_first:
            facts = {**facts, "version_id": str(version_id)}
            entry_id = _write(verb, by=by, target=target, owner_id=owner_id, audience=(), facts=facts)
            Download.objects.filter(pk=download).update(entry_id=entry_id)


def entries_of(
    user_id: UUID, *, verbs: Collection[str] | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Entry]:
    """Return what the user did, and what others did to the user's things, newest first; only these verbs, if given.

    Addresses and programs of others are not shown. Raises BadInput for a bad cursor.
    """
    after = values_of(cursor, int)
    entries = AuditEntry.objects.annotate(times=F("download__count")).order_by("-id")
    if verbs is not None:
        entries = entries.filter(verb__in=verbs)
    if after:
        entries = entries.filter(id__lt=after[0])
    # Two queries, each along its index: an OR of both would read everything the user ever did.
    own = entries.filter(actor_id=user_id)[: limit + 1]
    of_others = entries.filter(BY_OTHERS, owner_id=user_id)[: limit + 1]
    rows = sorted([*own, *of_others], key=lambda row: row.id, reverse=True)[: limit + 1]
    return page_of(rows, limit, shown=lambda row: _shown(row, user_id), after=lambda row: (row.id,))


def entries_about(
    kind: str,
    target_id: UUID,
    *,
    reader_id: UUID,
    verbs: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Entry]:
    """Return what was done to one thing, newest first; only these verbs, if given.

    The caller has seen to it that the reader may know. Raises BadInput for a bad cursor.
    """
    after = values_of(cursor, int)
    entries = AuditEntry.objects.filter(target_kind=kind, target_id=str(target_id))
    entries = entries.annotate(times=F("download__count")).order_by("-id")
    if verbs is not None:
        entries = entries.filter(verb__in=verbs)
    if after:
        entries = entries.filter(id__lt=after[0])
    rows = list(entries[: limit + 1])
    return page_of(rows, limit, shown=lambda row: _shown(row, reader_id), after=lambda row: (row.id,))


def erase_personal(user_id: UUID) -> None:
    """Empty what tells who `user_id` was; what was done, and when, stays, and the chain still holds.

    What others were told of it goes.
    """
    AuditEntry.objects.filter(actor_id=user_id).exclude(actor_salt="").update(
        actor_label="", address="", agent="", actor_salt=""
    )
    concerned = (
        Q(actor_id=user_id)
        | Q(owner_id=user_id)
        | Q(target_kind="user", target_id=str(user_id))
        | Q(facts__has_key="user_id", about=str(user_id))
    )
    Notification.objects.filter(data__actor__id=str(user_id)).delete()
    AuditEntry.objects.alias(about=KT("facts__user_id")).filter(concerned).exclude(target_salt="").update(
        target_label="", facts={}, target_salt=""
    )


def prune_events(older_than: timedelta) -> int:
    """Delete the news that is older."""
    return Event.objects.filter(created_at__lt=timezone.now() - older_than).delete()[0]


def _write(
    verb: str,
    *,
    by: Who,
    target: Target | None,
    owner_id: UUID | None,
    audience: Iterable[UUID],
    facts: Mapping[str, Fact],
) -> int:
    """Write the entry and its event; return the entry's id."""
    actor = [clean(by.label, 255), clean(by.address, 45), clean(by.agent, 255)]
    kind, target_id, label = _named(target)
    actor_salt, target_salt = new_salt(), new_salt()
    values: dict[str, Any] = _news(verb, by=by, target=target, owner_id=owner_id, audience=audience, facts=facts) | {
        "actor_id": by.id,
        "owner_id": owner_id,
        "target_kind": kind,
        "target_id": target_id,
        "request_id": clean(str(structlog.contextvars.get_contextvars().get("request_id", "")), 64),
        "actor_label": actor[0],
        "address": actor[1],
        "agent": actor[2],
        "actor_salt": actor_salt,
        "actor_hash": half_hash(actor_salt, *actor),
        "target_label": label,
        "facts": json.dumps(dict(facts)),
        "target_salt": target_salt,
        "target_hash": half_hash(target_salt, label, dict(facts)),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"WITH event AS ({_TELL}) {_NOTE}" if kinds.find(verb) else _NOTE, values)
        return int(cursor.fetchone()[0])


def _news(
    verb: str,
    *,
    by: Who,
    target: Target | None,
    owner_id: UUID | None,
    audience: Iterable[UUID],
    facts: Mapping[str, Fact],
) -> dict[str, Any]:
    """Return the values of an event, with those facts that its kind names."""
    news = kinds.find(verb)
    kind, target_id, label = _named(target)
    data = {
        "actor": {"id": str(by.id) if by.id else None, "label": clean(by.label, 255)},
        "target": {"kind": kind, "id": target_id, "label": label} if target else None,
        "facts": {name: facts[name] for name in (news.facts if news else ()) if name in facts},
    }
    return {
        "at": timezone.now(),
        "verb": verb,
        "audience": list({user_id for user_id in (by.id, owner_id, *audience) if user_id}),
        "data": json.dumps(data),
    }


def _named(target: Target | None) -> tuple[str, str, str]:
    """Return the kind, id and label of a target as their columns hold them."""
    return (target.kind, str(target.id), clean(target.label, 255)) if target else ("", "", "")


def _count_download(caller: str, target: Target, version_id: UUID) -> tuple[int, bool]:
    """Return the id of the counter's row, and whether this was the first download it counts."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_DOWNLOAD, {"caller": caller, "target_id": target.id, "version_id": version_id, "hour": hour}
        )
        download, count = cursor.fetchone()
    return download, count == 1


def _shown(row: AuditEntry, user_id: UUID) -> Entry:
    """Return the row as `user_id` may see it."""
    own = row.actor_id == user_id
    return Entry(
        id=row.id,
        at=row.at,
        verb=row.verb,
        actor_id=row.actor_id,
        actor=row.actor_label,
        target=Target(row.target_kind, row.target_id, row.target_label) if row.target_kind else None,
        facts=row.facts,
        address=row.address if own else "",
        agent=row.agent if own else "",
        times=getattr(row, "times", None) or 1,
    )
