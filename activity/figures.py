"""What waits and what failed, for the staff's first page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from activity.models import AuditEntry, Mail
from activity.outbox import UNSENT


@dataclass(frozen=True)
class MailFigures:
    """Mails on their way, and mails that were given up."""

    waiting: int
    failed: int


def mail() -> MailFigures:
    return MailFigures(
        waiting=Mail.objects.filter(state__in=UNSENT).count(),
        failed=Mail.objects.filter(state=Mail.State.FAILED).count(),
    )


def oldest_unsealed() -> datetime | None:
    """Return when the oldest entry that waits for its seal was written."""
    return AuditEntry.objects.filter(seq=None).order_by("id").values_list("at", flat=True).first()


def last(verb: str) -> tuple[datetime, dict[str, Any]] | None:
    """Return when the verb was last recorded, and with which facts."""
    return AuditEntry.objects.filter(verb=verb).order_by("-id").values_list("at", "facts").first()


def verbs() -> list[str]:
    """Return every verb in the log: one look into the index for each, however long the log is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE found AS (
                (SELECT verb FROM activity_auditentry ORDER BY verb LIMIT 1)
                UNION ALL
                SELECT (SELECT verb FROM activity_auditentry WHERE verb > found.verb ORDER BY verb LIMIT 1)
                FROM found WHERE found.verb IS NOT NULL
            )
            SELECT verb FROM found WHERE verb IS NOT NULL
            """
        )
        return [verb for (verb,) in cursor.fetchall()]
