"""What is in a file, as far as a browser can show it. The bytes come from the API, with its headers."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.callers import Caller
from assets.services import tree
from assets.words import Kind
from cloudbox.media_types import FRAMED, OPAQUE, may_be_shown
from web.files.rows import Row, rows_of
from web.pages import for_people, shown
from web.pieces import is_piece, show_piece

DRAWING = "image/svg+xml"  # runs no script in an <img>
LARGEST_PICTURE = 64 * 2**20  # bytes; a larger one is shown small
TEXTS = (
    "application/json", "application/jsonl", "application/xml", "application/javascript", "application/x-sh",
    "application/sql", "application/yaml", "application/toml", "application/x-python",
)  # fmt: skip
# Endings of texts whose media type says nothing.
_ENDINGS = """
.bat .c .cfg .conf .cpp .css .csv .diff .env .gitignore .go .h .ini .java .js .json .kt .lock .log .lua .md .patch .php
.pl .properties .ps1 .py .rb .rs .rst .sh .sql .srt .swift .tex .toml .ts .tsv .tsx .txt .vtt .xml .yaml .yml
"""
WRITTEN = frozenset(_ENDINGS.split())


@dataclass(frozen=True)
class Stage:
    """How a file is shown: `kind` is picture, small, pdf, video, audio, text or none; `address` is of the bytes.

    In a `tab` of its own it is shown by the browser, and if that shows no such thing it is saved.
    """

    kind: str
    address: str
    tab: str


def stage_of(row: Row) -> Stage:
    """Return how a browser shows the file. What only its thumbnail shows is `small`."""
    asset = row.asset
    view = f"/api/v1/store/files/{asset.id}/view"
    this_version = f"/api/v1/store/files/{asset.id}/versions/{asset.version}/content"  # of which no cache is wrong
    content_type = asset.content_type.split(";")[0].strip().lower()
    family = content_type.partition("/")[0]
    if family == "image" and asset.size <= LARGEST_PICTURE and may_be_shown(content_type):
        return Stage("picture", this_version, view)
    if content_type == DRAWING and asset.size <= LARGEST_PICTURE:
        return Stage("picture", this_version, "")
    if content_type == FRAMED:
        return Stage("pdf", view, view)
    if family in {"video", "audio"}:
        return Stage(family, view, "")
    if _is_text(content_type, asset.name):
        return Stage("text", this_version, "")
    return Stage("small" if row.marks.pictured else "none", this_version, "")


def _is_text(content_type: str, name: str) -> bool:
    ending = PurePosixPath(name.lower())
    said = content_type.startswith("text/") or content_type in TEXTS or content_type.endswith(("+json", "+xml"))
    return (said and content_type != DRAWING) or (
        content_type in {OPAQUE, ""} and (ending.suffix or ending.name) in WRITTEN
    )


@shown
@for_people
def preview(request: HttpRequest, by: Caller, asset_id: str) -> HttpResponseBase:
    """What is in a file: a page, and a piece that stands over a list."""
    steps = tree.steps_to(by=by, asset_id=UUID(asset_id))
    asset = steps[-1]
    if asset.kind == Kind.FOLDER:
        return redirect("asset", asset_id=asset.id)
    row = rows_of(by, [asset])[0]
    context: dict[str, Any] = {
        "row": row,
        "asset": asset,
        "stage": stage_of(row),
        "folder": steps[-2] if len(steps) > 1 else None,
    }
    if not is_piece(request):  # over a list, it is that list which is looked through
        context["before"], context["after"] = tree.neighbours_of(by=by, file_id=asset.id)
    return show_piece(request, "files/preview.html", context, whole="base.html")
