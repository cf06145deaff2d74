"""Signed addresses for programs: of one download, or of one upload, without an account and for a while.

Nothing is kept of them. Whoever comes by one acts as its maker, with the rights that they have at that moment, within
the access key that it was made with. It ends with that key, and with all sessions of its maker.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from accounts.callers import Caller
from accounts.refusals import TokenRefused
from accounts.standing import as_now, generation_of
from assets import names
from assets.access import asset_for, folder_for, of_kind
from assets.models import Upload, Version
from assets.placing import OnConflict
from assets.refusals import AddressUsed, LinkExpired
from assets.services import content
from assets.services.content import Body
from assets.shapes import AssetView
from assets.words import Ability, Kind
from cloudbox.errors import BadInput, BodyTooLarge, NotFound
from cloudbox.http import Content
from cloudbox.ids import new_id
from cloudbox.media_types import is_media_type

LONGEST = 7 * 24 * 3600  # seconds
MOST_BYTES = 5 * 2**40
_SIGNER = "assets.presigned"
_ADDRESS = "/api/v1/presigned/"


@dataclass(frozen=True, kw_only=True)
class UploadWish:
    """One file of at most `max_bytes`; with "" its type is what the upload says."""

    folder_id: UUID
    name: str
    max_bytes: int
    content_type: str = ""
    on_conflict: OnConflict = OnConflict.FAIL


@dataclass(frozen=True)
class Presigned:
    """An address, the method to use it with, and until when it is good."""

    url: str
    method: str
    expires_at: datetime


def for_download(*, by: Caller, file_id: UUID, expires_in: int) -> Presigned:
    """Sign an address that anybody downloads the file from. Raises BadInput, and as the gate does."""
    of_kind(asset_for(by, file_id, Ability.READ), Kind.FILE, field="download")
    return _signed(by, "GET", expires_in, {"file": str(file_id)})


def for_upload(*, by: Caller, wish: UploadWish, expires_in: int) -> Presigned:
    """Sign an address that takes one file, once. Raises BadInput, and as the gate does."""
    folder_for(by, wish.folder_id, Ability.ADD)
    if not 0 <= wish.max_bytes <= MOST_BYTES:
        raise BadInput("upload.max_bytes", f"A whole number of bytes up to {MOST_BYTES}.")
    if wish.content_type and not is_media_type(wish.content_type):
        raise BadInput("upload.content_type", "This is no media type.")
    said = {
        "folder": str(wish.folder_id),
        "name": names.clean(wish.name),
        "most": wish.max_bytes,
        "type": wish.content_type,
        "taken": str(wish.on_conflict),
        "upload": str(new_id()),
    }
    return _signed(by, "PUT", expires_in, said)


def download(token: str, visitor: Caller) -> Content:
    """Return what the address is for, ready to be sent. Raises NotFound, LinkExpired, and as `content.open_file`."""
    said = _read(token, "file")
    return content.open_file(by=_maker(said, visitor), file_id=UUID(said["file"]))


def upload(token: str, visitor: Caller, body: Body) -> AssetView:
    """Store the one file that the address takes.

    Raises NotFound, LinkExpired, AddressUsed, BodyTooLarge and as `content.store_file`; it takes another try then.
    """
    said = _read(token, "upload")
    by, most = _maker(said, visitor), said["most"]
    upload_id = UUID(said["upload"])
    if Upload.objects.filter(id=upload_id).exists() or Version.objects.filter(upload_id=upload_id).exists():
        raise AddressUsed  # early: else its own file might be what has the name
    if (body.expected.size or 0) > most:
        raise BodyTooLarge(limit=most)
    body = replace(body, chunks=_at_most(body.chunks, most), content_type=said["type"] or body.content_type)
    view, _ = content.store_file(
        by=by,
        folder_id=UUID(said["folder"]),
        name=said["name"],
        body=body,
        on_conflict=OnConflict(said["taken"]),
        upload_id=upload_id,
    )
    return view


def _signed(by: Caller, method: str, expires_in: int, said: dict[str, Any]) -> Presigned:
    user_id = by.must_be_signed_in()
    if not 1 <= expires_in <= LONGEST:
        raise BadInput("expires_in", f"From 1 to {LONGEST} seconds.")
    end = int(time.time()) + expires_in
    whose = {"user": str(user_id), "key": by.limits.key_id if by.limits else None, "since": generation_of(user_id)}
    token = signing.Signer(salt=_SIGNER).sign_object({**said, **whose, "end": end}, compress=True)
    return Presigned(f"{settings.CLOUDBOX_URL}{_ADDRESS}{token}", method, datetime.fromtimestamp(end, UTC))


def _read(token: str, what: str) -> dict[str, Any]:
    """Return what the address says, if it is one for `what`."""
    try:
        said: dict[str, Any] = signing.Signer(salt=_SIGNER).unsign_object(token)
    except signing.BadSignature:
        raise NotFound from None
    if what not in said:
        raise NotFound
    if said["end"] <= time.time():
        raise LinkExpired
    return said


def _maker(said: dict[str, Any], visitor: Caller) -> Caller:
    """Return the one whom the address acts as, from where the visitor comes. Raises NotFound if they may no more."""
    user_id = UUID(said["user"])
    try:
        by = as_now(user_id, key_id=said["key"], agent=visitor.agent)
    except TokenRefused:
        raise NotFound from None
    if generation_of(user_id) != said["since"]:
        raise NotFound
    return replace(by, address=visitor.address)


def _at_most(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > most:
            raise BodyTooLarge(limit=most)
        yield chunk
