"""Which previews are to be made, and who makes them.

A Preview row comes with the blob that it is of, in one transaction, and its task is queued after that; a sweep queues
again what was lost, has failed, or whose worker has died. The number of `attempts` is the fence: of two who believe
that they make a preview, the later one decides.
"""

from collections.abc import Collection
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from assets import media
from assets.heartbeat import LEASE, Heartbeat
from assets.models import Preview
from assets.rows import ask
from assets.words import Reason
from cloudbox.errors import NotFound
from cloudbox.later import later, waiting_in

MAKE = "assets.make_preview"
QUEUE = "previews"  # of the task (CELERY_TASK_ROUTES)
GRACE = 60  # seconds that the task of a new row is waited for before it is queued again
QUEUED_AGAIN = 300  # seconds after which a task that no worker has begun is taken for lost
BATCH = 500  # tasks that wait in the queue at most, besides those of what has just come
ATTEMPTS = 5
SOONEST = 60  # seconds until a failed attempt is made again; they grow fourfold with each
LATEST = 6 * 3600
OF_THE_FILE = {Reason.TOOK_TOO_LONG, Reason.TOO_MUCH_MEMORY, Reason.WORKER_DIED, Reason.FAILED, Reason.DAMAGED}

_ENLIST = """
INSERT INTO assets_preview (blob_id, state, content_type, attempts, retry_at, reason, created_at)
VALUES (%s, 'waiting', %s, 0, statement_timestamp() + make_interval(secs => %s), '', statement_timestamp())
ON CONFLICT DO NOTHING
"""
_ENLIST_ALL = """
INSERT INTO assets_preview (blob_id, state, content_type, attempts, retry_at, reason, created_at)
SELECT DISTINCT ON (v.blob_id) v.blob_id, 'waiting', v.content_type, 0, statement_timestamp(), '', statement_timestamp()
  FROM assets_version v WHERE v.size > 0 AND v.content_type ~* '^(image|video|audio)/' AND v.content_type !~* '[/+]svg'
   AND NOT EXISTS (SELECT 1 FROM assets_preview p WHERE p.blob_id = v.blob_id)
 ORDER BY v.blob_id, v.seq
ON CONFLICT DO NOTHING
"""
_QUEUE = """
UPDATE assets_preview SET retry_at = statement_timestamp() + make_interval(secs => %s),
       reason = CASE reason WHEN 'at_work' THEN 'worker_died' ELSE reason END
 WHERE id IN (SELECT id FROM assets_preview WHERE state = 'waiting' AND retry_at <= statement_timestamp()
               ORDER BY retry_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING blob_id
"""
_CLAIM = """
UPDATE assets_preview p SET attempts = p.attempts + 1, reason = 'at_work', retry_at = statement_timestamp() + %s
  FROM (SELECT id, reason FROM assets_preview WHERE blob_id = %s AND state = 'waiting'
           AND (reason <> 'at_work' OR retry_at <= statement_timestamp()) FOR UPDATE) former
 WHERE p.id = former.id
RETURNING p.id, p.attempts, p.blob_id, p.content_type, former.reason
"""


class Attempt(NamedTuple):
    """One claim on a preview: nothing of it counts once the row has another number of attempts."""

    preview_id: int
    number: int
    blob_id: UUID
    content_type: str

    @property
    def lease(self) -> tuple[int, int]:
        return self.preview_id, self.number

    def still_ours(self) -> Q:
        return _ours(self.lease)


def _ours(lease: tuple[int, int]) -> Q:
    return Q(pk=lease[0], attempts=lease[1], state=Preview.State.WAITING, reason=Reason.AT_WORK)


def _renew(leases: Collection[tuple[int, int]]) -> int:
    return Preview.objects.filter(reduce(or_, map(_ours, leases))).update(retry_at=Now() + LEASE)


heartbeat = Heartbeat("preview-leases", _renew)


def is_wanted(content_type: str, size: int) -> bool:
    """Say whether somebody looks at bytes of that type. SVG is a program, which no worker of ours runs."""
    kind, _, name = content_type.partition(";")[0].strip().lower().partition("/")
    return settings.CLOUDBOX_PREVIEWS and size > 0 and kind in {"image", "video", "audio"} and "svg" not in name


def enlist(blob_id: UUID, content_type: str, size: int) -> None:
    """Have a preview of a new blob made once the caller's transaction has been committed, if it has one."""
    if is_wanted(content_type, size):
        with connection.cursor() as cursor:
            cursor.execute(_ENLIST, [blob_id, content_type, GRACE])
        later(MAKE, str(blob_id))


def enlist_all() -> int:
    """Have previews made of all files that came before there were any; return of how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENLIST_ALL)
        return int(cursor.rowcount)


def queue_due() -> int:
    """Queue the previews whose time has come, the oldest first; return how many. Never while the queue is full."""
    if not settings.CLOUDBOX_PREVIEWS:
        return 0
    most = max(BATCH - waiting_in(QUEUE), 0)
    with transaction.atomic():
        blob_ids = [blob_id for (blob_id,) in ask(_QUEUE, [QUEUED_AGAIN, most])]
        for blob_id in blob_ids:
            later(MAKE, str(blob_id))
    return len(blob_ids)


def take_up() -> int:
    """Have previews made that waited for ffmpeg, if it is here now; return how many."""
    if not media.is_there():
        return 0
    waited = Preview.objects.filter(state=Preview.State.NONE, reason=Reason.NO_FFMPEG)
    return waited.update(state=Preview.State.WAITING, reason="", attempts=0, retry_at=Now())


def try_again(blob_id: UUID) -> None:
    """Have a preview made anew, soon; the present one is shown until then. Raises NotFound."""
    with transaction.atomic():
        anew = {"state": Preview.State.WAITING, "reason": "", "attempts": 0}
        if not Preview.objects.filter(blob=blob_id).update(**anew, retry_at=Now() + timedelta(seconds=GRACE)):
            raise NotFound
        later(MAKE, str(blob_id))


def make_anew(image_id: UUID) -> None:
    """Have the preview made anew whose thumbnail these bytes are, in the caller's transaction; there may be none."""
    blob_id = Preview.objects.filter(thumbnails__image=image_id).values_list("blob", flat=True).first()
    if blob_id:
        try_again(blob_id)


def claim(blob_id: UUID) -> Attempt | None:
    """Take the blob's preview, or return None: it is made, there is none to make, or somebody else makes it."""
    found = ask(_CLAIM, [LEASE, blob_id])
    if not found:
        return None
    *values, former = found[0]
    attempt = Attempt(*values)
    if former in {Reason.AT_WORK, Reason.WORKER_DIED} and attempt.number > ATTEMPTS:
        end(attempt, Reason.WORKER_DIED)
        return None
    return attempt


def end(attempt: Attempt, reason: Reason) -> None:
    """Note that there is no preview, for good."""
    Preview.objects.filter(attempt.still_ours()).update(state=Preview.State.NONE, reason=reason)


def put_off(attempt: Attempt, reason: Reason) -> None:
    """Note why there is no preview yet, and when to try again; what may be the file's own fault, not forever."""
    if reason in OF_THE_FILE and attempt.number >= ATTEMPTS:
        end(attempt, reason)
        return
    wait = min(SOONEST * 4 ** min(attempt.number - 1, 10), LATEST)
    Preview.objects.filter(attempt.still_ours()).update(reason=reason, retry_at=Now() + timedelta(seconds=wait))
