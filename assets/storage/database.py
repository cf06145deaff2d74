"""Blobs as rows in PostgreSQL, next to everything else: one backup has it all."""

from collections.abc import Iterable, Iterator, Mapping

from django.db import IntegrityError, transaction

from assets.models import StoredChunk, StoredObject
from assets.storage.protocol import Stored
from cloudbox.http import release_connection

CHUNK = 2**20  # bytes in each row but the last


class DatabaseStore:
    """Rows of 1 MiB below a row for each key, which says when they are complete.

    Each row is a transaction of its own, and no connection is kept from one to the next, however slowly
    the bytes come or go.
    """

    remote = False  # it is there whenever the rows are that name its blobs

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, key: str, chunks: Iterable[bytes], size: int | None = None) -> int:  # noqa: ARG002  a hint for others
        draft = StoredObject.objects.create(store=self.name, key=key)
        release_connection()
        written = 0
        try:
            for position, data in enumerate(_rows(chunks)):
                _add(draft, position, data)
                written += len(data)
            _complete(draft, written)
        except BaseException:
            StoredObject.objects.filter(pk=draft.pk).delete()
            raise
        finally:
            release_connection()
        return written

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        found = self._find(key)
        return _blocks(found, start, found.size if stop is None else min(stop, found.size))

    def size(self, key: str) -> int:
        return self._find(key).size

    def place(self, key: str) -> None:  # noqa: ARG002  rows are no file
        return None

    def link(self, key: str, *, seconds: int, headers: Mapping[str, str]) -> None:  # noqa: ARG002  nor an address
        return None

    def delete(self, key: str) -> None:
        StoredObject.objects.filter(store=self.name, key=key).delete()

    def stored(self) -> Iterator[Stored]:
        for row in StoredObject.objects.filter(store=self.name):
            yield Stored(row.key, row.size, row.created_at)

    def make(self) -> None:
        """The migrations have made the tables."""

    def check(self) -> None:
        StoredObject.objects.filter(store=self.name).exists()

    def _find(self, key: str) -> StoredObject:
        found = StoredObject.objects.filter(store=self.name, key=key, complete=True).first()
        if found is None:
            raise FileNotFoundError(key)
        return found


def _add(draft: StoredObject, position: int, data: bytes) -> None:
    try:
        with transaction.atomic():
            StoredChunk.objects.create(object=draft, position=position, data=data)
    except IntegrityError:
        raise FileNotFoundError(draft.key) from None
    finally:
        release_connection()


def _complete(draft: StoredObject, size: int) -> None:
    if not StoredObject.objects.filter(pk=draft.pk).update(size=size, complete=True):
        raise FileNotFoundError(draft.key)


def _rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the chunks anew, so that a position says which bytes are in the row."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


def _blocks(found: StoredObject, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        position, skipped = divmod(start, CHUNK)
        row = StoredChunk.objects.filter(object=found.pk, position=position).values_list("data", flat=True).first()
        release_connection()
        if row is None:
            raise FileNotFoundError(found.key)
        block = bytes(row)[skipped : skipped + stop - start]
        start += len(block)
        yield block
