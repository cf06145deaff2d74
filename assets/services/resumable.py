"""Uploads that are resumed by their offset, and finish by themselves with their last byte.

An upload that has all its bytes but could not be finished (its name was taken, the whole is not what was announced)
keeps them: a further call tries again. Asking how far it has come tries, too, for its client takes it for finished.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.callers import Caller
from assets import joining, names, parts, streams, uploads
from assets.access import folder_for
from assets.digests import Expected
from assets.models import Asset, Upload, UploadPart
from assets.parts import Said
from assets.placing import OnConflict
from assets.services.content import ANYHOW, Body, blindly, check_early
from assets.services.parts import Ending, Progress, finish, progress, progress_of, upload_for, with_more
from assets.words import SCOPES, Ability
from cloudbox.errors import AccessDenied, BadInput, BodyTooLarge, DigestMismatch, NotFound, OffsetMismatch
from cloudbox.pages import Page, page_of, values_of

MOST = 5 * 2**40  # bytes of one upload: the largest object that a store takes


class FileDigestMismatch(DigestMismatch):
    """The file as a whole does not have the digest that was declared when its upload began. `algorithm` names it.

    The upload keeps all its bytes; what was sent is not what was meant.
    """

    code = "file_digest_mismatch"
    title = "The file does not match its digest."


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What is to become of an upload: the file `name` in a folder (the caller's root when None).

    A partial one needs no name.
    """

    folder_id: UUID | None = None
    name: str = ""
    said: Said = field(default_factory=Said)


def start(*, by: Caller, beginning: Beginning, size: int | None, body: Body | None = None) -> Progress:
    """Begin an upload of `size` bytes, or None while nobody knows, maybe with its first; it may be finished then.

    Raises BadInput, NameTaken, QuotaExceeded, BodyTooLarge and what `go_on` raises;
    whichever it is, nothing stays.
    """
    _check_size(size)
    folder, name = _place(by, beginning)
    said = beginning.said
    if body is not None and body.expected.size == size:  # it is the whole, so its digests are looked at as it comes
        body, said = _as_whole(body, said), replace(said, digests={})
    upload = parts.open_upload(by=by, folder=folder, name=name, size=size, said=said)
    try:
        if body is not None:
            streams.append(upload.id, 0, body.chunks, body.expected)
        return _finished_if_whole(by, upload.id, None)
    except BaseException:
        uploads.abandon(upload.id)
        raise


def concatenate(*, by: Caller, beginning: Beginning, upload_ids: Sequence[UUID]) -> Progress:
    """Make a file of partial uploads, in this order, which are over then.

    Whoever asks again is answered the same. Raises NotFound, BadInput, Conflict for one that has not all its bytes,
    NameTaken or QuotaExceeded.
    """
    if not 0 < len(set(upload_ids)) == len(upload_ids) <= joining.MOST:
        raise BadInput("Upload-Concat", f"Name 1 to {joining.MOST} partial uploads, each of them once.")
    final_id = joining.id_of(upload_ids)
    with suppress(NotFound):
        return look_at(by=by, upload_id=final_id)
    folder, name = _place(by, beginning)
    for upload_id in upload_ids:
        upload_for(by, upload_id)
    try:
        joining.join(by=by, folder=folder, name=name, upload_ids=upload_ids, said=beginning.said)
    except NotFound:  # unless somebody has done just this in this moment
        with suppress(NotFound):
            return look_at(by=by, upload_id=final_id)
        raise
    return _finished_if_whole(by, final_id, None)


def go_on(
    *,
    by: Caller,
    upload_id: UUID,
    offset: int,
    body: Body,
    size: int | None = None,
    on_conflict: OnConflict | None = None,
) -> Progress:
    """Go on with the upload at `offset`; with its last byte it becomes a file.

    `size` is that of the whole, if it was not known. A body of no bytes tries once more to finish what has all of
    them, maybe with another `on_conflict`. Raises OffsetMismatch, Conflict, AccessDenied for one that was
    concatenated, and what `streams.append`, `parts.announce` and `parts.finish` raise.
    """
    try:
        upload = upload_for(by, upload_id)
    except NotFound:
        return _after_its_end(by, upload_id, offset, body)
    with_more(by, upload)
    if upload.concat:
        _refuse_bytes(body)
    if size is not None:
        _announce(upload, offset, size)
    streams.append(upload_id, offset, body.chunks, body.expected)
    return _finished_if_whole(by, upload_id, on_conflict)


