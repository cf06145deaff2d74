"""Files that come in parts: begin, send the parts in any order or as a stream, finish or abort.

A door that numbers its parts (S3) uses `put_part`, `parts_of` and `finish` with the parts that it was told; one that
knows an offset (tus) uses `append`, `progress_of`, `announce` and `finish` without. Between the calls an upload rests,
until 7 days after its last byte. The gate is asked when it begins and when it is finished.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.callers import Caller
from assets import composites, names, parts, previews, streams, uploads, visits
from assets.access import folder_for, just_put
from assets.composites import Chosen, Whole
from assets.digests import Expected
from assets.models import Upload, Version
from assets.parts import Part
from assets.placing import OnConflict
from assets.record import record_stored
from assets.services.content import ANYHOW, Body, Newest, blindly, check_early, content_type_of, file_for, make_current
from assets.shapes import AssetView, put_view
from assets.words import Ability
from cloudbox.errors import NotFound, Refusal
from cloudbox.ranges import Conditions


@dataclass(frozen=True)
class Progress:
    """How far an upload has come: `offset` of its `size` bytes, which is None while it is not known.

    One that is finished has no `expires_at` any more, but the `file_id` that it became. `metadata` and `concat` are
    what its client said of it, as it came.
    """

    id: UUID
    name: str
    size: int | None
    offset: int
    expires_at: datetime | None
    file_id: UUID | None = None
    folder_id: UUID | None = None
    created_at: datetime | None = None
    is_partial: bool = False
    metadata: str = ""
    concat: str = ""


@dataclass(frozen=True)
class Finished:
    """The file that an upload has become a version of, with the size in bytes and the ETag of that version."""

    file: AssetView
    size: int
    etag: str
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an upload is to be finished.

    `parts` in ascending order, and only they, or None for all of them; `etag` is "" for one that is made here.
    `expected` speaks of the whole: its digests cost one read of all parts before the answer.
    """

    parts: Sequence[Chosen] | None = None
    etag: str = ""
    content_type: str = ""
    expected: Expected = field(default_factory=Expected)
    on_conflict: OnConflict = OnConflict.FAIL
    conditions: Conditions = ANYHOW


def begin(
    *,
    by: Caller,
    folder_id: UUID | None,
    name: str,
    size: int | None = None,
    on_conflict: OnConflict = OnConflict.FAIL,
    conditions: Conditions = ANYHOW,
) -> Progress:
    """Begin an upload of the file `name` into a folder (the caller's root when None).

    A size that is known is reserved at once, else each part takes its own room. Raises NameTaken,
    PreconditionFailed or QuotaExceeded.
    """
    name = names.clean(name)
    folder = folder_for(by, folder_id, Ability.ADD).asset
    check_early(folder, name, blindly(by, on_conflict, conditions), conditions)
    return progress(parts.open_upload(by=by, folder=folder, name=name, size=size), 0)


def put_part(*, by: Caller, upload_id: UUID, number: int, body: Body, with_md5: bool = False) -> Part:
    """Keep the body as a part, in place of a former one of that number. Raises as `parts.put`, and NotFound."""
    upload = with_more(by, upload_for(by, upload_id))
    algorithms = ("sha256", "md5") if with_md5 else ("sha256",)
    return parts.put(upload.id, number, body.chunks, body.expected, algorithms)


def append(*, by: Caller, upload_id: UUID, offset: int, body: Body) -> int:
    """Go on with the upload where it ended and return the new offset. Raises as `streams.append`, and NotFound."""
    upload = with_more(by, upload_for(by, upload_id))
    return streams.append(upload.id, offset, body.chunks, body.expected)


def announce(*, by: Caller, upload_id: UUID, size: int) -> None:
    """Say how large an upload is whose size was not known. Raises QuotaExceeded, LengthMismatch, Conflict, NotFound."""
    parts.announce(with_more(by, upload_for(by, upload_id)).id, size)


def progress_of(*, by: Caller, upload_id: UUID) -> Progress:
    """Tell how far an upload has come, also when it is finished. Raises NotFound."""
    try:
        upload = upload_for(by, upload_id)
    except NotFound:
        version = Version.objects.filter(upload_id=upload_id).first()
        if version is None:
            raise
        return _end_of(put_view(by, just_put(by, version.asset_id), ""), version)
    return progress(upload, parts.bytes_of(parts.complete(upload_id)))


def parts_of(*, by: Caller, upload_id: UUID, after: int = 0, limit: int = 1000) -> list[Part]:
    """Return the first `limit` complete parts with a number above `after`. Raises NotFound."""
    upload = upload_for(by, upload_id)
    return parts.listed(parts.complete(upload.id).filter(number__gt=after)[:limit])


