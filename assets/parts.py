"""Uploads that come in parts and rest in between. `streams` goes on with one at its end, `composites` puts it together.

Each part is a plain blob, named by its UploadPart from the moment it is complete. Whoever is writing has a row
without a blob, under a key of its own: whoever deletes that row has stopped the writer. All is done under the lock of
the upload's row, so `Upload.reserved` is exact at every commit: the size that was announced, or else the complete
parts and what those on their way have taken.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import Error, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts import quotas
from accounts.callers import Caller
from assets import moving, spool, storage
from assets.digests import Expected, Measured
from assets.gone import condemn, condemn_unnamed, delete_bytes, delete_stopped
from assets.heartbeat import LEASE
from assets.models import Asset, Blob, Upload, UploadPart
from assets.rows import as_bigint
from assets.uploads import Incoming, receive
from cloudbox.errors import BadInput, Conflict, LengthMismatch, NotFound
from cloudbox.ids import new_id

log = logging.getLogger(__name__)

REST = timedelta(days=7)  # that an upload lives after its last byte
MOST_PARTS = 10_000  # the highest number of a part, as in S3
SPOOLED = timedelta(minutes=10)  # that a part waits in the spool for the others, to go on together as one blob

_STOPPED = "Another request goes on with this upload, or this one was silent for too long."


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a client says at the beginning of an upload, and is needed when it resumes it or at the end.

    `on_conflict` is a word of OnConflict, `digests` are those of the whole, in hex by hashlib's names. `metadata` and
    `concat` are kept as they came.
    """

    content_type: str = ""
    on_conflict: str = "fail"
    metadata: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    is_partial: bool = False
    concat: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """What the row of an upload keeps of it."""
        return {
            "content_type": self.content_type,
            "on_conflict": self.on_conflict,
            "client_metadata": self.metadata,
            "digests": self.digests or None,
            "is_partial": self.is_partial,
            "concat": self.concat,
        }


@dataclass(frozen=True)
class Part:
    """A complete part. `size` in bytes, digests in hex."""

    number: int
    blob_id: UUID
    size: int
    sha256: str | None
    md5: str | None
    at: datetime


class Attempt(NamedTuple):
    """Somebody who writes one part."""

    number: int
    incoming: Incoming

    @property
    def room(self) -> int:
        """The bytes that it holds of an upload whose size is not known."""
        return (self.incoming.size or 0) + self.incoming.paid


@dataclass(frozen=True)
class Kept:
    """A part that is in its store, and the blob that it is going to be."""

    attempt: Attempt
    measured: Measured
    blob_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=timezone.now)

    @property
    def size(self) -> int:
        return self.measured.size

    @property
    def part(self) -> Part:
        digests = self.measured.hex("sha256"), self.measured.hex("md5")
        return Part(self.attempt.number, self.blob_id, self.size, *digests, self.at)


def open_upload(*, by: Caller, folder: Asset, name: str, size: int | None, said: Said = Said()) -> Upload:
    """Begin an upload that rests until its parts come; if its size is known, the room for it is taken at once."""
    spool.check_room(storage.landing().name)
    now, reserved = timezone.now(), size or 0
    with transaction.atomic():
        upload = Upload.objects.create(
            owner_id=folder.owner_id,
            created_by_id=by.author_id,
            link_id=by.link_id,
            folder=folder,
            name=name,
            size=size,
            reserved=reserved,
            lease_until=now,
            expires_at=now + REST,
            **said.columns,
        )
        quotas.reserve(folder.owner_id, reserved)
    return upload


def upload_of(by: Caller, upload_id: UUID) -> Upload:
    """Return an upload to whoever began it, or is charged for it. Raises NotFound to everyone else."""
    upload = of_caller(by).filter(pk=upload_id).first()
    if upload is None:
        raise NotFound
    return upload


def of_caller(by: Caller) -> QuerySet[Upload]:
    """Return the uploads that come in parts and the caller began, or is charged for."""
    resting = Upload.objects.filter(expires_at__isnull=False)
    if by.link_id:
        return resting.filter(link=by.link_id)
    user_id = by.must_be_signed_in()
    return resting.filter(Q(created_by=user_id) | Q(owner=user_id))


def complete(upload_id: UUID) -> QuerySet[UploadPart]:
    """Return the complete parts of an upload in order."""
    return UploadPart.objects.filter(upload=upload_id, blob__isnull=False).order_by("number")


