"""Reading what a blob holds, wherever its bytes lie. A byte that is not what was stored is never handed on."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog
from google_crc32c import extend as crc32c

from assets import damage, storage
from assets.digests import BLOCK, CRC_SIZE
from assets.models import Blob
from assets.rows import ask
from assets.words import Harm
from cloudbox.errors import ContentDamaged, NotFound, StoreUnavailable
from cloudbox.http import release_connection

log = structlog.get_logger(__name__)

LINKED = 900  # seconds that a link to the bytes works, as long as an access token
TRIES = 3  # at a block: what is wrong was perhaps altered on its way here
# One snapshot, for a composite becomes a plain blob when it is compacted. A few parts at a time: there may be 10 000.
_PIECES = """
SELECT 0 AS start, id, store, key, size, crcs FROM assets_blob WHERE id = %(blob)s AND kind = 'plain'
UNION ALL
SELECT p.start, b.id, b.store, b.key, b.size, b.crcs
FROM assets_blob w JOIN assets_blobpart p ON p.blob_id = w.id JOIN assets_blob b ON b.id = p.part_id
WHERE w.id = %(blob)s AND w.kind = 'composite' AND p.start < %(stop)s AND p.start + b.size > %(start)s
ORDER BY start LIMIT 32
"""


class _Piece(NamedTuple):
    """A plain blob: what is read, or a part of that. `start` is the offset of its first byte in the whole."""

    start: int
    blob_id: UUID
    store: str
    key: str
    size: int
    crcs: bytes | None  # None: not known, as of a blob that 0.1.0 stored

    @property
    def stop(self) -> int:
        return self.start + self.size

    def has(self, block: list[bytes], start: int) -> bool:
        """Say whether `block` is what the blob has from its offset `start` on."""
        if sum(map(len, block)) != min(BLOCK, self.size - start):
            return False
        at = start // BLOCK * CRC_SIZE
        return self.crcs is None or reduce(crc32c, block, 0).to_bytes(CRC_SIZE, "big") == self.crcs[at : at + CRC_SIZE]


class _AlteredError(Exception):
    """A block is not what was stored, however often it is read."""


class _Failure(NamedTuple):
    piece: _Piece
    harm: Harm


def read_blob(blob: Blob, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from offset `start` up to `stop`, each MiB once its checksum has been found right.

    What is not where it was, or not what it was, is looked for where its row says by then: a move may have carried
    it off, or made one blob of the parts. No connection is held while bytes flow, and of those about 2 MiB.
    Raises ContentDamaged, after that was noted, StoreUnavailable, or NotFound for a blob that has been deleted;
    after the first bytes these break the answer off.
    """
    at, pieces, failure = start, _at_hand(blob), None
    while at < stop:
        pieces = pieces or _found(blob.id, at, stop, failure)
        piece = pieces.pop(0)
        try:
            for chunk in _verified(piece, at - piece.start, min(stop, piece.stop) - piece.start):
                yield chunk
                at += len(chunk)
        except FileNotFoundError:
            pieces, failure = [], _Failure(piece, Harm.MISSING)
        except _AlteredError:
            pieces, failure = [], _Failure(piece, Harm.ALTERED)


def place_of(blob: Blob) -> Path | None:
    """Return where the blob lies as one file below the blobs' directory, None if it does not."""
    try:
        return storage.store_named(blob.store).place(blob.key) if blob.key else None
    except LookupError:  # whoever reads it is told
        return None


def is_remote(blob: Blob) -> bool:
    """Say whether another machine is asked for the blob, or may be for one of its parts."""
    try:
        return (storage.store_named(blob.store) if blob.key else storage.primary()).remote
    except LookupError:
        return False


def link_to(blob: Blob, headers: Mapping[str, str]) -> str | None:
    """Return a URL from which the store sends the blob with these headers, None if it does not."""
    try:
        return storage.store_named(blob.store).link(blob.key, seconds=LINKED, headers=headers) if blob.key else None
    except LookupError:
        return None


def _at_hand(blob: Blob) -> list[_Piece]:
    """Return what to read without a query, nothing if that takes one."""
    if blob.crcs is None or blob.key is None:
        return []
    return [_Piece(0, blob.id, blob.store, blob.key, blob.size, bytes(blob.crcs))]


def _found(blob_id: UUID, start: int, stop: int, failure: _Failure | None) -> list[_Piece]:
    """Return what to read from offset `start` on, the first pieces of it.

    Raises NotFound when there is no such blob any more, ContentDamaged when it still is what could not be read.
    """
    try:
        pieces = [_Piece(*row) for row in ask(_PIECES, {"blob": blob_id, "start": start, "stop": stop})]
        if not pieces:
            raise NotFound
        if failure and failure.piece[:4] == pieces[0][:4]:
            damage.report(failure.piece.blob_id, failure.harm)
            raise ContentDamaged(kind=failure.harm.value)
        return pieces
    finally:
        release_connection()


def _verified(piece: _Piece, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes of a plain blob from its offset `start` up to `stop`. Raises _AlteredError or FileNotFoundError.

    Whole blocks are read, for those have checksums. From one that is wrong or cut short, all is read anew.
    """
    at, tries = start, 0
    while at < stop:
        if tries == TRIES:
            raise _AlteredError
        tries += 1
        first = at - at % BLOCK
        last = min(stop + -stop % BLOCK, piece.size)
        for block in _in_blocks(_stored(piece, first, last)):
            if not piece.has(block, first):
                break
            yield from _cut(block, at - first, stop - first)
            first += BLOCK
            at, tries = min(first, stop), 0


def _stored(piece: _Piece, start: int, stop: int) -> Iterator[bytes]:
    """Yield what the store has, which may be less. Raises FileNotFoundError if that is nothing, or StoreUnavailable."""
    chunks = None
    try:
        chunks = storage.store_named(piece.store).read(piece.key, start, stop)
        yield from chunks
    except FileNotFoundError:
        if chunks is None:
            raise
        # else it was deleted while it was read, and what is missing will be looked for
    except StoreUnavailable:
        raise
    except (OSError, LookupError) as error:  # a disk that fails, or a store that no setting knows any more
        log.warning("store_not_read", store=piece.store, error=type(error).__name__)
        raise StoreUnavailable(f"The store {piece.store} cannot be read just now.") from error


def _in_blocks(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Gather the chunks, cut where need be, in lists that are a block each; only the last may be shorter."""
    block, room = [], BLOCK
    for chunk in chunks:
        start = 0
        while start < len(chunk):
            piece = chunk[start : start + room]  # the chunk itself, uncopied, when it all goes in
            block.append(piece)
            start, room = start + len(piece), room - len(piece)
            if not room:
                yield block
                block, room = [], BLOCK
    if block:
        yield block


def _cut(block: list[bytes], start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes of the block from its offset `start` up to `stop`, in its chunks, and keep none of them."""
    while block:
        chunk = block.pop(0)
        if wanted := chunk[max(start, 0) : max(stop, 0)]:
            yield wanted
        start, stop = start - len(chunk), stop - len(chunk)
