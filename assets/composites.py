"""The parts of an upload as one whole: a composite blob names them in order, and no byte is read or written for it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from assets import moving, storage, uploads
from assets.blobs import read_blob
from assets.digests import Expected, Measured, Measuring
from assets.gone import condemn, condemn_unnamed
from assets.heartbeat import heartbeat
from assets.models import Blob, Upload, UploadPart
from assets.parts import Part, complete, in_spool, listed, locked, send_on
from assets.uploads import Held
from cloudbox.errors import BadInput, Conflict, LengthMismatch, NotFound, PartMissing
from cloudbox.http import release_connection
from cloudbox.later import later

LOST_AFTER = timedelta(hours=1)  # a digest that a task was to compute: none works for longer (CELERY_TASK_TIME_LIMIT)
LARGEST_READ = 256 * 2**30  # bytes of a composite that a task can read in its time
CHANGED = "The parts of the upload have just been changed."
_COMPOSE = """
INSERT INTO assets_blobpart (blob_id, position, start, part_id)
SELECT %(blob)s, n - 1, sum(b.size) OVER (ORDER BY n)::bigint - b.size, b.id
FROM unnest(%(parts)s::uuid[]) WITH ORDINALITY AS part(id, n) JOIN assets_blob b ON b.id = part.id
"""


class Chosen(NamedTuple):
    """A part that goes into the whole; with `md5` (hex) only if it is that of the part."""

    number: int
    md5: str | None = None


@dataclass(frozen=True)
class Whole:
    """What an upload becomes: its parts in order. `is_all` says that every part goes into it."""

    upload_id: UUID
    parts: tuple[Part, ...]
    is_all: bool
    digests: dict[str, bytes] = field(default_factory=dict)  # raw, by hashlib's names; of all the bytes, once read

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def etag(self) -> str:
        """A tag in the form of one that is no digest of the whole."""
        first = self.parts[0]
        if len(self.parts) == 1:
            return first.md5 or f"{(first.sha256 or '')[:32]}-1"
        together = hashlib.sha256("".join(part.sha256 or "" for part in self.parts).encode())
        return f"{together.hexdigest()[:32]}-1"


def choose(upload_id: UUID, chosen: Sequence[Chosen] | None) -> Whole:
    """Return the whole that the chosen parts make, in ascending order; None is all parts, from 1 on without a hole.

    Raises PartMissing, BadInput for no parts or parts out of order, or NotFound when the upload is over.
    """
    parts = {part.number: part for part in listed(complete(upload_id))}
    if not Upload.objects.filter(pk=upload_id).exists():  # only now: it goes together with its parts
        raise NotFound
    wanted = chosen if chosen is not None else [Chosen(number) for number in range(1, max(parts, default=1) + 1)]
    numbers = [number for number, _ in wanted]
    if chosen == []:
        raise BadInput("parts", "There must be at least one.")
    if numbers != sorted(set(numbers)):
        raise BadInput("parts", "The parts must be in ascending order.")
    for number, md5 in wanted:
        if number not in parts or md5 not in {None, parts[number].md5}:
            raise PartMissing(number=number)
    return Whole(upload_id, tuple(parts[number] for number in numbers), is_all=chosen is None)


def check(whole: Whole, expected: Expected) -> Whole:
    """Return the whole if it is what was expected of it; digests cost one read, and are then known.

    Raises LengthMismatch or DigestMismatch, and the upload stays as it is.
    """
    if expected.size not in {None, whole.size}:
        raise LengthMismatch("The parts are not as long as announced.", announced=expected.size, received=whole.size)
    if not expected.digests:
        return whole
    with heartbeat.watching(whole.upload_id):
        measured = _measured(_parts_of(whole), expected)
    return replace(whole, digests=measured.digests)


def _parts_of(whole: Whole) -> Iterator[Blob]:
    """Yield the parts in order, each as it is when its turn comes: it may have moved."""
    for part in whole.parts:
        blob = Blob.objects.filter(pk=part.blob_id).first()
        if blob is None:
            raise Conflict(CHANGED)
        heartbeat.beat(whole.upload_id)
        yield blob


def compose(whole: Whole) -> tuple[UUID, Held]:
    """End the upload, in the caller's transaction, and return the blob that it becomes and the room that it held.

    A whole of one part is that part's blob; others are composites. Raises NotFound when the upload is over, and
    Conflict when its parts are not what they were.
    """
    upload = locked(whole.upload_id)
    ids = [part.blob_id for part in whole.parts]
    there = set(complete(upload.id).values_list("blob_id", flat=True))
    if not there.issuperset(ids) or (whole.is_all and len(there) > len(ids)):
        raise Conflict(CHANGED)
    blob_id = ids[0] if len(ids) == 1 else _composite(whole, ids)
    _carry_on(whole, blob_id)
    unfinished = UploadPart.objects.filter(upload=upload.id, blob=None).values_list("store", "key")
    condemn((store, key, 0) for store, key in list(unfinished))
    held = uploads.claim(upload.id)
    condemn_unnamed(there.difference(ids))
    return blob_id, held


def _composite(whole: Whole, ids: list[UUID]) -> UUID:
    """Write the rows of a composite blob; it takes one statement, however many parts there are."""
    composite = Blob.objects.create(
        kind="composite",
        store="",  # its parts are in one each, and may move by themselves
        size=whole.size,
        **{name: digest.hex() for name, digest in whole.digests.items() if name in {"sha256", "md5"}},
    )
    with connection.cursor() as cursor:
        cursor.execute(_COMPOSE, {"blob": composite.id, "parts": ids})
    return composite.id


def _carry_on(whole: Whole, blob_id: UUID) -> None:
    """Have what waits in the spool moved on: as one blob, unless some of the parts have gone ahead."""
    parts = complete(whole.upload_id).filter(blob__in=[part.blob_id for part in whole.parts])
    if in_spool(parts).count() == len(whole.parts) > 1:
        moving.enlist([blob_id], storage.primary().name)  # which computes its digest, too
        return
    send_on(parts)
    if len(whole.parts) > 1 and "sha256" not in whole.digests:
        later("assets.digest_blob", str(blob_id))


def fill_digest(blob_id: UUID) -> None:
    """Compute the SHA-256 of a composite in one read, if nobody has. Safe to run twice."""
    blob = _undigested().filter(pk=blob_id).first()
    if blob is None:
        return
    measured = _measured([blob], Expected(blob.size))
    Blob.objects.filter(pk=blob_id, sha256=None).update(sha256=measured.hex("sha256"))


def queue_lost_digests() -> None:
    """Queue again the digests of composites that no task has computed."""
    lost = _undigested().filter(created_at__lt=timezone.now() - LOST_AFTER, move=None, size__lte=LARGEST_READ)
    for blob_id in list(lost.values_list("pk", flat=True)[:1000]):
        later("assets.digest_blob", str(blob_id))


def _undigested() -> QuerySet[Blob]:
    return Blob.objects.filter(kind="composite", sha256=None)


def _measured(blobs: Iterable[Blob], expected: Expected) -> Measured:
    """Read the blobs, one after the other, and return what they are together."""
    measuring = Measuring(_bytes_of(blobs), expected)
    for _ in measuring:
        pass
    if measuring.result is None:
        raise RuntimeError("It was read to its end, and yet not measured.")
    return measuring.result


def _bytes_of(blobs: Iterable[Blob]) -> Iterator[bytes]:
    for blob in blobs:
        blocks = read_blob(blob, 0, blob.size)
        release_connection()
        yield from blocks
