"""Bytes on their way in: begin, receive, become or abandon, and the sweep of what crashed.

No transaction and no database connection is held while bytes flow. Whoever deletes the Upload row
decides its fate, so a finish, an abort and a sweep cannot both win.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import Error, IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts import quotas
from accounts.callers import Caller
from assets import spool, storage
from assets.digests import Expected, Measured, Measuring
from assets.gone import condemn, condemn_unnamed, delete_bytes, delete_stopped
from assets.heartbeat import LEASE, heartbeat
from assets.models import Asset, Upload, UploadPart, Version
from assets.refusals import AddressUsed
from assets.rows import as_bigint, ask
from cloudbox.errors import Conflict, QuotaExceeded, StorageFull
from cloudbox.http import release_connection
from cloudbox.ids import new_id

log = logging.getLogger(__name__)

STEP = 8 * 1024 * 1024  # bytes reserved at a time when the size is not known
# Parts of greater statements. The rows of an upload, for whose bytes a part called `held` has made room; and their end,
# where `claimed` tells what it held. The upload's row first: everyone who gives one up locks it before its parts.
OPENED = """
upload AS (
    INSERT INTO assets_upload (id, owner_id, created_by_id, folder_id, name, size, reserved, lease_until, created_at)
    SELECT %(upload)s, held.owner_id, %(user)s, %(asset)s, %(name)s::text, %(size)s, %(room)s,
           now() + make_interval(secs => %(lease)s), now()
      FROM held
), part AS (
    INSERT INTO assets_uploadpart (upload_id, number, store, key, superseded, created_at)
    SELECT %(upload)s, 1, %(store)s::text, %(key)s::text, false, now() FROM held
)"""
CLAIMED = """
claimed AS (DELETE FROM assets_upload WHERE id = %(upload)s {condition} RETURNING *),
parts AS (DELETE FROM assets_uploadpart WHERE upload_id IN (SELECT id FROM claimed))"""
# The end of an upload as a version of %(file)s, which the caller has locked or makes; without `claimed`, nothing.
BECOME = f"""{CLAIMED},
blob AS (
    INSERT INTO assets_blob (id, kind, store, key, size, sha256, md5, crcs, created_at)
    SELECT %(blob)s, 'plain', %(store)s::text, %(key)s::text, %(size)s, %(sha256)s::text, %(md5)s::text, %(crcs)s,
           %(at)s FROM claimed
), move AS (
    INSERT INTO assets_move (blob_id, store, fence, attempts, retry_at, error, created_at)
    SELECT %(blob)s, %(home)s::text, 0, 0, %(at)s::timestamptz + make_interval(secs => %(grace)s), '', %(at)s
      FROM claimed WHERE %(home)s::text IS NOT NULL
), version AS (
    INSERT INTO assets_version (id, asset_id, seq, blob_id, size, content_type, etag, upload_id, created_by_id,
        created_at, headers, metadata, tags, checksums, is_null, is_marker, legal_hold)
    SELECT %(version)s, %(file)s, COALESCE((SELECT max(seq) FROM assets_version WHERE asset_id = %(file)s), 0) + 1,
        %(blob)s, %(size)s, %(content_type)s::text, %(etag)s::text, %(upload)s, %(user)s,
        %(at)s, '{{{{}}}}', '{{{{}}}}', '{{{{}}}}', '{{{{}}}}', false, false, false
      FROM claimed
)"""  # noqa: S608  made of constants

_OPEN = f"WITH held AS (SELECT %(owner)s AS owner_id), {OPENED} SELECT 1"
_CLAIM = f"WITH {CLAIMED.format(condition='')} SELECT owner_id, reserved FROM claimed"  # noqa: S608  the same
GIVEN_UP = "This upload was silent for too long and has been given up."


@dataclass
class Incoming:
    """An upload, or a part of one, that is being received under `key` of the store named `store`."""

    id: UUID  # of the upload
    owner_id: UUID
    store: str
    key: str
    size: int | None  # bytes that there is room for, None when they are not known and paid for as they come
    paid: int = 0  # bytes that have been reserved since

    @classmethod
    def new(cls, owner_id: UUID, size: int | None, upload_id: UUID | None = None) -> "Incoming":
        """Return one that is not begun yet, under a key that nobody else has. Raises SpoolFull."""
        store = storage.landing().name
        spool.check_room(store)
        return cls(upload_id or new_id(), owner_id, store, secrets.token_hex(16), size)

    @property
    def values(self) -> dict[str, Any]:
        """What OPENED asks of it."""
        return {
            "upload": self.id,
            "store": self.store,
            "key": self.key,
            "size": self.size,
            "room": self.size or 0,
            "lease": LEASE.total_seconds(),
        }


class Held(NamedTuple):
    """The bytes of its owner's room that an upload held."""

    owner_id: UUID
    reserved: int


@contextmanager
def begin(
    *, by: Caller, folder: Asset, name: str, size: int | None, upload_id: UUID | None = None
) -> Iterator[Incoming]:
    """Reserve `size` bytes of the folder's owner and give an Incoming; whatever goes wrong in the block gives all back.

    An `upload_id` that the caller has chosen is taken once. Raises QuotaExceeded or SpoolFull before the first byte
    is read, AddressUsed if that id is taken.
    """
    with kept(_open(by=by, folder=folder, name=name, size=size, upload_id=upload_id)) as incoming:
        yield incoming


