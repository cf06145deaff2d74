"""A body cut into the parts that S3 takes one after the other, one of them in memory at a time."""

import hashlib
from base64 import b64encode
from collections.abc import Generator, Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any

SMALLEST = 8 * 2**20  # bytes; a body that ends within one is sent by a single request
MOST = 10_000  # parts; S3's limit
DOUBLED_AFTER = 1_000  # parts, while nobody knows how many there will be: 10 000 of them hold 8 TiB
IN_MEMORY = 16 * 2**20  # bytes; larger parts, of bodies of more than 150 GiB, wait in a temporary file
MIB = 2**20
BLOCK = 2**18  # bytes sent at a time


class Part:
    """Some bytes of the body, of which it has `most`. `is_last` says that the body ends with it."""

    def __init__(self, most: int) -> None:
        self.size = 0  # bytes
        self.is_last = False
        self._most = most
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._file = TemporaryFile() if most > IN_MEMORY else None  # noqa: SIM115  `close` closes it
        self._bytes = bytearray()

    @property
    def room(self) -> int:
        return self._most - self.size

    @property
    def body(self) -> Any:
        """The bytes as boto3 takes them: in memory, which its types do not know of, or a file."""
        if self._file is None:
            return self._bytes
        self._file.seek(0)
        return self._file

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    @property
    def content_md5(self) -> str:
        return b64encode(self.md5).decode()

    def close(self) -> None:
        self._bytes = bytearray()
        if self._file:
            self._file.close()

    def add(self, data: memoryview) -> None:
        self._md5.update(data)
        if self._file is None:
            self._bytes += data
        else:
            self._file.write(data)
        self.size += len(data)


class Blocks:
    """Bytes that are sent block by block, each time from the beginning."""

    def __init__(self, body: bytearray) -> None:
        self._body = memoryview(body)

    def __iter__(self) -> Iterator[memoryview]:
        return (self._body[at : at + BLOCK] for at in range(0, len(self._body), BLOCK))

    def seek(self, start: int) -> None:
        """Do what boto3 asks for before it sends them once more, for which nothing is to be done."""


def parts_of(chunks: Iterable[bytes], size: int | None) -> Generator[Part, None, None]:
    """Yield the parts of a body, at least one; a part is yielded once a byte has come that is no more its own.

    `size` is that of the body if it is known. Then all parts but the last are of one size, as some servers want it.
    A part is good until the next one is asked for.
    """
    number, part = 1, Part(size_of_part(1, size))
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                if not part.room:
                    yield part
                    part.close()
                    number += 1
                    part = Part(size_of_part(number, size))
                taken = rest[: part.room]
                part.add(taken)
                rest = rest[len(taken) :]
        part.is_last = True
        yield part
    finally:
        part.close()


def size_of_part(number: int, size: int | None) -> int:
    """Return how many bytes the part of that number has at most, in a body of `size` bytes."""
    if size is None:
        return SMALLEST << (number - 1) // DOUBLED_AFTER
    return max(SMALLEST, -(-size // MOST // MIB) * MIB)
