"""Counting and hashing bytes on their way in, and refusing what is not what the client announced."""

import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from google_crc32c import extend as crc32c

from cloudbox.errors import DigestMismatch, LengthMismatch

BLOCK = 2**20  # bytes that one checksum stands for
CRC_SIZE = 4  # bytes of a CRC32C
THREADED_FROM = 8 * 1024 * 1024  # bytes; below, a thread costs more than it wins


@dataclass(frozen=True)
class Expected:
    """What the client said of its body: `size` in bytes and digests as raw bytes by hashlib's names.

    Of a file in a form only `most` is known, the size of the form.
    """

    size: int | None = None
    digests: dict[str, bytes] = field(default_factory=dict)
    most: int | None = None


@dataclass(frozen=True)
class Measured:
    """What a body turned out to be. Digests are raw bytes by hashlib's names, `crcs` those of BlockChecksums."""

    size: int
    digests: dict[str, bytes]
    crcs: bytes

    def hex(self, algorithm: str) -> str | None:
        """Return the digest in hex, or None when it was not computed."""
        return self.digests[algorithm].hex() if algorithm in self.digests else None


class BlockChecksums:
    """The CRC32C of each MiB of some bytes, however they are cut into chunks; `Blob.crcs` keeps them.

    With them a part of a blob is checked without reading the rest. They cost 0.05 seconds a GiB.
    """

    def __init__(self) -> None:
        self._done = bytearray()
        self._crc = 0  # of the block that has begun
        self._room = BLOCK  # bytes that it still takes

    def update(self, chunk: bytes) -> None:
        """Take the next bytes."""
        start = 0
        while start < len(chunk):
            piece = chunk[start : start + self._room]  # the chunk itself, uncopied, when it all goes in
            start += len(piece)
            self._room -= len(piece)
            self._crc = crc32c(self._crc, piece)
            if not self._room:
                self._done += self._crc.to_bytes(CRC_SIZE, "big")
                self._crc, self._room = 0, BLOCK

    def value(self) -> bytes:
        """Return the checksums of the bytes so far: 4 bytes, big-endian, for each MiB and for the rest."""
        rest = b"" if self._room == BLOCK else self._crc.to_bytes(CRC_SIZE, "big")
        return bytes(self._done) + rest


class Measuring:
    """Iterate over the chunks of a body, measuring it.

    The iteration ends with LengthMismatch or DigestMismatch unless the body is what was `expected`; a
    store that gives bytes their key only after the last chunk therefore never keeps a wrong one.
    `result` is there once the iteration has ended well.
    """

    def __init__(self, chunks: Iterable[bytes], expected: Expected, algorithms: Iterable[str] = ("sha256",)) -> None:
        self._chunks = chunks
        self._expected = expected
        self._algorithms = sorted({*algorithms, *expected.digests})
        self.result: Measured | None = None

    def __iter__(self) -> Iterator[bytes]:
        hashing = _hashers(self._algorithms, self._expected.size)
        crcs, size = BlockChecksums(), 0
        try:
            for chunk in self._chunks:
                size += len(chunk)
                self._check_not_longer(size)
                for hasher in hashing:
                    hasher.update(chunk)
                crcs.update(chunk)
                yield chunk
        finally:
            digests = {hasher.name: hasher.digest() for hasher in hashing}
        self._check(size, digests)
        self.result = Measured(size, digests, crcs.value())

    def _check_not_longer(self, size: int) -> None:
        if self._expected.size is not None and size > self._expected.size:
            raise LengthMismatch("The body is longer than announced.", announced=self._expected.size)

    def _check(self, size: int, digests: dict[str, bytes]) -> None:
        if self._expected.size is not None and size != self._expected.size:
            raise LengthMismatch("The body is shorter than announced.", announced=self._expected.size, received=size)
        for algorithm, digest in self._expected.digests.items():
            if digests[algorithm] != digest:
                raise DigestMismatch(algorithm=algorithm)


def _hashers(algorithms: list[str], size: int | None) -> "list[_Hasher]":
    """Return a hasher per algorithm; large bodies with several digests get a thread for each."""
    threaded = len(algorithms) > 1 and (size is None or size >= THREADED_FROM)
    return [_ThreadedHasher(name) if threaded else _Hasher(name) for name in algorithms]


class _Hasher:
    def __init__(self, name: str) -> None:
        self.name = name
        # MD5 is here to be compared with what clients send (RFC 1864), not to keep a secret.
        self._hash = hashlib.new(name, usedforsecurity=False)

    def update(self, chunk: bytes) -> None:
        self._hash.update(chunk)

    def digest(self) -> bytes:
        return self._hash.digest()


class _ThreadedHasher(_Hasher):
    """Hash in a thread of its own: hashlib releases the interpreter while it works."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=4)  # chunks, so memory stays flat
        self._thread = threading.Thread(target=self._work, name=f"digest-{name}", daemon=True)
        self._thread.start()

    def update(self, chunk: bytes) -> None:
        self._waiting.put(chunk)

    def digest(self) -> bytes:
        self._waiting.put(None)
        self._thread.join()
        return super().digest()

    def _work(self) -> None:
        while (chunk := self._waiting.get()) is not None:
            self._hash.update(chunk)