def _open(*, by: Caller, folder: Asset, name: str, size: int | None, upload_id: UUID | None = None) -> Incoming:
    incoming = Incoming.new(folder.owner_id, size, upload_id)
    values = {"owner": folder.owner_id, "user": by.author_id, "asset": folder.id, "name": name, **incoming.values}
    try:
        with transaction.atomic():
            ask(_OPEN, values)
            # Whoever ended the upload with this id meanwhile has been waited for, by the insert of its row.
            if upload_id and Version.objects.filter(upload_id=upload_id).exists():
                raise AddressUsed
            quotas.reserve(folder.owner_id, size or 0)
    except IntegrityError:
        if upload_id is None:
            raise
        raise AddressUsed from None
    return incoming


@contextmanager
def kept(incoming: Incoming) -> Iterator[Incoming]:
    """Give what has been begun, and abandon it if anything goes wrong in the block."""
    try:
        yield incoming
    except BaseException:
        try:
            abandon(incoming.id)
        except Error:  # the sweep does it; what went wrong first says more
            log.exception("upload_left_to_the_sweep", extra={"upload": str(incoming.id)})
        raise


def receive(
    incoming: Incoming, chunks: Iterable[bytes], expected: Expected, algorithms: Iterable[str] = ("sha256",)
) -> Measured:
    """Write the body into the store and return what it measured.

    Raises LengthMismatch, DigestMismatch, QuotaExceeded (of a body of unknown size), SpoolFull or
    StorageFull; the store then holds nothing.
    """
    measuring = Measuring(_paid(incoming, chunks, expected.most), expected, algorithms)
    release_connection()
    try:
        with heartbeat.watching(incoming.id):
            storage.store_named(incoming.store).write(incoming.key, measuring, expected.size)
    except FileNotFoundError:  # the sweep has taken us for dead and deleted what we wrote
        raise Conflict(GIVEN_UP) from None
    except StorageFull:
        if incoming.store == storage.SPOOL:
            raise spool.spool_full() from None
        raise
    if measuring.result is None:
        raise RuntimeError("The store has not read the body to its end.")
    return measuring.result


def _paid(incoming: Incoming, chunks: Iterable[bytes], most: int | None) -> Iterator[bytes]:
    """Pass the chunks on, beating for each; a body of unknown size pays for its room step by step.

    If it is known how large it is at `most`, that is one step.
    """
    received = 0
    for chunk in chunks:
        heartbeat.beat(incoming.id)
        received += len(chunk)
        if incoming.size is None and received > incoming.paid:
            _pay(incoming, received - incoming.paid, STEP if most is None else most - incoming.paid)
        yield chunk
    heartbeat.has_all(incoming.id)


def _pay(incoming: Incoming, needed: int, step: int) -> None:
    """Reserve a step, or at least what is needed if there is no room for a step."""
    try:
        _reserve(incoming, max(step, needed))
    except QuotaExceeded:
        _reserve(incoming, needed)
    finally:
        release_connection()


def _reserve(incoming: Incoming, size: int) -> None:
    with transaction.atomic():
        held = Upload.objects.filter(pk=incoming.id).update(reserved=F("reserved") + as_bigint(size))
        if not held or not UploadPart.objects.filter(store=incoming.store, key=incoming.key).exists():
            raise Conflict(GIVEN_UP)
        quotas.reserve(incoming.owner_id, size)
    incoming.paid += size


def claim(upload_id: UUID) -> Held:
    """Delete the row of an upload and return what it held: the caller now decides its fate, in this transaction.

    Raises Conflict when somebody else has.
    """
    return held_in(ask(_CLAIM, {"upload": upload_id}))


def held_in(claimed: list[tuple[Any, ...]]) -> Held:
    """Return what `claimed` says that an upload has held. Raises Conflict when there was none any more."""
    if not claimed:
        raise Conflict(GIVEN_UP)
    return Held(*claimed[0])


def abandon(upload_id: UUID, *, writer_may_live: bool = False) -> bool:
    """Give an upload up: its room is free again, its bytes are gone. False when it was no longer there.

    Unless its own writer says so, `writer_may_live`: bytes that come later are deleted a day later.
    """
    attempts = _give_up(Q(pk=upload_id))
    for store, key in attempts or []:
        delete_bytes(store, key, writer_may_live=writer_may_live)
    return attempts is not None


def sweep() -> int:
    """Abandon every upload whose process has died or whose time is over, and return how many those were."""
    expired = Q(lease_until__lt=Now()) & (Q(expires_at=None) | Q(expires_at__lt=Now()))
    ids = Upload.objects.filter(expired).values_list("pk", flat=True)
    found = [_give_up(Q(pk=upload_id) & expired) for upload_id in list(ids)]
    given_up = [attempts for attempts in found if attempts is not None]
    delete_stopped(chain.from_iterable(given_up))
    return len(given_up)


def _give_up(condition: Q) -> list[tuple[str, str]] | None:
    """End an upload and return the store and key of each unfinished write, now condemned; None if there is none."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(condition).first()
        if upload is None:
            return None
        parts = list(upload.parts.all())
        claim(upload.id)
        attempts = [(part.store, part.key) for part in parts if part.blob_id is None]
        condemn((store, key, 0) for store, key in attempts)  # so that a crash before they are deleted leaves no orphan
        condemn_unnamed(part.blob_id for part in parts if part.blob_id)
        quotas.release(upload.owner_id, upload.reserved)
    return attempts
