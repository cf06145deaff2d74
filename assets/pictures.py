"""Making one preview: the bytes are looked at by confined programs, and small pictures of them stored.

A thumbnail's key is condemned before its first byte is written, and pardoned in the transaction that names it. So a
crash in between leaves nothing that would not be deleted a day later. Locks, as everywhere: Blob before Preview.
"""

import json
import logging
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from assets import confining, media, moving, previews, spool, storage
from assets.blobs import read_blob
from assets.confining import NothingToSee
from assets.digests import Expected, Measured, Measuring
from assets.gone import REPRIEVE, condemn, condemn_unnamed
from assets.models import Blob, Condemned, Preview, Thumbnail
from assets.previews import Attempt, heartbeat
from assets.words import Reason
from cloudbox.errors import ContentDamaged, NotFound, SpoolFull, StorageFull, StoreUnavailable
from cloudbox.http import release_connection

EDGES = (256, 1024)  # pixels of the longer side
CONTENT_TYPE = "image/webp"
SPARED = 512 * 2**20  # bytes of the disk that stay free
LARGEST = 2**31 - 1  # pixels, or milliseconds, that a row can say
_DRAWING = Path(__file__).with_name("drawing.py")
_REFUSALS = (Reason.TOO_MANY_PIXELS, Reason.TOO_MUCH_MEMORY, Reason.UNREADABLE)

