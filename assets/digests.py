"""Counting and hashing bytes on their way in, and refusing what is not what the client announced."""

import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cloudbox.errors import DigestMismatch, LengthMismatch

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
    """What a body turned out to be. Digests are raw bytes by hashlib's names."""

    size: int
    digests: dict[str, bytes]

    def hex(self, algorithm: str) -> str | None:
        """Return the digest in hex, or None when it was not computed."""
        return self.digests[algorithm].hex() if algorithm in self.digests else None


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
        size = 0
        try:
            for chunk in self._chunks:
                size += len(chunk)
                self._check_not_longer(size)
                for hasher in hashing:
                    hasher.update(chunk)
                yield chunk
        finally:
            digests = {hasher.name: hasher.digest() for hasher in hashing}
        self._check(size, digests)
        self.result = Measured(size, digests)

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