def finish(*, by: Caller, upload_id: UUID, ending: Ending = Ending()) -> Finished:
    """Make the parts a version of the file; no byte is read or written for it, however many parts there are.

    Raises PartMissing, LengthMismatch, DigestMismatch, BadInput for parts out of order, and what `store_file` raises;
    the upload then stays as it is. Whoever asks again is answered the same.
    """
    try:
        return _finish(by, upload_for(by, upload_id), ending)
    except Refusal:
        done = _done(by, upload_id)
        if done is None:
            raise
        return done


def abort(*, by: Caller, upload_id: UUID) -> None:
    """Give the upload up: its room is free at once. Raises NotFound."""
    if not uploads.abandon(upload_for(by, upload_id).id, writer_may_live=True):
        raise NotFound


def upload_for(by: Caller, upload_id: UUID) -> Upload:
    """Return an upload to whoever began it, or is charged for it; with an access key, if that goes so far."""
    upload = parts.upload_of(by, upload_id)
    if by.limits:
        folder_for(by, upload.folder_id, Ability.ADD)
    return upload


def with_more(by: Caller, upload: Upload) -> Upload:
    """Return the upload if more may come to it. Raises as the gate does.

    While its size is not known each byte takes room, and whoever may add no more takes none of somebody else's.
    """
    if upload.size is None and upload.owner_id != by.user_id and not by.limits:  # for those `upload_for` has asked
        folder_for(by, upload.folder_id, Ability.ADD)
    return upload


def progress(upload: Upload, offset: int) -> Progress:
    """Return how far an unfinished upload has come."""
    return Progress(
        upload.id,
        upload.name,
        upload.size,
        offset,
        upload.expires_at,
        folder_id=upload.folder_id,
        created_at=upload.created_at,
        is_partial=upload.is_partial,
        metadata=upload.client_metadata,
        concat=upload.concat,
    )


def _said(upload: Upload) -> dict[str, str] | None:
    """Return what a finished upload is to remember of what its client said."""
    said = {"metadata": upload.client_metadata, "concat": upload.concat}
    return said if any(said.values()) else None


def _end_of(file: AssetView, version: Version) -> Progress:
    return Progress(
        version.upload_id or version.id,
        file.name,
        version.size,
        version.size,
        None,
        file_id=file.id,
        folder_id=file.parent,
        created_at=version.created_at,
        **(version.upload_said or {}),
    )


def _done(by: Caller, upload_id: UUID) -> Finished | None:
    """Return what an upload has become, None if it has not."""
    version = Version.objects.filter(upload_id=upload_id).first()
    if version is None:
        return None
    file = put_view(by, just_put(by, version.asset_id), "")  # under which name it was sent, nobody knows any more
    return Finished(file, version.size, version.etag, version.seq == 1)


def _finish(by: Caller, upload: Upload, ending: Ending) -> Finished:
    folder = folder_for(by, upload.folder_id, Ability.ADD)
    on_conflict = blindly(by, ending.on_conflict, ending.conditions)
    check_early(folder.asset, upload.name, on_conflict, ending.conditions)
    whole = _whole(upload, ending)
    newest = Newest(size=whole.size, content_type=content_type_of(ending.content_type, upload.name))
    etag = ending.etag or whole.etag
    with transaction.atomic():
        folder = folder_for(by, upload.folder_id, Ability.ADD)  # again: much may have changed while it was read
        file, is_new = file_for(
            newest,
            by=by,
            folder=folder,
            name=upload.name,
            on_conflict=on_conflict,
            conditions=ending.conditions,
        )
        visits.count_upload(by)
        record_stored(by, file, is_new=is_new, size=newest.size)
        blob_id, held = composites.compose(whole)
        Version.objects.create(
            id=newest.version_id,
            asset=file,
            seq=Version.objects.filter(asset=file).aggregate(seq=Max("seq", default=0))["seq"] + 1,
            blob_id=blob_id,
            size=newest.size,
            content_type=newest.content_type,
            etag=etag,
            part_sizes=None if ending.parts is None else [part.size for part in whole.parts],
            upload_id=upload.id,
            upload_said=_said(upload),
            created_by_id=by.author_id,
            created_at=newest.at,
        )
        previews.enlist(blob_id, newest.content_type, newest.size)
        make_current(file, newest, held)
        return Finished(put_view(by, just_put(by, file.id), upload.name), whole.size, etag, is_new)


def _whole(upload: Upload, ending: Ending) -> Whole:
    """Return what the upload is to become, once it is what it was said to be; an empty one gets an empty part."""
    if ending.parts is None and not upload.size and not parts.complete(upload.id).exists():
        parts.put(upload.id, 1, [], Expected(0))
    whole = composites.choose(upload.id, ending.parts)
    composites.check(whole, Expected(upload.size))
    return composites.check(whole, ending.expected)