log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Somebody else has made the preview, or the blob is gone."""


class Collected(Exception):
    """`gc --now` deletes what was just written."""


class Drawn(NamedTuple):
    """A small picture, with at most `edge` pixels on its longer side."""

    edge: int
    picture: bytes


class Seen(NamedTuple):
    """What was found out: pixels, milliseconds and pictures, as far as there are any."""

    width: int | None
    height: int | None
    duration: int | None
    pictures: list[Drawn]


class Stored(NamedTuple):
    """A small picture in a store, which no row names yet."""

    edge: int
    store: str
    key: str
    measured: Measured


def make(blob_id: UUID) -> None:
    """Make the preview of a blob, unless somebody else does or has; what goes wrong is noted in its row."""
    attempt = previews.claim(blob_id)
    if attempt is None:
        return
    try:
        with heartbeat.watching(attempt.lease):
            seen = _look(attempt)
            _finish(attempt, seen, [_store(drawn) for drawn in seen.pictures])
    except NothingToSee as error:
        (previews.put_off if error.again else previews.end)(attempt, error.reason)
    except Overtaken:
        return
    except Exception as error:  # whatever it is, it is noted and tried again
        reason = _reason(error)
        if reason is Reason.FAILED:
            log.exception("preview_not_made", extra={"blob": str(blob_id)})
        previews.put_off(attempt, reason)


def _reason(error: Exception) -> Reason:
    if isinstance(error, ContentDamaged):
        return Reason.DAMAGED
    if isinstance(error, SpoolFull | StorageFull):
        return Reason.NO_ROOM
    return Reason.STORE_UNAVAILABLE if isinstance(error, StoreUnavailable) else Reason.FAILED


def _look(attempt: Attempt) -> Seen:
    """Return what is to be seen in the blob. Raises NothingToSee, Overtaken, or what reading raises."""
    blob = Blob.objects.filter(pk=attempt.blob_id).first()
    if blob is None:
        raise Overtaken
    if blob.size > settings.CLOUDBOX_PREVIEW_LIMIT:
        raise NothingToSee(Reason.TOO_LARGE)
    is_picture = attempt.content_type.strip().lower().startswith("image/")
    if not is_picture and not media.is_there():
        raise NothingToSee(Reason.NO_FFMPEG)
    if shutil.disk_usage(settings.CLOUDBOX_DATA).free < blob.size + SPARED:
        raise NothingToSee(Reason.NO_ROOM, again=True)
    with TemporaryFile(dir=settings.CLOUDBOX_DATA) as source, TemporaryFile(dir=settings.CLOUDBOX_DATA) as into:
        _copy(blob, source, attempt)
        return _drawn(source, into) if is_picture else _filmed(source, into)


def _copy(blob: Blob, source: IO[bytes], attempt: Attempt) -> None:
    """Have the bytes in a file of no name, for they may be in pieces, or on another machine."""
    release_connection()
    try:
        for chunk in read_blob(blob, 0, blob.size):
            source.write(chunk)
            heartbeat.beat(attempt.lease)
    except NotFound:
        raise Overtaken from None
    source.flush()
    heartbeat.has_all(attempt.lease)  # what comes now has limits of its own


def _filmed(source: IO[bytes], into: IO[bytes]) -> Seen:
    """Return what a video or a sound is, with a poster if one can be made."""
    facts = media.facts_of(source)
    seen = Seen(facts.width, facts.height, facts.duration, [])
    if facts.has_picture:
        with suppress(NothingToSee), TemporaryFile(dir=settings.CLOUDBOX_DATA) as poster:
            if media.poster_of(source, facts, poster):
                return seen._replace(pictures=_drawn(poster, into).pictures)
    return seen


def _drawn(source: IO[bytes], into: IO[bytes]) -> Seen:
    """Return the size of a picture and small ones of it. Raises NothingToSee."""
    numbers = map(str, (settings.CLOUDBOX_PREVIEW_PIXELS, *EDGES))
    if not confining.run([*confining.PYTHON, _DRAWING, *numbers], source, into):
        raise NothingToSee(Reason.UNREADABLE)
    return _told(into)


def _told(into: IO[bytes]) -> Seen:
    """Return what `drawing` has told, which was perhaps overcome by what it read."""
    with suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
        told = json.loads(into.readline(4096))
        if (refused := told.get("refused")) in _REFUSALS:
            raise NothingToSee(Reason(refused))
        pictures = [Drawn(int(edge), into.read(int(size))) for edge, size in told["pictures"]]
        sides = int(told["width"]), int(told["height"])
        edges = [drawn.edge for drawn in pictures]
        are_ours = all(drawn.picture[:4] == b"RIFF" and drawn.picture[8:12] == b"WEBP" for drawn in pictures)
        if are_ours and edges and edges == list(EDGES[: len(edges)]) and all(0 < side <= LARGEST for side in sides):
            return Seen(*sides, None, pictures)
    raise NothingToSee(Reason.UNREADABLE)


def _store(drawn: Drawn) -> Stored:
    where, key = storage.landing(), secrets.token_hex(16)
    spool.check_room(where.name)
    condemn([(where.name, key, len(drawn.picture))])
    measuring = Measuring([drawn.picture], Expected(len(drawn.picture)))
    release_connection()
    where.write(key, measuring, len(drawn.picture))
    if measuring.result is None:
        raise RuntimeError("The store has not read the picture to its end.")
    return Stored(drawn.edge, where.name, key, measuring.result)


@transaction.atomic
def _finish(attempt: Attempt, seen: Seen, stored: Sequence[Stored]) -> None:
    """Let the preview show what was made, in place of what it showed. Raises Overtaken or Collected."""
    blob = Blob.objects.select_for_update(no_key=True).filter(pk=attempt.blob_id).first()
    made = {"state": Preview.State.MADE, "reason": "", "width": seen.width, "height": seen.height}
    ours = Preview.objects.filter(attempt.still_ours())
    if blob is None or not ours.update(**made, duration=seen.duration):
        raise Overtaken
    former = Thumbnail.objects.filter(preview=attempt.preview_id)
    images = list(former.values_list("image", flat=True))
    former.delete()
    condemn_unnamed(images)
    _pardon(stored)
    thumbnails = list(map(partial(_thumbnail, attempt), stored))
    Blob.objects.bulk_create(thumbnail.image for thumbnail in thumbnails)
    Thumbnail.objects.bulk_create(thumbnails)
    if stored and (home := moving.home_of(stored[0].store)):
        moving.enlist([thumbnail.image_id for thumbnail in thumbnails], home)


def _thumbnail(attempt: Attempt, stored: Stored) -> Thumbnail:
    measured = stored.measured
    image = Blob(
        store=stored.store,
        key=stored.key,
        size=measured.size,
        sha256=measured.hex("sha256"),
        crcs=measured.crcs,
    )
    return Thumbnail(preview_id=attempt.preview_id, edge=stored.edge, image=image)


def _pardon(stored: Sequence[Stored]) -> None:
    """Take back that these bytes are condemned, unless that may be carried out at any moment. Raises Collected."""
    these = Q(pk__in=())
    for picture in stored:
        these |= Q(store=picture.store, key=picture.key)
    if Condemned.objects.filter(these, delete_at__gt=Now() + REPRIEVE / 2).delete()[0] < len(stored):
        raise Collected
