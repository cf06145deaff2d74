"""Files and what they contain: store, replace, open."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import quotas
from accounts.bearers import Bearer, proven
from accounts.callers import Caller
from activity.services import record_download
from assets import at_once, moving, names, previews, uploads, visits
from assets.access import Entry, asset_for, enter, folder_for, just_put, of_kind, root_of
from assets.blobs import is_remote, link_to, place_of, read_blob
from assets.digests import Expected, Measured
from assets.locks import lock_assets
from assets.models import Asset, Version
from assets.placing import OnConflict, place
from assets.record import record_stored, target, through
from assets.rows import LIVE, ask
from assets.shapes import AssetView, put_view, view_of
from assets.uploads import BECOME, Held, Incoming
from assets.words import Ability, Kind, Role
from cloudbox.errors import BadInput, NameTaken, NotFound
from cloudbox.http import Content
from cloudbox.ids import new_id
from cloudbox.media_types import guess, is_media_type
from cloudbox.ranges import Conditions, is_unmodified

_SAYS_NOTHING = {"", "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data"}
_NAMED = f"SELECT kind, id FROM assets_asset WHERE parent_id = %s AND name = %s AND {LIVE}"  # noqa: S608  a constant
ANYHOW = Conditions()
_BECOME = f"WITH {BECOME.format(condition='')} SELECT owner_id, reserved FROM claimed"  # noqa: S608  a constant
_ATTEMPTS = 3  # at replacing a file that others create and delete meanwhile


def _nothing(_file_id: UUID) -> None:
    """Do nothing along with a new file."""


@dataclass(frozen=True)
class Body:
    """Bytes on their way in: what they are is checked against `expected` while they are stored."""

    chunks: Iterable[bytes]
    expected: Expected = field(default_factory=Expected)
    content_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The version that bytes in the store, `size` of them, are going to be."""

    size: int
    content_type: str
    version_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=timezone.now)

    @property
    def copied(self) -> dict[str, Any]:
        """What an asset copies from its current version."""
        return {
            "current_id": self.version_id,
            "size": self.size,
            "content_type": self.content_type,
            "modified_at": self.at,
        }


