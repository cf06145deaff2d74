"""Carrying one blob to another store: claimed, written, read back, and only then does its row switch.

The same blob may be carried twice at once: a worker may be thought dead, or be handed the same task twice.
Each claim raises the Move's `fence` and writes under a key of its own, which is in the row before the first
byte is written, so that every orphan can be found. Whoever holds the fence switches the blob's row; the
other cleans up after itself. Locks, as everywhere: Blob before Move.
"""

import logging
import os
import random
import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from assets import damage, resting, storage
from assets.blobs import read_blob
from assets.digests import Expected, Measured, Measuring
from assets.gone import condemn, condemn_parts, delete_bytes
from assets.heartbeat import LEASE, Heartbeat
from assets.models import Blob, BlobPart, Move
from assets.storage import SPOOL, Store
from assets.words import Harm
from cloudbox.errors import ContentDamaged, DigestMismatch, LengthMismatch, Refusal
from cloudbox.http import release_connection
from cloudbox.later import later

log = logging.getLogger(__name__)

FREE = Q(lease_until=None) | Q(lease_until__lt=Now())
SOONEST, LATEST = 5, 300  # seconds until a failed move is tried again; they double with each attempt
DAMAGED = 3600  # seconds, where the bytes are not what they were: that seldom passes


class Outcome(StrEnum):
    """What became of a call: the blob has arrived, it has not, its bytes are damaged, or it was not ours to move."""

    MOVED = "moved"
    FAILED = "failed"
    DAMAGED = "damaged"
    LEFT = "left"


class Stopped(Exception):
    """Whoever wanted the blob moved wants it no longer; raised by `pace`."""


class LeaseLost(Exception):
    """Somebody else has taken the move, or the blob is gone: nothing was switched."""


class NotReadable(Exception):
    """The source could not be read."""


class Damaged(Exception):
    """The source's bytes are missing or altered, which has been reported. They stay, and are not spread."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The blob's bytes are {kind}.")


class ArrivedAltered(Exception):
    """What the store gives back is not what was written."""


@dataclass(frozen=True)
class Attempt:
    """One claim on a move: nothing of it counts once the row has another fence."""

    move_id: int
    fence: int
    number: int  # of attempts, this one included
    blob: Blob
    store: str  # where to
    key: str

    @property
    def lease(self) -> tuple[int, int]:
        return self.move_id, self.fence

    def still_ours(self) -> Q:
        return Q(pk=self.move_id, fence=self.fence)


def _renew(leases: Collection[tuple[int, int]]) -> int:
    ours = reduce(or_, (Q(pk=move_id, fence=fence) for move_id, fence in leases))
    return Move.objects.filter(ours).update(lease_until=Now() + LEASE)


heartbeat = Heartbeat("move-leases", _renew)


def move(blob_id: UUID, *, pace: Callable[[int], None] = lambda _: None) -> Outcome:
    """Carry the blob to where its Move row says, unless somebody else does; what goes wrong is noted in the row.

    When that shows that a store is well again, all that waits for it is due.
    `pace` is called with the size of each block before it is written: it may wait, or raise Stopped.
    """
    attempt = claim(blob_id)
    if attempt is None:
        return Outcome.LEFT
    try:
        left_behind = switch(attempt, carry(attempt, pace))
    except LeaseLost:
        delete_bytes(attempt.store, attempt.key)
        return Outcome.LEFT
    except Stopped:
        _give_back(attempt)
        return Outcome.LEFT
    except Exception as error:  # noqa: BLE001 - whatever it is, it is noted and tried again
        if not _fail(attempt, error):
            return Outcome.LEFT
        return Outcome.DAMAGED if isinstance(error, Damaged) else Outcome.FAILED
    _go_on(attempt.store, left_behind)
    return Outcome.MOVED


def _go_on(store: str, left_behind: list[tuple[str, str]]) -> None:
    """Free the spool of what has arrived, and let all go on that waits for a store which has failed before."""
    for where, key in left_behind:
        if where == SPOOL:
            delete_bytes(where, key)
    if resting.answers(store):
        Move.objects.filter(FREE, store=store).update(retry_at=Now())
        later("assets.queue_moves")


def claim(blob_id: UUID) -> Attempt | None:
    """Take the blob's move, or return None: there is none, somebody works on it, or the store rests.

    The new key is in the row, and the former attempt's condemned, before this returns.
    """
    to = Move.objects.filter(FREE, blob=blob_id).values_list("store", flat=True).first()
    if to is None or resting.rests(to):  # asked before anything is locked
        return None
    with transaction.atomic():
        blob = Blob.objects.select_for_update(no_key=True).filter(pk=blob_id).first()
        row = Move.objects.select_for_update().filter(FREE, blob=blob_id).first()
        if row is None or blob is None:
            return None
        if row.key:
            condemn([(row.store, row.key, blob.size)])
        if blob.kind == "plain" and blob.store == row.store:
            row.delete()
            return None
        key = secrets.token_hex(16)
        Move.objects.filter(pk=row.pk).update(
            key=key, fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=Now() + LEASE, retry_at=Now()
        )
    return Attempt(row.pk, row.fence + 1, row.attempts + 1, blob, row.store, key)


def carry(attempt: Attempt, pace: Callable[[int], None]) -> Measured:
    """Write the bytes to their new store and see that they are there; return what was measured on the way.

    Raises Damaged or NotReadable of the source, ArrivedAltered, or what the new store raises.
    """
    blob, there = attempt.blob, storage.store_named(attempt.store)
    digests = {"sha256": bytes.fromhex(blob.sha256)} if blob.sha256 else {}
    measuring = Measuring(_blocks(attempt, pace), Expected(blob.size, digests))
    release_connection()
    with heartbeat.watching(attempt.lease):
        try:
            there.write(attempt.key, measuring, blob.size)
        except (LengthMismatch, DigestMismatch):
            damage.report(blob.pk, Harm.ALTERED)
            release_connection()
            raise Damaged("altered") from None
        if measuring.result is None:
            raise RuntimeError("The store has not read the blob to its end.")
        _check(there, attempt, measuring.result)
    return measuring.result


def _blocks(attempt: Attempt, pace: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the blob's bytes from where they lie now."""
    try:
        for block in read_blob(attempt.blob, 0, attempt.blob.size):
            heartbeat.beat(attempt.lease)
            pace(len(block))
            yield block
        heartbeat.has_all(attempt.lease)
    except ContentDamaged as error:
        raise Damaged(str(error.facts["kind"])) from None
    except OSError as error:
        raise NotReadable(f"The blob could not be read: {_why(error)}") from error


