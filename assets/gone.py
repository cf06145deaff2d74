"""The end of bytes: blobs that nothing names are condemned, and their bytes go a day later."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from assets import storage
from assets.models import Blob, BlobPart, Condemned
from cloudbox.http import release_connection

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)  # when bytes could not be deleted
BATCH = 1000  # keys that are looked up at a time
PATIENCE = 3  # keys in a row that a store fails to delete, after which it is left alone: each may take minutes
TURN = 300.0  # seconds after which a task deletes no more, and the next one goes on
REPRIEVE = timedelta(hours=24)  # a backup or a reader that began before may still need the bytes

# Locked in a statement of its own: of two that delete the last two versions of a blob, the later sees both gone.
_LOCK = "SELECT id FROM assets_blob WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_DELETE_UNNAMED = """
DELETE FROM assets_blob b WHERE b.id = ANY(%s)
   AND NOT EXISTS (SELECT 1 FROM assets_version v WHERE v.blob_id = b.id)
   AND NOT EXISTS (SELECT 1 FROM assets_blobpart p WHERE p.part_id = b.id)
   AND NOT EXISTS (SELECT 1 FROM assets_uploadpart u WHERE u.blob_id = b.id)
   AND NOT EXISTS (SELECT 1 FROM assets_thumbnail t WHERE t.image_id = b.id)
RETURNING b.id, b.kind, b.store, b.key, b.size
"""
_DELETE_MOVES = "DELETE FROM assets_move WHERE blob_id = ANY(%s) RETURNING store, key"
_DELETE_PREVIEWS = """
WITH images AS (
    DELETE FROM assets_thumbnail t USING assets_preview p WHERE p.id = t.preview_id AND p.blob_id = ANY(%(gone)s)
    RETURNING t.image_id
), previews AS (DELETE FROM assets_preview WHERE blob_id = ANY(%(gone)s))
SELECT image_id FROM images
"""
_DELETE_DAMAGE = "DELETE FROM assets_damage WHERE blob_id = ANY(%s)"


def condemn_unnamed(blob_ids: Iterable[UUID]) -> list[tuple[str, str]]:
    """Delete those of the blobs that no version, composite, upload or thumbnail names, in the caller's transaction.

    Return the store and key of the bytes that they were. Their previews go with them.
    """
    ids = list(blob_ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        cursor.execute(_DELETE_UNNAMED, [ids])
        deleted = cursor.fetchall()
        gone = [blob_id for blob_id, *_ in deleted]
        cursor.execute(_DELETE_DAMAGE, [gone])
        cursor.execute(_DELETE_MOVES, [gone])
        attempts = cursor.fetchall()
        cursor.execute(_DELETE_PREVIEWS, {"gone": gone})
        images = [image_id for (image_id,) in cursor.fetchall()]
    condemn((store, key, 0) for store, key in attempts if key)  # the mover may be writing it yet
    plain = [(store, key, size) for _, kind, store, key, size in deleted if kind == "plain"]
    condemn(plain)
    keys = [(store, key) for store, key, _ in plain]
    composites = [blob_id for blob_id, kind, *_ in deleted if kind == "composite"]
    if composites:
        keys += condemn_parts(BlobPart.objects.filter(blob__in=composites))
    return keys + (condemn_unnamed(images) if images else [])


def condemn_parts(parts: QuerySet[BlobPart]) -> list[tuple[str, str]]:
    """Take composites apart, in the caller's transaction: their parts, too, are gone unless something names them."""
    ids = list(parts.values_list("part", flat=True))
    parts.delete()
    return condemn_unnamed(ids)


def condemn(keys: Iterable[tuple[str, str, int]]) -> None:
    """Have the bytes under each (store, key, size) deleted after the reprieve."""
    delete_at = timezone.now() + REPRIEVE
    rows = [Condemned(store=store, key=key, size=size, delete_at=delete_at) for store, key, size in keys]
    Condemned.objects.bulk_create(rows, ignore_conflicts=True)


def delete_condemned() -> int:
    """Delete bytes whose time has come, for some minutes, and return how many keys went. Safe to run side by side."""
    end, went = monotonic() + TURN, 0
    for was_deleted, _ in delete_due():
        went += was_deleted
        if monotonic() > end:
            break
    return went


def delete_due() -> Iterator[tuple[bool, int]]:
    """Delete bytes whose time has come; yield for each key whether that was done, and its size in bytes.

    A store that keeps failing is left alone.
    """
    failures: Counter[str] = Counter()
    # There are none: a second lock on the door.
    named = Blob.objects.filter(store=OuterRef("store"), key=OuterRef("key"))
    due = Condemned.objects.filter(~Exists(named), delete_at__lte=timezone.now()).order_by("delete_at")
    while found := list(due.exclude(store__in=_away(failures)).values_list("store", "key", "size")[:BATCH]):
        for store, key, size in found:
            if failures[store] < PATIENCE:
                was_deleted = delete_bytes(store, key)
                failures[store] = 0 if was_deleted else failures[store] + 1
                yield was_deleted, size


def delete_stopped(keys: Iterable[tuple[str, str]]) -> None:
    """Delete what stopped writers have written, once the transaction that stopped and condemned them is committed.

    They may be writing yet. A store that keeps failing is left alone, for the keys' time will come.
    """
    failures: Counter[str] = Counter()
    for store, key in keys:
        if failures[store] < PATIENCE:
            was_deleted = delete_bytes(store, key, writer_may_live=True)
            failures[store] = 0 if was_deleted else failures[store] + 1


def delete_bytes(store: str, key: str, *, writer_may_live: bool = False) -> bool:
    """Delete condemned bytes now; False when that failed, which is tried again in an hour.

    With `writer_may_live` the key stays condemned: somebody may still write it after this.
    """
    condemned = Condemned.objects.filter(store=store, key=key)
    release_connection()  # the store may take its time
    try:
        storage.store_named(store).delete(key)
    except (OSError, LookupError):
        log.exception("bytes_not_deleted", extra={"store": store, "key": key})
        condemned.update(delete_at=timezone.now() + AGAIN_AFTER)
        return False
    if not writer_may_live:
        condemned.delete()
    return True


def _away(failures: Counter[str]) -> list[str]:
    return [store for store, count in failures.items() if count >= PATIENCE]
