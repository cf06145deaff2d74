"""What goes into an archive, as it was at one moment: a list in a temporary database, on disk beyond some MiB.

It has as many rows as somebody has files, so it is not kept in memory; and no name may come twice in a folder, which
the database knows by an index. SQLite deletes the file as soon as it has opened it.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from assets.models import Blob
from assets.names import numbered
from assets.portable import portable, same
from assets.zipping import Length, Member
from cloudbox.errors import StorageFull

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA temp_store = FILE;
CREATE TABLE member (
    id INTEGER PRIMARY KEY, path TEXT, size INTEGER, modified INTEGER, blob BLOB, store TEXT, key TEXT, crcs BLOB
);
CREATE TABLE name (folder INTEGER, name TEXT, following INTEGER, PRIMARY KEY (folder, name)) WITHOUT ROWID;
"""
_MEMBERS = "SELECT path, size, modified, blob, store, key, crcs FROM member ORDER BY id"
_INSERT = "INSERT INTO member (path, size, modified, blob, store, key, crcs) VALUES (?, ?, ?, ?, ?, ?, ?)"
_TAKE = "INSERT OR IGNORE INTO name VALUES (?, ?, 1)"
_NEXT = "UPDATE name SET following = following + 1 WHERE folder = ? AND name = ?"
_NUMBER = "SELECT following FROM name WHERE folder = ? AND name = ?"


class Folder(NamedTuple):
    """A folder of the list: its number, 0 for the top of the archive, and its path with a slash at the end."""

    number: int = 0
    path: str = ""


class Bytes(NamedTuple):
    """Where the bytes of a file are. Without `key` or `crcs`, its blob is looked up when its turn comes."""

    blob_id: UUID
    store: str
    key: str | None
    size: int
    crcs: bytes | None


TOP = Folder()


class Inventory:
    """The list. `length` counts the bytes of its archive. Raises StorageFull. Not for two threads at once."""

    def __init__(self) -> None:
        self.length = Length()
        # Whoever sends an answer may be another thread than the one that has made it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def close(self) -> None:
        self._database.close()

    def add_folder(self, folder: Folder, name: str, modified: int) -> Folder:
        """Add a folder in another, and return it."""
        path = f"{folder.path}{self._free(folder, name)}/"
        return Folder(self._add(Member(path, 0, modified), None), path)

    def add_file(self, folder: Folder, name: str, modified: int, source: Bytes) -> None:
        self._add(Member(folder.path + self._free(folder, name), source.size, modified), source)

    def members(self) -> Iterator[Member]:
        """Yield all there is; `blob_of` tells where the bytes of a file are."""
        for path, size, modified, *source in self._database.execute(_MEMBERS):
            yield Member(path, size, modified, source)

    def _add(self, member: Member, source: Bytes | None) -> int:
        where = (source.blob_id.bytes, source.store, source.key, source.crcs) if source else (None,) * 4
        self.length.add(member)
        return self._write(_INSERT, (member.path, member.size, member.modified, *where)).lastrowid or 0

    def _free(self, folder: Folder, name: str) -> str:
        """Take the name in the folder, made safe, and with a number if another is the same to some system."""
        wanted = candidate = portable(name)
        while not self._write(_TAKE, (folder.number, same(candidate))).rowcount:
            place = (folder.number, same(wanted))
            number = self._database.execute(_NUMBER, place).fetchone()[0]
            self._write(_NEXT, place)
            candidate = portable(numbered(wanted, number))
        return candidate

    def _write(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise StorageFull from error


def blob_of(file: Member) -> Blob:
    """Return the blob of a file that an inventory has listed, as it was then; of a small file it takes no query."""
    source: Any = file.source
    blob_id, store, key, crcs = source
    return Blob(id=UUID(bytes=blob_id), store=store, key=key, size=file.size, crcs=crcs)
