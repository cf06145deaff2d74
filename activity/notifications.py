"""What somebody was told on their pages: page by page, what they have not read, and that they have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from activity import models
from activity.services import Target, Who, tell
from activity.telling import CHANGED
from cloudbox.pages import MOST, Page, page_of, values_of


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One thing that somebody was told. `times` counts what was gathered in it, `target` is the first of that."""

    id: int
    kind: str
    at: datetime
    read: bool
    actor_id: UUID | None
    actor: str
    target: Target | None
    facts: dict[str, Any]
    times: int


def page(user_id: UUID, *, cursor: str | None = None, limit: int = 50, unread: bool = False) -> Page[Notification]:
    """Return what the user was told, the newest first; only what they have not read, if so asked.

    Raises BadInput for a bad cursor.
    """
    rows = models.Notification.objects.filter(user_id=user_id).order_by("-id")
    if unread:
        rows = rows.filter(read_at=None)
    if values := values_of(cursor, int):
        rows = rows.filter(id__lt=values[0])
    return page_of(list(rows[: limit + 1]), limit, shown=_shown, after=lambda row: (row.id,))


def count_unread(user_id: UUID) -> int:
    """Return how many the user has not read."""
    return models.Notification.objects.filter(user_id=user_id, read_at=None).count()


def mark_read(user_id: UUID, *, ids: Collection[int] | None = None, until: int | None = None) -> int:
    """Mark notifications of the user as read: those of these ids, those up to one, or all. Return how many were not.

    Others' are as good as none.
    """
    rows = models.Notification.objects.filter(user_id=user_id, read_at=None)
    if ids is not None:
        rows = rows.filter(id__in=list(ids)[:MOST])
    if until is not None:
        rows = rows.filter(id__lte=until)
    with transaction.atomic():
        count = rows.update(read_at=timezone.now())
        if count:
            tell(CHANGED, by=Who(), audience=[user_id])
    return count


def prune(older_than: timedelta) -> int:
    """Delete what people were told longer ago than that."""
    return models.Notification.objects.filter(created_at__lt=timezone.now() - older_than).delete()[0]


def _shown(row: models.Notification) -> Notification:
    actor, target = row.data["actor"], row.data["target"]
    return Notification(
        id=row.id,
        kind=row.kind,
        at=row.created_at,
        read=row.read_at is not None,
        actor_id=UUID(actor["id"]) if actor["id"] else None,
        actor=actor["label"],
        target=Target(target["kind"], target["id"], target["label"]) if target else None,
        facts=row.data["facts"],
        times=row.data.get("times", 1),
    )
