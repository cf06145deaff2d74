"""The Idempotency-Key of creating POSTs: a request that is sent again does not happen again.

draft-ietf-httpapi-idempotency-key-header-07, with Stripe's rules: the first answer is kept for a day and
repeated, a key belongs to one user and one request, and a refused request changed nothing and may be tried
again under its key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from cloudbox.errors import BadInput, Conflict, Refusal
from jobs.models import Idempotency

LIFETIME = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyReused(Refusal):
    """The key was used for another request. A new request needs a new key."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key was used for another request."


class IdempotencyInProgress(Conflict):
    """The first request with this key is still being worked on; repeat after `retry_after` seconds."""

    code = "idempotency_in_progress"
    title = "A request with this Idempotency-Key is being worked on."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request is answered: HTTP status and JSON text. `replayed`: it is the answer of an earlier one."""

    status: int
    body: str
    replayed: bool = False


def key_of(header: str | None) -> str | None:
    """Return the key in the header's value: a string of RFC 8941 in quotes, or the bare characters. Raises BadInput."""
    if header is None:
        return None
    quoted = len(header) > 1 and header.startswith('"') and header.endswith('"')
    key = re.sub(r'\\(["\\])', r"\1", header[1:-1]) if quoted else header
    if not _KEY.fullmatch(key):
        raise BadInput("Idempotency-Key", "1 to 255 visible ASCII characters.")
    return key


def once(*, user_id: UUID, key: str, request_sha256: str, run: Callable[[], Answer]) -> Answer:
    """Return `run()`'s answer, or the stored one when this request was answered before.

    `run` works in the transaction in which its answer is stored, so both last or neither does; what it
    raises passes through and stores nothing. Raises IdempotencyKeyReused and IdempotencyInProgress.
    """
    with transaction.atomic():
        _lock(user_id, key)
        stored = Idempotency.objects.filter(user_id=user_id, key=key).first()
        if stored and stored.created_at > timezone.now() - LIFETIME:
            if stored.request_sha256 != request_sha256:
                raise IdempotencyKeyReused
            return Answer(status=stored.status, body=stored.body, replayed=True)
        answer = run()
        Idempotency.objects.update_or_create(
            user_id=user_id,
            key=key,
            defaults={
                "request_sha256": request_sha256,
                "status": answer.status,
                "body": answer.body,
                "created_at": timezone.now(),
            },
        )
        return answer


def prune() -> int:
    """Delete the answers that are not repeated any more."""
    return Idempotency.objects.filter(created_at__lt=timezone.now() - LIFETIME).delete()[0]


def _lock(user_id: UUID, key: str) -> None:
    """Hold (user, key) until the transaction ends, so that exactly one request runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [f"{user_id} {key}"])
        if not cursor.fetchone()[0]:
            raise IdempotencyInProgress(retry_after=1)
