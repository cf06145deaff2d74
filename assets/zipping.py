"""Zip archives that are made while they are sent: stored, zip64 where needed, their length known beforehand.

Section numbers are those of APPNOTE.TXT 6.3.10 by PKWARE. Nothing is compressed, so that the length is known, and most
of what people store is compressed already. The CRC-32 of a file is known when its bytes have gone by, and follows them
(4.3.9); those of all files, four bytes each, are what is kept in memory.
"""

import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

GATHERED = 2**17  # bytes that small pieces are gathered to
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_TIMESTAMP = struct.Struct("<HHBi")
_32 = 0xFFFFFFFF  # from here on a field says this, and the zip64 extra field says the truth (4.4.8, 4.4.9, 4.4.16)
_16 = 0xFFFF
_FOLLOWED = 1 << 3  # flag bit 3: sizes and CRC-32 come after the bytes (4.4.4)
_UTF8 = 1 << 11  # flag bit 11: the name is UTF-8 (4.4.4, appendix D)
_PLAIN, _ZIP64 = 20, 45  # the version needed to extract (4.4.3.2)
_MADE_BY = 3 << 8 | 63  # Unix, so that the modes count; version 6.3, which has UTF-8 (4.4.2)
_FOLDER_MODE = 0o040755 << 16 | 0x10  # Unix's, and the bit by which DOS knows folders (4.4.15)
_FILE_MODE = 0o100644 << 16
_LATEST = 2**31 - 1  # seconds: the extended timestamp has 32 bits with a sign


class Member(NamedTuple):
    """A file or folder in an archive. `path` has slashes, a folder's ends with one; `size` is in bytes, a folder's 0.

    `modified` is in seconds since 1970, UTC. `source` is for whoever reads it.
    """

    path: str
    size: int
    modified: int
    source: object = None


class Length:
    """Counts how many bytes an archive of the members will have."""

    def __init__(self) -> None:
        self.members = 0
        self._offset = 0
        self._directory = 0

    def add(self, member: Member) -> None:
        self._directory += len(_central(member, 0, self._offset))
        self._offset += _length(member)
        self.members += 1

    @property
    def total(self) -> int:
        return self._offset + self._directory + len(_end(self.members, self._directory, self._offset))


def zipped(members: Callable[[], Iterable[Member]], read: Callable[[Member], Iterable[bytes]]) -> Iterator[bytes]:
    """Yield the archive of the members, which are gone through twice: with their bytes, and for the directory.

    Raises EOFError when a member has fewer bytes than it said, or more, and whatever `read` raises.
    """
    return _gathered(_pieces(members, read))


def _pieces(members: Callable[[], Iterable[Member]], read: Callable[[Member], Iterable[bytes]]) -> Iterator[bytes]:
    crcs = array("I")
    for member in members():
        yield _local(member)
        crc, left = 0, member.size
        for block in read(member) if member.size else ():
            crc, left = zlib.crc32(block, crc), left - len(block)
            if left < 0:
                raise EOFError("It is longer than it said.")
            yield block
        if left:
            raise EOFError("It is shorter than it said.")
        crcs.append(crc)
        yield _descriptor(member, crc)
    offset = directory = 0
    for member, crc in zip(members(), crcs, strict=True):
        header = _central(member, crc, offset)
        offset, directory = offset + _length(member), directory + len(header)
        yield header
    yield _end(len(crcs), directory, offset)


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join small pieces, for each that is sent by itself costs a trip through the server."""
    gathered, size = [], 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= GATHERED:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def _length(member: Member) -> int:
    """Return how many bytes a member has in an archive, before the directory."""
    large = member.size >= _32
    header = _LOCAL.size + len(member.path.encode()) + (20 if large else 0) + _TIMESTAMP.size
    return header + member.size + ((24 if large else 16) if member.size else 0)


def _local(member: Member) -> bytes:
    """Return the local file header (4.3.7). What is not known yet is 0; of a large file zip64 says so (4.5.3)."""
    name, large = member.path.encode(), member.size >= _32
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if large else b""
    size = _32 if large else 0
    needed = _ZIP64 if large else _PLAIN
    extra += _timestamp(member)
    fields = (b"PK\3\4", needed, _flags(member), 0, *_dos(member), 0, size, size, len(name), len(extra))
    return _LOCAL.pack(*fields) + name + extra


def _descriptor(member: Member, crc: int) -> bytes:
    """Return the data descriptor (4.3.9), whose sizes have 8 bytes where the local header has zip64's extra field."""
    if not member.size:
        return b""
    sizes = "QQ" if member.size >= _32 else "II"
    return struct.pack("<4sI" + sizes, b"PK\7\10", crc, member.size, member.size)


def _central(member: Member, crc: int, offset: int) -> bytes:
    """Return the header in the central directory (4.3.12) of a member whose local one is at `offset`."""
    name = member.path.encode()
    large = [member.size] * 2 if member.size >= _32 else []
    large += [offset] if offset >= _32 else []
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    extra += _timestamp(member)
    size = min(member.size, _32)
    needed = _ZIP64 if large else _PLAIN
    mode = _FOLDER_MODE if member.path.endswith("/") else _FILE_MODE
    fields = (_MADE_BY, needed, _flags(member), 0, *_dos(member), crc, size, size, len(name), len(extra))
    return _CENTRAL.pack(b"PK\1\2", *fields, 0, 0, 0, mode, min(offset, _32)) + name + extra


def _end(members: int, size: int, offset: int) -> bytes:
    """Return the end of the central directory (4.3.16), after zip64's and its locator where needed (4.3.14, 4.3.15)."""
    zip64 = b""
    if members >= _16 or size >= _32 or offset >= _32:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, _MADE_BY, _ZIP64, 0, 0, members, members, size, offset)
        zip64 = record + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    count = min(members, _16)
    return zip64 + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, min(size, _32), min(offset, _32), 0)


def _flags(member: Member) -> int:
    return _UTF8 | (_FOLLOWED if member.size else 0)


def _dos(member: Member) -> tuple[int, int]:
    """Return the time and the date (4.4.6), in UTC; they go from 1980 to 2107, in steps of two seconds."""
    at = datetime.fromtimestamp(member.modified, UTC)
    if at.year < 1980:  # noqa: PLR2004  the first year there is
        return 0, 1 << 5 | 1
    return at.hour << 11 | at.minute << 5 | at.second // 2, min(at.year - 1980, 127) << 9 | at.month << 5 | at.day


def _timestamp(member: Member) -> bytes:
    """Return the extra field with the time in UTC, to the second: Info-ZIP's "UT" (4.5.2), whose 1 says: modified."""
    return _TIMESTAMP.pack(0x5455, 5, 1, max(0, min(member.modified, _LATEST)))