@dataclass(frozen=True, kw_only=True)
class _Received(Newest):
    """The version that is going to be what an upload has brought."""

    incoming: Incoming
    measured: Measured
    blob_id: UUID = field(default_factory=new_id)

    @property
    def home(self) -> str | None:
        """The store that the bytes are to go on to, if they are."""
        return moving.home_of(self.incoming.store)

    def values(self, by: Caller, file_id: UUID) -> dict[str, Any]:
        """Return what BECOME asks of it."""
        md5, sha256 = self.measured.hex("md5"), self.measured.hex("sha256")
        return {
            "upload": self.incoming.id,
            "blob": self.blob_id,
            "store": self.incoming.store,
            "key": self.incoming.key,
            "size": self.size,
            "sha256": sha256,
            "md5": md5,
            "crcs": self.measured.crcs,
            "home": self.home,
            "grace": moving.GRACE,
            "version": self.version_id,
            "file": file_id,
            "content_type": self.content_type,
            "etag": md5 or f"{(sha256 or '')[:32]}-1",
            "user": by.author_id,
            "at": self.at,
        }


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a file goes, which may be known only once its bytes have come."""

    folder_id: UUID
    name: str
    on_conflict: OnConflict
    along: Callable[[UUID], None] = _nothing


def store_file(
    *,
    by: Caller | Bearer,
    folder_id: UUID | None,
    name: str,
    body: Body,
    on_conflict: OnConflict = OnConflict.FAIL,
    conditions: Conditions = ANYHOW,
    along: Callable[[UUID], None] = _nothing,
    upload_id: UUID | None = None,
) -> tuple[AssetView, bool]:
    """Store `body` as the file `name` in a folder (the caller's root when None); return it and whether it is new.

    It is charged to the folder's owner before the first byte is read. With REPLACE a file of that name gets
    a new version, with RENAME the new file gets a number. `conditions` speak of the file that has the name. Under an
    `upload_id` it is stored once, whoever tries how often. `along` is told the file's id, at the end of the transaction
    that makes it. Raises AddressUsed, NameTaken, PreconditionFailed, QuotaExceeded, LengthMismatch, DigestMismatch or
    StorageFull; whichever it is, neither bytes nor quota stay taken.
    """
    name, size, incoming = names.clean(name), body.expected.size, None
    if folder_id is None:
        by = proven(by)
        folder_id = root_of(by, Ability.ADD).asset.id
    comes_by_link = isinstance(by, Caller) and by.link_id is not None
    if size is None or conditions != ANYHOW or comes_by_link or upload_id:
        by, folder = enter(by, folder_id, Ability.ADD)
        on_conflict = blindly(by, on_conflict, conditions)
    else:
        by, folder, incoming = at_once.begin(by, folder_id, name=name, size=size, on_conflict=on_conflict)
    of_kind(folder, Kind.FOLDER)
    if incoming is None:
        check_early(folder.asset, name, on_conflict, conditions)
        beginning = uploads.begin(by=by, folder=folder.asset, name=name, size=size, upload_id=upload_id)
    else:
        beginning = uploads.kept(incoming)
    to = Destination(folder_id=folder.asset.id, name=name, on_conflict=on_conflict, along=along)
    with beginning as incoming:
        received = _received(incoming, body, name)
        if conditions == ANYHOW and by.link_id is None and (stored := _stored_at_once(received, by, to)):
            return stored
        with transaction.atomic():
            return _stored(received, by, to, conditions)


def store_undecided(
    *, by: Caller, folder: Entry, name: str, body: Body, decide: Callable[[], Destination]
) -> tuple[AssetView, bool]:
    """Store `body` as `decide` says, which is asked in the transaction that makes the file; else as `store_file`.

    Until then it is an upload called `name` into `folder`, and nothing else has changed.
    """
    with uploads.begin(by=by, folder=folder.asset, name=name, size=body.expected.size) as incoming:
        received = _received(incoming, body, name)
        with transaction.atomic():
            return _stored(received, by, decide(), ANYHOW)


def _stored_at_once(received: _Received, by: Caller, to: Destination) -> tuple[AssetView, bool] | None:
    """Return the bytes as a new file; None, and nothing done, if that takes more than the statement for it."""
    with transaction.atomic():
        file = at_once.end(by, to.folder_id, to.name, received.values(by, new_id()))
        if file:
            _hand_on(received)
            record_stored(by, file.asset, is_new=True, size=received.size)
            to.along(file.asset.id)
    return (view_of(file), True) if file else None


def _stored(received: _Received, by: Caller, to: Destination, conditions: Conditions) -> tuple[AssetView, bool]:
    """Return the bytes as a file, or as a new version of one, and whether it is new. In the caller's transaction."""
    folder = folder_for(by, to.folder_id, Ability.ADD)  # again: much may have changed while the bytes came
    file, is_new = file_for(
        received, by=by, folder=folder, name=to.name, on_conflict=to.on_conflict, conditions=conditions
    )
    visits.count_upload(by)
    _become_version(file, received, by)
    record_stored(by, file, is_new=is_new, size=received.size)
    view = put_view(by, just_put(by, file.id), to.name)
    to.along(file.id)
    return view, is_new


def blindly(by: Caller, on_conflict: OnConflict, conditions: Conditions) -> OnConflict:
    """Return what to do when a name is taken: who may only add does not learn of it, and gets another name.

    Raises BadInput if they ask by a condition.
    """
    if not by.adds_only:
        return on_conflict
    if conditions != ANYHOW:
        raise BadInput("If-Match", "This link takes no conditions: it does not tell what is there.")
    return OnConflict.RENAME


def check_may_add(*, by: Caller, folder_id: UUID | None) -> None:
    """Refuse whoever may not put something into the folder."""
    folder_for(by, folder_id, Ability.ADD)


def replace_content(*, by: Caller, file_id: UUID, body: Body, conditions: Conditions = ANYHOW) -> AssetView:
    """Give the file a new version; `conditions` speak of the content that the client saw."""
    file = of_kind(asset_for(by, file_id, Ability.CHANGE), Kind.FILE).asset
    _check(conditions, file)
    with uploads.begin(by=by, folder=_folder_of(file), name=file.name, size=body.expected.size) as incoming:
        received = _received(incoming, body, file.name)
        with transaction.atomic():
            lock_assets(updated=[file_id])
            file = asset_for(by, file_id, Ability.CHANGE).asset  # again: much may have changed while the bytes came
            _check(conditions, file)
            visits.count_upload(by)
            _become_version(file, received, by)
            record_stored(by, file, is_new=False, size=received.size)
            return view_of(asset_for(by, file_id, Ability.READ))


def open_file(*, by: Caller | Bearer, file_id: UUID, seq: int | None = None, inline: bool = False) -> Content:
    """Return what the file contains, now or in its version `seq`, ready to be sent; others' downloads are recorded."""
    by, entry = enter(by, file_id, Ability.READ)
    return opened(by, of_kind(entry, Kind.FILE), seq=seq, inline=inline)


def opened(by: Caller, entry: Entry, *, seq: int | None = None, inline: bool = False) -> Content:
    """Return what a file contains that the gate has let through."""
    version = entry.asset.current if seq is None else _version(entry.asset, seq)
    if version is None or version.blob is None:
        raise NotFound
    blob = version.blob
    download = partial(
        record_download,
        by=by.who,
        target=target(entry.asset),
        version_id=version.id,
        owner_id=entry.asset.owner_id,
        caller=str(by.link_id) if by.link_id else None,
        version=version.seq,
        **through(by),
    )
    found = Content(
        open=lambda start, stop: read_blob(blob, start, stop),
        size=version.size,
        etag=version.etag,
        modified=version.created_at,
        content_type=version.content_type,
        name=entry.asset.name,
        inline=inline,
        remote=is_remote(blob),
        path=place_of(blob),
        sha256=bytes.fromhex(blob.sha256) if blob.sha256 else None,
        link=partial(link_to, blob),
        sending=None if entry.role is Role.OWNER else download,
    )
    return visits.counted(found, by, version.id)


def _version(file: Asset, seq: int) -> Version | None:
    return Version.objects.select_related("blob").filter(asset=file, seq=seq).first()


def content_type_of(announced: str, name: str) -> str:
    """Return the media type the client announced if it says something, else the one the name's ending suggests."""
    if announced.partition(";")[0].strip().lower() in _SAYS_NOTHING or not is_media_type(announced):
        return guess(name)
    return announced


def check_early(folder: Asset, name: str, on_conflict: OnConflict, conditions: Conditions) -> None:
    """Refuse before the bytes travel what will be refused anyway; it is decided again later, under the locks."""
    taken = _named(folder, name)
    if conditions != ANYHOW:
        file_id = taken.get(Kind.FILE)
        _check(conditions, Asset.objects.select_related("current").filter(pk=file_id).first() if file_id else None)
    if not taken.keys().isdisjoint(at_once.UNWANTED[on_conflict]):
        raise NameTaken(name=name)


def _check(conditions: Conditions, file: Asset | None) -> None:
    """Raise PreconditionFailed unless the conditions of RFC 9110 section 13.2.2 hold for the file's content."""
    if conditions != ANYHOW:
        seen = file.current if file else None
        etag, modified = (seen.etag, seen.created_at) if seen else ("", None)
        is_unmodified(conditions, reads=False, etag=etag, modified=modified)


def _folder_of(file: Asset) -> Asset:
    folder = Asset.objects.filter(children=file).first()
    if folder is None:
        raise NotFound
    return folder


def _received(incoming: Incoming, body: Body, name: str) -> _Received:
    measured = uploads.receive(incoming, body.chunks, body.expected)
    content_type = content_type_of(body.content_type, name)
    return _Received(size=measured.size, content_type=content_type, incoming=incoming, measured=measured)


def file_for(
    newest: Newest, *, by: Caller, folder: Entry, name: str, on_conflict: OnConflict, conditions: Conditions
) -> tuple[Asset, bool]:
    """Return the locked file that gets the bytes, and whether it is new."""
    for _ in range(_ATTEMPTS):
        old = _to_replace(by, folder, name, conditions) if on_conflict is OnConflict.REPLACE else None
        if old:
            return old, False
        # A new file names its version before that is there, so that its row is written once.
        new = Asset(kind=Kind.FILE, owner_id=folder.asset.owner_id, created_by_id=by.author_id, **newest.copied)
        try:
            return place(new, parent_id=folder.asset.id, name=name, on_conflict=on_conflict), True
        except NameTaken:
            if on_conflict is not OnConflict.REPLACE:
                raise
    raise NameTaken(name=name)


def _to_replace(by: Caller, folder: Entry, name: str, conditions: Conditions) -> Asset | None:
    """Return the file of that name under its lock, None when there is none. Raises PreconditionFailed."""
    while file_id := _named(folder.asset, name).get(Kind.FILE):
        file = lock_assets(shared=[folder.asset.id], updated=[file_id]).get(file_id)
        if file and not file.trashed_at and (file.parent_id, file.name) == (folder.asset.id, name):
            if folder.role is not Role.OWNER:
                asset_for(by, file_id, Ability.CHANGE)  # a file need not give what its folder gives
            _check(conditions, file)
            return file
    _check(conditions, None)
    return None


def _named(folder: Asset, name: str) -> dict[str, UUID]:
    """Return the ids of what the folder has under that name, by kind."""
    return dict(ask(_NAMED, [folder.id, name]))


def _become_version(file: Asset, received: _Received, by: Caller) -> None:
    """Make the received bytes the file's newest version, charged to its owner. The file's row is locked, or new."""
    held = uploads.held_in(ask(_BECOME, received.values(by, file.id)))
    _hand_on(received)
    make_current(file, received, held)


def _hand_on(received: _Received) -> None:
    """Have done to the bytes, once they are a version, what nobody waits for."""
    if received.home:
        moving.queue(received.blob_id)
    previews.enlist(received.blob_id, received.content_type, received.size)


def make_current(file: Asset, newest: Newest, held: Held) -> None:
    """Let the file show its newest version, and turn the reservation into use.

    When the file changed hands meanwhile, its new owner pays.
    """
    if file.current_id != newest.version_id:  # a new file names it already
        Asset.objects.filter(pk=file.id).update(**newest.copied, revision=F("revision") + 1, hidden=False)
    if held.owner_id == file.owner_id:
        quotas.settle(file.owner_id, reserved=held.reserved, used=newest.size)
    else:
        quotas.pass_on(held.owner_id, file.owner_id, reserved=held.reserved, used=newest.size)
