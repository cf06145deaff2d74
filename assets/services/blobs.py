"""Blobs by an id of their owner's choice, whole, in the folder "Blobs"."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from assets import identifiers, names
from assets.access import root_of
from assets.digests import Expected
from assets.identifiers import IdentifierTaken, Named
from assets.placing import OnConflict
from assets.services import content, own_folder, trash
from assets.services.content import Body, Destination
from assets.words import Ability
from cloudbox.errors import NotFound
from cloudbox.http import Content
from cloudbox.pages import Page

_CHUNK = 2**20  # bytes


class BlobView(NamedTuple):
    """What a list tells of a blob. `size` in bytes."""

    id: str
    size: int
    created_at: datetime


class Opened(NamedTuple):
    """A blob that can be read."""

    id: str
    created_at: datetime
    content: Content


def store(*, by: Caller, blob_id: str, data: bytes) -> None:
    """Store `data` under an id of which the caller has no blob. Raises IdentifierTaken; nothing is overwritten."""
    owner_id = by.must_be_signed_in()
    identifiers.checked(blob_id, "id")
    if identifiers.find(identifiers.BLOBS, blob_id, owner_id=owner_id):
        raise IdentifierTaken
    name, body, rename = names.shorten(blob_id), Body(_chunks(data), Expected(len(data))), OnConflict.RENAME

    def name_it(file_id: UUID) -> None:
        identifiers.claim(identifiers.BLOBS, blob_id, owner_id=owner_id, asset_id=file_id)

    def decide() -> Destination:
        folder_id = own_folder.made(own_folder.BLOBS, by=by)
        return Destination(folder_id=folder_id, name=name, on_conflict=rename, along=name_it)

    if folder_id := own_folder.find(own_folder.BLOBS, by=by):
        content.store_file(by=by, folder_id=folder_id, name=name, body=body, on_conflict=rename, along=name_it)
    else:
        content.store_undecided(by=by, folder=root_of(by, Ability.ADD), name=name, body=body, decide=decide)


def open_blob(*, by: Caller | Bearer, blob_id: str) -> Opened:
    """Return one of the caller's blobs. Raises NotFound."""
    blob = _find(by, blob_id)
    try:
        return Opened(blob.value, blob.created_at, content.open_file(by=by, file_id=blob.asset_id))
    except NotFound:
        raise _missing() from None


def delete(*, by: Caller, blob_id: str) -> None:
    """Put one of the caller's blobs into the trash, which frees its id. Raises NotFound."""
    blob = _find(by, blob_id)
    try:
        trash.trash(by=by, asset_id=blob.asset_id)
    except NotFound:
        raise _missing() from None


def page(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[BlobView]:
    """Return a page of the caller's blobs, in the order of their ids."""
    return identifiers.page(identifiers.BLOBS, by=by, cursor=cursor, limit=limit, shown=_shown)


def _find(by: Caller | Bearer, blob_id: str) -> Named:
    owner_id = by.user_id or proven(by).must_be_signed_in()
    blob = identifiers.find(identifiers.BLOBS, blob_id, owner_id=owner_id)
    if blob is None:
        raise _missing()
    return blob


def _missing() -> NotFound:
    return NotFound("Blob not found")


def _shown(row: Named) -> BlobView:
    return BlobView(row.value, row.size, row.created_at)


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]
