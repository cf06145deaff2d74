"""What waits and what failed, for the staff's first page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from activity.models import AuditEntry, Mail
from activity.outbox import UNSENT


@dataclass(frozen=True)
class Figures:
    """Mails on their way and mails that were given up, the webhooks that are on, and what waits for its seal."""

    mails_waiting: int
    mails_failed: int
    webhooks: int
    webhooks_failing: int
    oldest_unsealed: datetime | None


def figures() -> Figures:
    """Count now, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM activity_mail WHERE state = ANY(%s)),
                   (SELECT count(*) FROM activity_mail WHERE state = %s),
                   (SELECT count(*) FROM activity_webhook WHERE is_active),
                   (SELECT count(*) FROM activity_webhook WHERE is_active AND failing_since IS NOT NULL),
                   (SELECT at FROM activity_auditentry WHERE seq IS NULL ORDER BY id LIMIT 1)
            """,
            [list(UNSENT), Mail.State.FAILED],
        )
        return Figures(*cursor.fetchone())


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
