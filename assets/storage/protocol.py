"""What a store is. Every kind passes the same contract, `tests/assets/storage/contract.py`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """Something a store holds: `size` in bytes, `modified` aware and in UTC."""

    key: str
    size: int
    modified: datetime


class Store(Protocol):
    """A named place where immutable bytes live, each under a key that is used once.

    Keys are random hex and say nothing of what they hold. A missing key is FileNotFoundError, a full
    disk StorageFull, and a store that does not answer or fails just now StoreUnavailable, which is an OSError.
    """

    name: str
    remote: bool  # another machine's: it may be away, so that bytes land in the spool first

    def write(self, key: str, chunks: Iterable[bytes], size: int | None = None) -> int:
        """Keep the bytes of `chunks` durably under `key` and return how many they are; `size` is a hint.

        The key exists only once `chunks` has ended without an error: whatever `chunks` raises passes
        through, and leaves nothing behind. Raises FileNotFoundError when `delete` has come in between.
        """

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from offset `start` up to `stop` (to the end when None), in blocks of at most 1 MiB.

        Raises FileNotFoundError on the call, not at the first block. A reader of a key that is deleted meanwhile
        reads to the end, or gets FileNotFoundError; it never just ends early.
        """

    def size(self, key: str) -> int:
        """Return how many bytes `key` has."""

    def place(self, key: str) -> Path | None:
        """Return where `key` lies below the blobs' directory, from where nginx may send it; None if it is not there."""

    def link(self, key: str, *, seconds: int, headers: Mapping[str, str]) -> str | None:
        """Return a URL from which anybody reads `key` for so long, answered with these headers; None if it has none."""

    def delete(self, key: str) -> None:
        """Remove `key` and whatever an interrupted write left of it. A missing key is no error."""

    def stored(self) -> Iterator[Stored]:
        """Yield all that the store holds, in no order; unfinished writes are listed under their key, too."""

    def make(self) -> None:
        """Make the place where the blobs lie if there is none. Raises OSError when that is not allowed."""

    def check(self) -> None:
        """Raise OSError when the store cannot take bytes just now."""
