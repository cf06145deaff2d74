"""Reading what a blob holds, wherever its bytes lie."""

from collections.abc import Iterator
from pathlib import Path

from assets import storage
from assets.models import Blob, BlobPart
from assets.storage import Store

_Piece = tuple[Store, str, int, int]  # store, key, first byte, byte after the last


def read_blob(blob: Blob, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from offset `start` up to `stop`; a composite is read part after part.

    Everything is looked up before the first byte, so that no database connection is held while bytes flow.
    Raises FileNotFoundError on the call when the first piece is missing.
    """
    pieces = [_plain(blob, start, stop)] if blob.kind == "plain" else _parts(blob, start, stop)
    return _chain(_open(pieces[0]), pieces[1:]) if pieces else iter(())


def _chain(blocks: Iterator[bytes], others: list[_Piece]) -> Iterator[bytes]:
    yield from blocks
    for piece in others:
        yield from _open(piece)


def _open(piece: _Piece) -> Iterator[bytes]:
    store, key, start, stop = piece
    return store.read(key, start, stop)


def _plain(blob: Blob, start: int, stop: int) -> _Piece:
    return storage.store_named(blob.store), blob.key or "", start, stop


def _parts(blob: Blob, start: int, stop: int) -> list[_Piece]:
    parts = BlobPart.objects.filter(blob=blob, start__lt=stop).select_related("part").order_by("position")
    return [
        _plain(part.part, max(start - part.start, 0), min(stop - part.start, part.part.size))
        for part in parts
        if part.start + part.part.size > start
    ]


def place_of(blob: Blob) -> Path | None:
    """Return where the blob lies as one file below the blobs' directory, None if it does not."""
    return storage.store_named(blob.store).place(blob.key) if blob.key else None