def listed(parts: QuerySet[UploadPart]) -> list[Part]:
    """Return what there is to know of complete parts."""
    values = parts.values_list("number", "blob_id", "blob__size", "blob__sha256", "blob__md5", "blob__created_at")
    return [Part(*row) for row in values]


def bytes_of(parts: QuerySet[UploadPart]) -> int:
    """Return how many bytes complete parts have."""
    return int(parts.aggregate(size=Sum("blob__size", default=0))["size"])


def put(
    upload_id: UUID, number: int, chunks: Iterable[bytes], expected: Expected, algorithms: Iterable[str] = ("sha256",)
) -> Part:
    """Keep a body as the part `number`. Of several with that number, the one that was complete last is the part.

    The room is taken before the first byte is read, if the size is known. Raises BadInput for the number,
    QuotaExceeded, LengthMismatch, DigestMismatch, SpoolFull or StorageFull, and a former part of the number stays.
    """
    if not 1 <= number <= MOST_PARTS:
        raise BadInput("number", f"Parts have the numbers 1 to {MOST_PARTS}.")
    spool.check_room(storage.landing().name)
    with transaction.atomic():
        upload = locked(upload_id)
        check_fits(upload, bytes_of(complete(upload_id).exclude(number=number)) + (expected.size or 0))
        attempt = new_attempt(upload, number, expected.size)
    with dropping([attempt]):
        kept = Kept(attempt, receive(attempt.incoming, chunks, expected, algorithms))
        keep([kept])
    return kept.part


def announce(upload_id: UUID, size: int) -> None:
    """Take the room of an upload whose size was not known yet; whatever is being written just now is given up."""
    with transaction.atomic():
        upload = locked(upload_id)
        if upload.size is not None:
            raise Conflict("The size of this upload is known already.", size=upload.size)
        stopped = stop_writers(upload)
        upload.size, received = size, bytes_of(complete(upload_id))
        check_fits(upload, received)
        Upload.objects.filter(pk=upload_id).update(size=size, reserved=size)
        quotas.reserve(upload.owner_id, size - received)
    delete_stopped(stopped)


def sweep() -> int:
    """Stop writers that have died, and send on what is not to wait in the spool; return how many uploads had such."""
    dead = Q(parts__isnull=False, parts__blob=None, lease_until__lt=Now())
    waiting = Q(parts__blob__in=_waiting().values("blob"))
    resting = Upload.objects.filter(dead | waiting, expires_at__isnull=False).order_by()
    found = [_tidy(upload_id) for upload_id in list(resting.values_list("pk", flat=True).distinct())]
    tidied = [stopped for stopped in found if stopped is not None]
    delete_stopped(chain.from_iterable(tidied))
    return len(tidied)


