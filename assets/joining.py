"""Partial uploads that become one: it takes over their parts, and no byte is read or written for it."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts import quotas
from accounts.callers import Caller
from assets import uploads
from assets.gone import delete_stopped
from assets.models import Asset, Upload, UploadPart
from assets.parts import REST, Said, bytes_of, complete, stop_writers
from cloudbox.errors import BadInput, Conflict, NotFound

MOST = 1000  # partial uploads that become one
_FINAL = UUID("a8b7a2f4-5f0e-4a52-9d0c-6f2a3d1b7c11")  # the name space of their ids


def id_of(upload_ids: Sequence[UUID]) -> UUID:
    """Return the id of what these become, in this order; so whoever asks twice finds what it has become already."""
    return uuid5(_FINAL, " ".join(map(str, upload_ids)))


def join(*, by: Caller, folder: Asset, name: str, upload_ids: Sequence[UUID], said: Said) -> Upload:
    """Make one upload out of partial ones, in this order, which are over then. It has all its bytes.

    Its owner is charged from now on. Raises NotFound, BadInput for one that is no partial upload, Conflict for one
    that has not all its bytes, or QuotaExceeded; nothing has changed then.
    """
    now = timezone.now()
    with transaction.atomic():
        joined = _locked(upload_ids)
        stopped = [key for upload in joined for key in stop_writers(upload)]
        size = sum(_checked(upload) for upload in joined)
        final = Upload.objects.create(
            id=id_of(upload_ids),
            owner_id=folder.owner_id,
            created_by_id=by.author_id,
            link_id=by.link_id,
            folder=folder,
            name=name,
            size=size,
            reserved=size,
            lease_until=now - timedelta(seconds=1),
            expires_at=now + REST,
            **said.columns,
        )
        _take_over(final, joined)
    delete_stopped(stopped)
    return final


def _locked(upload_ids: Sequence[UUID]) -> list[Upload]:
    """Lock the uploads, in the order of their ids, and return them in this one."""
    rows = Upload.objects.filter(pk__in=upload_ids).order_by("id").select_for_update()
    found = {upload.id: upload for upload in rows}
    if len(found) < len(upload_ids):
        raise NotFound("A partial upload is over.")
    return [found[upload_id] for upload_id in upload_ids]


def _checked(upload: Upload) -> int:
    """Return the bytes of a partial upload that has them all."""
    if not upload.is_partial:
        raise BadInput("Upload-Concat", "Only partial uploads are concatenated.", upload=str(upload.id))
    offset = bytes_of(complete(upload.id))
    if upload.size != offset:
        raise Conflict("A partial upload has not all its bytes yet.", upload=str(upload.id), offset=offset)
    return offset


def _take_over(final: Upload, joined: Sequence[Upload]) -> None:
    """Give the parts of all to one, and with them the room that was held for them."""
    room, last = Counter({final.owner_id: final.reserved}), 0
    for upload in joined:
        parts = complete(upload.id)
        highest = parts.aggregate(number=Max("number", default=0))["number"]
        UploadPart.objects.filter(pk__in=parts.values("pk")).update(upload=final, number=F("number") + last)
        last += highest
        held = uploads.claim(upload.id)
        room[held.owner_id] -= held.reserved
    for owner_id, size in sorted(room.items()):
        if size > 0:
            quotas.reserve(owner_id, size)
        else:
            quotas.release(owner_id, -size)
