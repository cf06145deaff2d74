"""Blobs as files on a local disk."""

import errno
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from assets.storage.protocol import Stored
from cloudbox.errors import StorageFull, StoreUnavailable

BLOCK = 2**18  # bytes read at a time

SERVED = "local"  # the name of the store whose directory nginx sends from, where it does

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

log = logging.getLogger(__name__)


@contextmanager
def _answering() -> Iterator[None]:
    """Translate what the disk says to a write. What comes from the sender is an OSError, too, and is left as it is."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from None
        why = os.strerror(error.errno or errno.EIO)
        log.error("disk_takes_nothing", extra={"error": why})  # noqa: TRY400  a stack would show where it lies
        raise StoreUnavailable(f"The disk of the files takes nothing just now: {why}.") from None


class FilesystemStore:
    """A file per key below `root`, fanned out over 256 folders: more would have to be made, and fsynced, for years.

    Bytes go to `unfinished/<key>`, are fsynced, and only then get their place by a rename in the same
    file system, so a key that exists is whole.
    """

    remote = False

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.root = root
        self._unfinished = root / "unfinished"
        self._durable: set[Path] = set()

    def write(self, key: str, chunks: Iterable[bytes], size: int | None = None) -> int:  # noqa: ARG002  a hint for others
        draft, place = self._unfinished / key, self.path(key)
        try:
            with self._new(draft) as file:
                written = sum(_write_all(file, chunk) for chunk in chunks)
                _sync(file)
            self._settle(draft, place)
        except BaseException:
            with suppress(OSError):  # what went wrong first says more; `stored` lists what is left
                draft.unlink()
            raise
        return written

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        file = self.path(key).open("rb", buffering=0)
        return _blocks(file, start, os.fstat(file.fileno()).st_size if stop is None else stop)

    def size(self, key: str) -> int:
        return self.path(key).stat().st_size

    def place(self, key: str) -> Path | None:
        return Path(key[-2:], key) if self.name == SERVED else None

    def link(self, key: str, *, seconds: int, headers: Mapping[str, str]) -> None:  # noqa: ARG002  a disk has no address
        return None

    def delete(self, key: str) -> None:
        for file in (self._unfinished / key, self.path(key)):
            file.unlink(missing_ok=True)

    def stored(self) -> Iterator[Stored]:
        for folder, _, names in os.walk(self.root, onerror=_unless_missing):
            for file in (Path(folder) / name for name in names):
                if file not in {self.path(file.name), self._unfinished / file.name}:
                    continue  # somebody else's
                with suppress(FileNotFoundError):  # deleted since it was listed
                    facts = file.stat()
                    yield Stored(file.name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def make(self) -> None:
        _make(self._unfinished)

    def check(self) -> None:
        self.make()
        with tempfile.TemporaryFile(dir=self._unfinished) as file:
            file.write(b"CloudBox")

    def path(self, key: str) -> Path:
        """Return where `key` lies; the last letters fan out, for the first ones of an id are its time."""
        return self.root.joinpath(key[-2:], key)

    @_answering()
    def _new(self, draft: Path) -> BinaryIO:
        try:
            return draft.open("xb", buffering=0)
        except FileNotFoundError:
            self.make()
            return draft.open("xb", buffering=0)

    @_answering()
    def _settle(self, draft: Path, place: Path) -> None:
        """Give the whole file its place, durably."""
        self._make_folder(place.parent)
        draft.rename(place)
        _sync_folder(place.parent)

    def _make_folder(self, folder: Path) -> None:
        """Make the folder's own name durable, once in each process: another may have made it and not got that far.

        It is looked for each time: a store may be emptied or put back under a running server.
        """
        if folder not in self._durable or not folder.exists():
            folder.mkdir(exist_ok=True)
            _sync_folder(self.root)
            self._durable.add(folder)


def _unless_missing(error: OSError) -> None:
    """Raise what keeps a folder from being listed: what cannot be seen must not look as if it were not there."""
    if not isinstance(error, FileNotFoundError):  # deleted since, or nothing was ever stored
        raise error


@_answering()
def _write_all(file: BinaryIO, chunk: bytes) -> int:
    """Write the whole chunk, which an unbuffered file may take in pieces."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]
    return len(chunk)


@_answering()
def _sync(file: BinaryIO) -> None:
    os.fsync(file.fileno())


def _blocks(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = stop - start
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _make(folder: Path) -> None:
    """Make the folder and those above it, and each of their names durable."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in `folder` as durable as the bytes they name."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
