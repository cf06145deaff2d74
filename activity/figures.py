"""What waits and what failed, for the staff's first page."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from activity.models import Mail
from activity.outbox import UNSENT


@dataclass(frozen=True)
class Figures:
    """Mails on their way and mails that were given up, the webhooks that are on, and what waits for its seal."""

    mails_waiting: int
    mails_failed: int
    webhooks: int
    webhooks_failing: int
    oldest_unsealed: datetime | None
    last: dict[str, tuple[datetime, dict[str, Any]]]  # of each verb: when it was last recorded, and with which facts


def figures(*verbs: str) -> Figures:
    """Count now, in one query, and look when these verbs were last recorded."""
    last = "(SELECT jsonb_build_array(at, facts) FROM activity_auditentry WHERE verb = %s ORDER BY id DESC LIMIT 1)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT (SELECT count(*) FROM activity_mail WHERE state = ANY(%s)),
                   (SELECT count(*) FROM activity_mail WHERE state = %s),
                   (SELECT count(*) FROM activity_webhook WHERE is_active),
                   (SELECT count(*) FROM activity_webhook WHERE is_active AND failing_since IS NOT NULL),
                   (SELECT at FROM activity_auditentry WHERE seq IS NULL ORDER BY id LIMIT 1),
                   jsonb_build_array({", ".join([last] * len(verbs))})
            """,  # noqa: S608 - made of constants
            [list(UNSENT), Mail.State.FAILED, *verbs],
        )
        *counts, lasts = cursor.fetchone()
    found = {verb: told for verb, told in zip(verbs, json.loads(lasts), strict=True) if told}
    last_of = {verb: (datetime.fromisoformat(at), facts) for verb, (at, facts) in found.items()}
    return Figures(*[*counts, last_of])


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
