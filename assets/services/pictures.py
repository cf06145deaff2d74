"""What files show of themselves: their small pictures, and how large and how long they are."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from accounts.bearers import Bearer
from accounts.callers import Caller
from assets.access import asset_for, enter, of_kind
from assets.blobs import is_remote, place_of, read_blob
from assets.models import Blob, Preview, Thumbnail, Version
from assets.pictures import CONTENT_TYPE, EDGES
from assets.refusals import NoPreview
from assets.shapes import AssetView, view_of
from assets.visits import check_limit
from assets.words import Ability, Kind
from cloudbox.errors import NotFound
from cloudbox.http import Content


@dataclass(frozen=True)
class PreviewView:
    """What is known of a picture, video or sound: pixels, milliseconds, and the edges of its thumbnails in pixels.

    `state` is waiting, made or none; `reason` says why there is none.
    """

    state: str
    reason: str
    width: int | None
    height: int | None
    duration: int | None
    thumbnails: tuple[int, ...]


def file_and_preview(*, by: Caller, file_id: UUID) -> tuple[AssetView, PreviewView | None]:
    """Return a file as the caller sees it, and what it shows; None where nobody looks for anything."""
    entry = of_kind(asset_for(by, file_id, Ability.READ), Kind.FILE)
    current = entry.asset.current
    return view_of(entry), _preview(current.blob_id) if current else None


def open_thumbnail(*, by: Caller | Bearer, file_id: UUID, seq: int | None = None, edge: int = EDGES[0]) -> Content:
    """Return a small picture of the file, or of its version `seq`: the least with `edge` pixels, or the largest.

    Raises NoPreview when there is none, or not yet. Who looks at small pictures is not recorded, nor do they count as
    downloads of a link; but they are not shown, either, where that has none left: raises DownloadLimitReached.
    """
    caller, entry = enter(by, file_id, Ability.READ)
    check_limit(caller)
    of_kind(entry, Kind.FILE)
    version = entry.asset.current if seq is None else Version.objects.filter(asset=file_id, seq=seq).first()
    if version is None or version.blob_id is None:
        raise NotFound
    image = _image(version.blob_id, edge)
    return Content(
        open=lambda start, stop: read_blob(image, start, stop),
        size=image.size,
        etag=(image.sha256 or "")[:32],
        modified=image.created_at,
        content_type=CONTENT_TYPE,
        name=f"{PurePosixPath(entry.asset.name).stem}.webp",
        inline=True,
        remote=is_remote(image),
        path=place_of(image),
    )


def _image(blob_id: UUID, edge: int) -> Blob:
    found = list(Thumbnail.objects.filter(preview__blob=blob_id).select_related("image").order_by("edge"))
    if not found:
        preview = _preview(blob_id)
        raise NoPreview(state=preview.state if preview else str(Preview.State.NONE))
    return next((thumbnail for thumbnail in found if thumbnail.edge >= edge), found[-1]).image


def _preview(blob_id: UUID | None) -> PreviewView | None:
    row = Preview.objects.filter(blob=blob_id).prefetch_related("thumbnails").first()
    if row is None:
        return None
    return PreviewView(
        state=row.state,
        reason=row.reason if row.state == Preview.State.NONE else "",
        width=row.width,
        height=row.height,
        duration=row.duration,
        thumbnails=tuple(thumbnail.edge for thumbnail in row.thumbnails.all()),
    )
