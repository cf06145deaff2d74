"""The zip format: what our archives say is what Python finds in them, and they are as long as announced.

What unzip and 7z find is in `tests/e2e/archives`.
"""

import io
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import zipping
from assets.zipping import Length, Member, zipped
from tests.memory import MIB, MOST, own_memory

GIB = 2**30
NOON = int(datetime(2026, 11, 20, 12, 0, 2, tzinfo=UTC).timestamp())


def length_of(members) -> int:
    length = Length()
    for member in members:
        length.add(member)
    return length.total


def kept(member: Member) -> list[bytes]:
    assert isinstance(member.source, bytes)
    return [member.source]


def archive_of(**files: bytes | None) -> bytes:
    """Return an archive of these; None is a folder."""
    members = [Member(path, len(data or b""), NOON, data) for path, data in files.items()]
    return b"".join(zipped(lambda: members, kept))


def zeros(member: Member):
    """Yield as many zeros as the member has bytes."""
    block = bytes(MIB)
    for start in range(0, member.size, MIB):
        yield block[: member.size - start]


def written(path: Path, members, read) -> int:
    """Write an archive, with holes for its zeros, and return how long it is."""
    size = 0
    with path.open("wb") as file:
        for chunk in zipped(members, read):
            size += len(chunk)
            if any(chunk):
                file.write(chunk)
            else:
                file.seek(len(chunk), os.SEEK_CUR)
    return size


names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=60)


@given(files=st.dictionaries(names, st.binary(max_size=300), max_size=12), modified=st.integers(0, 2**40))
def test_any_archive_is_as_long_as_announced_and_right(files, modified):
    members = [Member(path, len(data), min(modified, 253402300799), data) for path, data in files.items()]
    archive = b"".join(zipped(lambda: members, kept))

    assert len(archive) == length_of(members)
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == files


def test_an_archive_of_nothing_is_one(tmp_path):
    archive = tmp_path / "a.zip"
    assert written(archive, list, zeros) == length_of([]) == 22
    assert zipfile.ZipFile(archive).namelist() == []


def test_a_member_that_is_cut_short_breaks_the_archive_off():
    with pytest.raises(EOFError):
        list(zipped(lambda: [Member("a", 5, NOON)], lambda _member: [b"1234"]))


def test_a_member_that_is_longer_than_announced_breaks_the_archive_off():
    with pytest.raises(EOFError):
        list(zipped(lambda: [Member("a", 3, NOON)], lambda _member: [b"1234"]))


def test_more_than_65535_members_are_all_there_and_take_no_memory(tmp_path):
    def members():
        return (Member(f"{each // 1000}/{each} and so on.txt", 1, NOON) for each in range(70_000))

    archive = tmp_path / "a.zip"
    before = most = own_memory(os.getpid())
    with archive.open("wb") as file:
        for chunk in zipped(members, zeros):
            file.write(chunk)
            most = max(most, own_memory(os.getpid()))

    assert archive.stat().st_size == length_of(members())
    assert most - before < MOST / 4, most - before
    with zipfile.ZipFile(archive) as read:
        assert len(read.namelist()) == 70_000


@pytest.mark.parametrize(
    ("members", "size", "offset", "is_zip64"),
    [
        (65_534, 10, 10, False),
        (65_535, 10, 10, True),
        (1, 2**32 - 2, 2**32 - 2, False),
        (1, 2**32 - 1, 10, True),
        (1, 10, 2**32 - 1, True),
    ],
)
def test_an_archive_ends_as_zip64_where_a_number_does_not_fit(members, size, offset, is_zip64):
    assert (b"PK\6\6" in zipping._end(members, size, offset)) is is_zip64