def _check(there: Store, attempt: Attempt, measured: Measured) -> None:
    """Raise ArrivedAltered unless the store holds what was written."""
    if settings.CLOUDBOX_MOVE_CHECK == "digest":  # the store has compared a digest of its own as it wrote
        if there.size(attempt.key) != measured.size:
            raise ArrivedAltered
        return
    again = Measuring(there.read(attempt.key), Expected(measured.size, {"sha256": measured.digests["sha256"]}))
    try:
        for _ in again:
            heartbeat.beat(attempt.lease)
    except (LengthMismatch, DigestMismatch):
        raise ArrivedAltered from None


def switch(attempt: Attempt, measured: Measured) -> list[tuple[str, str]]:
    """Let the blob's row name its new place; return the store and key of the bytes that it named before.

    They are condemned. Raises LeaseLost when the move is no longer ours or the blob lies elsewhere by now.
    """
    seen = attempt.blob
    with transaction.atomic():
        blob = Blob.objects.select_for_update().filter(pk=seen.pk).first()
        ours = Move.objects.filter(attempt.still_ours()).delete()[0]
        if not ours or blob is None or (blob.kind, blob.store, blob.key) != (seen.kind, seen.store, seen.key):
            raise LeaseLost
        Blob.objects.filter(pk=blob.pk).update(
            kind="plain",
            store=attempt.store,
            key=attempt.key,
            sha256=measured.hex("sha256"),
            crcs=measured.crcs,
            verified_at=Now() if settings.CLOUDBOX_MOVE_CHECK == "read" else blob.verified_at,
        )
        if blob.sha256:  # these are the bytes that it was to be
            damage.withdraw(blob.pk)
        if blob.kind == "composite":
            return condemn_parts(BlobPart.objects.filter(blob=blob))
        condemn([(blob.store, blob.key or "", blob.size)])
        return [(blob.store, blob.key or "")]


def _give_back(attempt: Attempt) -> None:
    """Leave the move to whoever takes it next."""
    with transaction.atomic():
        if Move.objects.filter(attempt.still_ours()).update(key=None, lease_until=None):
            condemn([(attempt.store, attempt.key, attempt.blob.size)])


def _fail(attempt: Attempt, error: Exception) -> bool:
    """Note why, and when to try again; False when the move is no longer ours to speak of."""
    wait = DAMAGED if isinstance(error, Damaged) else min(SOONEST * 2 ** min(attempt.number - 1, 10), LATEST)
    wait *= random.uniform(0.8, 1.2)  # noqa: S311 - so that not all come back at once; no secret
    with transaction.atomic():
        blob = Blob.objects.select_for_update(no_key=True).filter(pk=attempt.blob.pk).first()
        if blob is None or not Move.objects.filter(attempt.still_ours()).update(
            key=None, lease_until=None, retry_at=Now() + timedelta(seconds=wait), error=_why(error)[:200]
        ):
            return False
        condemn([(attempt.store, attempt.key, blob.size)])
    log.warning("blob_not_moved", extra={"blob": str(blob.pk), "store": attempt.store, "why": _why(error)})
    if isinstance(error, ArrivedAltered):  # it is all there, and would be so with each attempt of a day
        delete_bytes(attempt.store, attempt.key)
    if not isinstance(error, Damaged | NotReadable):
        resting.failed(attempt.store)
    return True


def _why(error: Exception) -> str:
    """Return a sentence without a path, an address or a secret."""
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, Damaged | NotReadable):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, ArrivedAltered):
        return "The store gave back other bytes than were written."
    if type(error) is LookupError:  # of `store_named`
        return str(error)
    return type(error).__name__
