"""Which blobs are on their way to another store, and who carries them.

A Move row says where a blob is to go, and stays until it has arrived (`assets.carrying`). The task of each is
queued when its row is written; a sweep queues again what was lost, has failed, or whose worker has died.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from assets import resting, storage
from assets.carrying import FREE
from assets.gone import condemn
from assets.models import Blob, Move
from cloudbox.errors import NotFound
from cloudbox.later import later, waiting_in

GRACE = 60  # seconds that the task of a new Move is waited for before it is queued again
QUEUED_AGAIN = 300  # seconds after which a task that no worker has begun is taken for lost
QUEUE = "moves"  # of the task (CELERY_TASK_ROUTES)
BATCH = 5000  # tasks that wait in it at most, besides those of what has just come: Redis keeps them in memory

_QUEUE = """
UPDATE assets_move SET retry_at = statement_timestamp() + make_interval(secs => %s)
 WHERE id IN (SELECT id FROM assets_move
               WHERE store = %s AND retry_at <= statement_timestamp()
                 AND (lease_until IS NULL OR lease_until < statement_timestamp())
               ORDER BY retry_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING blob_id
"""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What waits to be carried to another store: how many blobs, their bytes, and since when the oldest does."""

    blobs: int
    bytes: int
    oldest_seconds: int
    failing: int  # of them, those that did not get there at the last attempt


def home_of(store: str) -> str | None:
    """Return the name of the store that bytes which landed in `store` are to go to, None where they may stay."""
    return storage.primary().name if store == storage.SPOOL else None


def enlist(blob_ids: Iterable[UUID], to: str) -> None:
    """Have blobs moved to the store named `to` once the caller's transaction has been committed.

    A composite becomes one plain blob there, also where its parts are in that store already.
    """
    moves = [Move(blob_id=blob_id, store=to, retry_at=Now()) for blob_id in blob_ids]
    Move.objects.bulk_create(moves, ignore_conflicts=True)  # somebody may be sending one just now: then it goes there
    later("assets.queue_moves")


def send(blob_id: UUID, to: str) -> None:
    """Have the blob's Move row say `to`, for a caller that carries it at once; unless somebody does just now."""
    with transaction.atomic():
        blob = Blob.objects.select_for_update(no_key=True).filter(pk=blob_id).first()
        if blob is None or (blob.kind, blob.store) == ("plain", to):
            return
        again_at = Now() + timedelta(seconds=QUEUED_AGAIN)
        row, _ = Move.objects.get_or_create(blob=blob, defaults={"store": to, "retry_at": again_at})
        _turn(row, blob, to)


def withdraw(blob_id: UUID) -> None:
    """Let the blob stay where it is, or go on to where it was to go from the spool; unless somebody carries it."""
    with transaction.atomic():
        blob = Blob.objects.select_for_update(no_key=True).filter(pk=blob_id).first()
        row = Move.objects.select_for_update().filter(FREE, blob=blob_id).first()
        if blob is None or row is None:
            return
        if home := home_of(blob.store):
            _turn(row, blob, home)
        else:
            condemn([(row.store, row.key, blob.size)] if row.key else [])
            row.delete()


def _turn(row: Move, blob: Blob, to: str) -> None:
    """Let a Move lead elsewhere, unless somebody is at it. Whoever is thought dead, and is not, may not switch it."""
    turned = {"store": to, "key": None, "error": "", "fence": F("fence") + 1}
    if row.store != to and Move.objects.filter(FREE, pk=row.pk).update(**turned):
        condemn([(row.store, row.key, blob.size)] if row.key else [])


def queue(blob_id: UUID) -> None:
    """Queue the task of a Move row that is written in the caller's transaction."""
    later("assets.move_blob", str(blob_id))


def queue_due() -> int:
    """Queue the moves whose time has come and that nobody works on, the oldest first; return how many.

    Of those to a store that keeps failing it is one at a time; of those to one that rests, none. What a worker has not
    come to yet is queued again, for the queue may have been lost, but never while it is full.
    """
    due = Move.objects.filter(FREE, retry_at__lte=Now()).order_by().values_list("store", flat=True).distinct()
    return sum(_queue_due_to(store) for store in list(due) if not resting.rests(store))


def _queue_due_to(store: str) -> int:
    most = 1 if resting.is_failing(store) else max(BATCH - waiting_in(QUEUE), 0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_QUEUE, [QUEUED_AGAIN, store, most])
        blob_ids = [blob_id for (blob_id,) in cursor.fetchall()]
        for blob_id in blob_ids:
            queue(blob_id)
    return len(blob_ids)


def try_now(blob_id: UUID) -> None:
    """Try a move at once, whenever its turn would be. Raises NotFound when the blob has arrived, or is gone."""
    with transaction.atomic():
        row = Move.objects.select_for_update().filter(blob=blob_id).first()
        if row is None:
            raise NotFound
        Move.objects.filter(pk=row.pk).update(retry_at=Now() + timedelta(seconds=QUEUED_AGAIN))
        resting.wake(row.store)
        queue(blob_id)


def backlog() -> Backlog:
    """Count what waits now."""
    found = Move.objects.aggregate(
        blobs=Count("id"),
        bytes=Sum("blob__size", default=0),
        oldest=Min("created_at"),
        failing=Count("id", filter=~Q(error="")),
    )
    waited = timezone.now() - found["oldest"] if found["oldest"] else timedelta()
    return Backlog(
        blobs=found["blobs"],
        bytes=int(found["bytes"]),
        oldest_seconds=max(int(waited.total_seconds()), 0),
        failing=found["failing"],
    )
