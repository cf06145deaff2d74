"""A store whose reads go wrong, and blobs that lie in it."""

import random
from collections.abc import Callable, Iterator

import pytest

from assets import storage
from assets.blobs import read_blob
from assets.digests import BLOCK, BlockChecksums
from assets.models import Blob, BlobPart, Damage
from assets.storage.filesystem import FilesystemStore

Fault = Callable[[Iterator[bytes], int], Iterator[bytes]]  # what a store gives, from which offset on -> what comes


SMALL, LARGE = 1000, 3 * BLOCK + 1234


class FaultyStore(FilesystemStore):
    """A store on a disk whose reads go wrong: each takes the next of `faults`, and is right when none is left."""

    faults: list[Fault]

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        blocks = super().read(key, start, stop)
        return self.faults.pop(0)(blocks, start) if self.faults else blocks


def flipped(offset: int, blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """A bit of the byte at `offset` is another on the way."""
    for block in blocks:
        there = offset - start
        yield block[:there] + bytes([block[there] ^ 4]) + block[there + 1 :] if 0 <= there < len(block) else block
        start += len(block)


def cut(size: int, blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """The store says nothing after so many bytes."""
    for block in blocks:
        yield block[:size]
        size -= len(block)
        if size <= 0:
            return


def broken(size: int, error: Callable[[], OSError], blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """The store fails after so many bytes."""
    yield from cut(size, blocks, start)
    raise error()


def pattern(size: int, seed: int = 0) -> bytes:
    """Return bytes in which no two blocks are the same."""
    return random.Random(seed).randbytes(size)


def plain(store, key: str, data: bytes, **more) -> Blob:
    checksums = BlockChecksums()
    checksums.update(data)
    store.write(key, [data])
    return Blob.objects.create(
        **{"store": store.name, "key": key, "size": len(data), "crcs": checksums.value(), **more}
    )


def composite(store, *parts: bytes) -> Blob:
    whole = Blob.objects.create(kind="composite", store=store.name, size=sum(map(len, parts)))
    start = 0
    for position, data in enumerate(parts):
        part = plain(store, f"{whole.id.hex}-{position}", data)
        BlobPart.objects.create(blob=whole, position=position, start=start, part=part)
        start += len(data)
    return whole


def read(blob: Blob, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(read_blob(blob, start, blob.size if stop is None else stop))


def read_until_it_breaks(blob: Blob, error: type[Exception], start: int = 0, stop: int | None = None) -> bytes:
    """Return what came before the error, which must come."""
    came: list[bytes] = []
    with pytest.raises(error):
        came.extend(read_blob(blob, start, blob.size if stop is None else stop))
    return b"".join(came)


def alter(store, key: str, offset: int) -> None:
    """Flip a bit in the store."""
    with store.path(key).open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def damages() -> list[tuple[str | None, str]]:
    return list(Damage.objects.values_list("blob__key", "kind"))


def move(blob: Blob, there, key: str) -> None:
    """Carry a plain blob to another store and take it from where it was, as a move does."""
    here = storage.store_named(blob.store)
    there.write(key, here.read(blob.key or ""))
    Blob.objects.filter(pk=blob.pk).update(store=there.name, key=key)
    here.delete(blob.key or "")
