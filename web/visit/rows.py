"""How assets stand on the pages of a link: each leads on by the link, and its bytes come through its doors."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from assets.services.marks import Marks, marks_of
from assets.shapes import AssetView
from assets.words import Kind
from web.files.rows import drawing_of
from web.visit.coming import Coming


@dataclass(frozen=True)
class LinkRow:
    """An asset that somebody sees by a link."""

    asset: AssetView
    is_pictured: bool
    coming: Coming

    @property
    def is_folder(self) -> bool:
        return self.asset.kind == Kind.FOLDER

    @property
    def drawing(self) -> str:
        return drawing_of(self.asset)

    @property
    def address(self) -> str:
        return reverse("visit-asset", args=[self.coming.token, self.asset.id])

    @property
    def download(self) -> str:
        """Where the file comes from, or the folder as an archive."""
        return f"{self.coming.door}/assets/{self.asset.id}/download/"

    @property
    def view(self) -> str:
        return f"{self.coming.door}/files/{self.asset.id}/view/"

    @property
    def content(self) -> str:
        return f"{self.coming.door}/files/{self.asset.id}/content"

    @property
    def thumbnail(self) -> str:
        return f"{self.coming.door}/files/{self.asset.id}/thumbnail"


def rows_by(coming: Coming, shown: Sequence[AssetView]) -> list[LinkRow]:
    """Return what a page shows of these assets. One query."""
    marks = marks_of(by=coming.by, shown=shown)
    return [LinkRow(view, marks.get(view.id, Marks()).pictured, coming) for view in shown]