def _tidy(upload_id: UUID) -> list[tuple[str, str]] | None:
    """Do it for one upload, and return the keys for `delete_stopped`; None if there is none any more."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
        if upload is None:
            return None
        send_on(_waiting().filter(upload=upload_id))
        is_dead = Upload.objects.filter(pk=upload_id, lease_until__lt=Now()).exists()
        return stop_writers(upload) if is_dead else []


def _waiting() -> QuerySet[UploadPart]:
    """Return the parts that have waited in the spool for long enough, or for too long by now that it is full."""
    since = timezone.now() - (timedelta() if spool.is_full() else SPOOLED)
    return in_spool(UploadPart.objects.filter(blob__created_at__lte=since))


# For those who change an upload: in their transaction, under its lock


def locked(upload_id: UUID) -> Upload:
    """Lock an upload. Raises NotFound when it is over."""
    upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise NotFound
    return upload


def check_fits(upload: Upload, size: int) -> None:
    """Refuse more bytes than were announced."""
    if upload.size is not None and size > upload.size:
        raise LengthMismatch("The parts are longer than announced.", announced=upload.size, received=size)


def new_attempt(upload: Upload, number: int, size: int | None) -> Attempt:
    """Write the row of a part that is going to be written, and take its room unless the upload has it."""
    held = upload.size is not None
    landing, key = storage.landing().name, secrets.token_hex(16)
    UploadPart.objects.create(upload=upload, number=number, store=landing, key=key)
    room = 0 if held else size or 0
    Upload.objects.filter(pk=upload.id).update(reserved=F("reserved") + as_bigint(room), lease_until=Now() + LEASE)
    quotas.reserve(upload.owner_id, room)
    return Attempt(number, Incoming(upload.id, upload.owner_id, landing, key, upload.size if held else size))


def keep(kept: Sequence[Kept], *, more: bool = False) -> Attempt | None:
    """Make parts complete, which takes the place of former ones; with `more` begin the one that follows the last.

    A transaction of its own. Raises Conflict when a writer has been stopped, NotFound when the upload is over.
    """
    last = kept[-1].attempt
    numbers = [each.attempt.number for each in kept]
    with transaction.atomic():
        upload = locked(last.incoming.id)
        others = complete(upload.id).exclude(number__in=numbers)
        check_fits(upload, bytes_of(others) + sum(each.size for each in kept))
        former = listed(complete(upload.id).filter(number__in=numbers))
        if former:
            complete(upload.id).filter(number__in=numbers).delete()
        for each in kept:
            _name_blob(each)
        if former:
            condemn_unnamed(part.blob_id for part in former)
        surplus = sum(part.size for part in former) + sum(each.attempt.room - each.size for each in kept)
        _free(upload, surplus, expires_at=timezone.now() + REST)
        return new_attempt(upload, last.number + 1, None) if more else None


def _name_blob(kept: Kept) -> None:
    """Let the row of a writer name the blob that it has written."""
    part, store, key = kept.part, kept.attempt.incoming.store, kept.attempt.incoming.key
    Blob.objects.create(
        id=part.blob_id,
        store=store,
        key=key,
        size=part.size,
        sha256=part.sha256,
        md5=part.md5,
        crcs=kept.measured.crcs,
        created_at=part.at,
    )
    if not UploadPart.objects.filter(store=store, key=key, blob=None).update(blob=part.blob_id):
        raise Conflict(_STOPPED)


def check_writes(attempt: Attempt) -> None:
    """Raise Conflict when the writer has been stopped."""
    if not UploadPart.objects.filter(store=attempt.incoming.store, key=attempt.incoming.key).exists():
        raise Conflict(_STOPPED)


@contextmanager
def dropping(attempts: Sequence[Attempt]) -> Iterator[None]:
    """Give back what the writers hold when something goes wrong in the block."""
    try:
        yield
    except BaseException:
        drop(attempts)
        raise


def drop(attempts: Sequence[Attempt]) -> None:
    """Give back what writers hold that do not write any more: rows, room and bytes. Never raises."""
    keys = [(attempt.incoming.store, attempt.incoming.key) for attempt in attempts]
    try:
        with transaction.atomic():
            upload = Upload.objects.select_for_update().filter(pk=attempts[-1].incoming.id).first()
            if upload is None:
                return
            room = 0
            for attempt, (store, key) in zip(attempts, keys, strict=True):
                deleted, _ = UploadPart.objects.filter(store=store, key=key, blob=None).delete()
                room += attempt.room if deleted else 0
            # Of those that it has, the answer to `keep` was lost: they are parts.
            kept = set(complete(upload.id).filter(key__in=[key for _, key in keys]).values_list("store", "key"))
            keys = [place for place in keys if place not in kept]
            condemn((store, key, 0) for store, key in keys)
            _free(upload, room)
        for store, key in keys:
            delete_bytes(store, key)
    except Error:  # the sweep does it; what went wrong first says more
        log.exception("parts_left_to_the_sweep", extra={"upload": str(attempts[-1].incoming.id)})


def stop_writers(upload: Upload) -> list[tuple[str, str]]:
    """Stop all who write parts of the upload, and take their room; return the keys for `delete_stopped`."""
    unfinished = UploadPart.objects.filter(upload=upload, blob=None)
    keys = list(unfinished.values_list("store", "key"))
    unfinished.delete()
    condemn((store, key, 0) for store, key in keys)
    _free(upload, upload.reserved - bytes_of(complete(upload.id)))
    return keys


def in_spool(parts: QuerySet[UploadPart]) -> QuerySet[UploadPart]:
    """Return those of the parts that wait in the spool, and are not on their way out of it."""
    return parts.filter(blob__store=storage.SPOOL, blob__move=None)


def send_on(parts: QuerySet[UploadPart]) -> None:
    """Have those of the parts that wait in the spool moved to the primary, each by itself."""
    if blob_ids := [blob_id for blob_id in in_spool(parts).values_list("blob_id", flat=True) if blob_id]:
        moving.enlist(blob_ids, storage.primary().name)


def _free(upload: Upload, room: int, **changes: datetime) -> None:
    """Give room back that an upload of unknown size does not need; one whose size is known keeps all of it."""
    if upload.size is not None:
        room = 0
    Upload.objects.filter(pk=upload.id).update(reserved=F("reserved") - as_bigint(room), **changes)
    quotas.release(upload.owner_id, room)
