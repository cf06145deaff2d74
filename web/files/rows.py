"""How assets stand on pages: a drawing, a name, and where a click leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.callers import Caller
from assets.services.marks import Marks, marks_of
from assets.shapes import AssetView
from assets.words import Kind

DRAWINGS = (  # by the beginning of the media type
    ("image/", "image"),
    ("video/", "video"),
    ("audio/", "audio"),
    ("text/", "text"),
    ("application/json", "text"),
    ("application/pdf", "pdf"),
    ("application/zip", "archive"),
    ("application/gzip", "archive"),
    ("application/x-tar", "archive"),
    ("application/x-7z", "archive"),
)

CALLED = {
    "folder": _("Folder"),
    "image": _("Picture"),
    "video": _("Video"),
    "audio": _("Sound"),
    "text": _("Text"),
    "pdf": _("PDF"),
    "archive": _("Archive"),
    "file": _("File"),
}


@dataclass(frozen=True)
class Row:
    """An asset in a list. `asset` is its AssetView; `note` says something of it that only this list knows."""

    asset: AssetView
    marks: Marks
    note: str = ""

    @property
    def is_folder(self) -> bool:
        return self.asset.kind == Kind.FOLDER

    @property
    def drawing(self) -> str:
        return drawing_of(self.asset)

    @property
    def called(self) -> str:
        """What people call such a thing."""
        return str(CALLED[self.drawing])

    @property
    def address(self) -> str:
        return address_of(self.asset.id)

    @property
    def download(self) -> str:
        """Where the file comes from, or the folder as an archive."""
        return f"/api/v1/store/assets/{self.asset.id}/download/"

    @property
    def thumbnail(self) -> str:
        return f"/api/v1/store/files/{self.asset.id}/thumbnail"


def drawing_of(asset: AssetView) -> str:
    """Return the name of the icon of such an asset."""
    if asset.kind == Kind.FOLDER:
        return "folder"
    return drawing_of_type(asset.content_type)


def drawing_of_type(content_type: str) -> str:
    """Return the name of the icon of files of a type."""
    return next((name for beginning, name in DRAWINGS if content_type.startswith(beginning)), "file")


def address_of(asset_id: UUID) -> str:
    """Return the page of a folder, or of a file."""
    return reverse("asset", args=[asset_id])


def rows_of(by: Caller, shown: Sequence[AssetView], notes: dict[UUID, str] | None = None) -> list[Row]:
    """Return what a list shows of these assets. One query."""
    marks = marks_of(by=by, shown=shown)
    return [Row(view, marks.get(view.id, Marks()), (notes or {}).get(view.id, "")) for view in shown]