def look_at(*, by: Caller, upload_id: UUID) -> Progress:
    """Tell how far an upload has come, finished first if its own client asks and it has all its bytes.

    Raises as `go_on`.
    """
    try:
        upload = upload_for(by, upload_id)
    except NotFound:
        return progress_of(by=by, upload_id=upload_id)
    if upload.created_by_id != by.author_id:
        return progress_of(by=by, upload_id=upload_id)
    return _finished_if_whole(by, upload_id, None)


def unfinished(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[Progress]:
    """Return a page of the uploads that the caller has begun or is charged for, the latest first."""
    by.must_be_signed_in()
    rows = _reachable(by).order_by("-created_at", "-id")
    if values := values_of(cursor, datetime, UUID):
        created_at, upload_id = values
        rows = rows.filter(created_at__lte=created_at).exclude(created_at=created_at, id__gte=upload_id)
    of_it = UploadPart.objects.filter(upload=OuterRef("pk"), blob__isnull=False).order_by().values("upload")
    offset = Coalesce(
        Subquery(of_it.annotate(size=Sum("blob__size")).values("size")), 0, output_field=BigIntegerField()
    )
    return page_of(
        list(rows.annotate(offset=offset)[: limit + 1]),
        limit,
        shown=lambda row: progress(row, row.offset),
        after=lambda row: (row.created_at, row.id),
    )


def _reachable(by: Caller) -> QuerySet[Upload]:
    """Return the uploads that the caller may see; with an access key those in its folder."""
    found = parts.of_caller(by)
    if by.limits:
        by.limits.must_have(*SCOPES[Ability.ADD])
        if within := by.limits.folder_id:
            found = found.filter(folder__path__contains=[within])
    return found


def _check_size(size: int | None) -> None:
    if size is not None and size > MOST:
        raise BodyTooLarge(limit=MOST)


def _place(by: Caller, beginning: Beginning) -> tuple[Asset, str]:
    """Return the folder and the name of an upload that is about to begin. Raises BadInput or NameTaken."""
    folder = folder_for(by, beginning.folder_id, Ability.ADD).asset
    if beginning.said.is_partial:
        return folder, ""
    name = names.clean(beginning.name)
    check_early(folder, name, blindly(by, OnConflict(beginning.said.on_conflict), ANYHOW), ANYHOW)
    return folder, name


def _as_whole(body: Body, said: Said) -> Body:
    """Return a body with which all of a file comes, and which must have the digests of both."""
    digests = {name: bytes.fromhex(digest) for name, digest in said.digests.items()}
    for name, digest in body.expected.digests.items():
        if digests.setdefault(name, digest) != digest:
            raise FileDigestMismatch(algorithm=name)
    return replace(body, expected=replace(body.expected, digests=digests))


def _announce(upload: Upload, offset: int, size: int) -> None:
    """Say how large an upload is; saying it again is no mistake."""
    if upload.size == size:
        return
    _check_size(size)
    if upload.size is None and offset != (reached := parts.bytes_of(parts.complete(upload.id))):
        raise OffsetMismatch(offset=reached)
    parts.announce(upload.id, size)


def _after_its_end(by: Caller, upload_id: UUID, offset: int, body: Body) -> Progress:
    """Answer somebody who goes on with a file. Raises NotFound when it never was an upload."""
    done = progress_of(by=by, upload_id=upload_id)
    if done.concat:
        _refuse_bytes(body)
    if offset != done.offset or body.expected.size != 0:
        raise OffsetMismatch("The upload is finished.", offset=done.offset)
    return done


def _refuse_bytes(body: Body) -> None:
    if body.expected.size != 0:
        raise AccessDenied("What was concatenated takes no more bytes.")


def _finished_if_whole(by: Caller, upload_id: UUID, on_conflict: OnConflict | None) -> Progress:
    """Return how far the upload has come, as a file if it has all its bytes and waits for no others."""
    upload = parts.of_caller(by).filter(pk=upload_id).first()
    if upload is None:  # somebody else has finished it
        return progress_of(by=by, upload_id=upload_id)
    standing = progress(upload, parts.bytes_of(parts.complete(upload_id)))
    if standing.is_partial or standing.offset != standing.size:
        return standing
    ending = Ending(
        content_type=upload.content_type,
        expected=Expected(digests={name: bytes.fromhex(digest) for name, digest in (upload.digests or {}).items()}),
        on_conflict=on_conflict or OnConflict(upload.on_conflict),
    )
    try:
        done = finish(by=by, upload_id=upload_id, ending=ending)
    except DigestMismatch as mismatch:
        raise FileDigestMismatch(algorithm=mismatch.facts["algorithm"]) from None
    return replace(standing, name=done.file.name, expires_at=None, file_id=done.file.id)
