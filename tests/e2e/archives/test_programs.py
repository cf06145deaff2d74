"""What unzip and 7z find in our archives. `.ci/run` installs them."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from assets.zipping import Member
from tests.assets.test_zipping import GIB, NOON, archive_of, length_of, written, zeros


def judged(archive: Path) -> str:
    """Let unzip and 7z test an archive, and return what unzip says last."""
    said = subprocess.run(["unzip", "-tqq", archive], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, ""), said
    seven = subprocess.run(["7z", "t", "-bd", archive], check=False, capture_output=True, text=True)
    assert seven.returncode == 0, seven
    assert "Warning" not in seven.stdout
    return seven.stdout


def test_unzip_and_7z_agree_with_what_went_in(tmp_path):
    files = {"a/": None, "a/empty": b"", "a/hällo ☃ 文件.txt": b"snow" * 1000, "empty folder/": None, "😀": b"x"}
    archive = tmp_path / "a.zip"
    archive.write_bytes(archive_of(**files))

    judged(archive)
    subprocess.run(["unzip", "-qq", archive, "-d", tmp_path / "out"], check=True, env={"LANG": "C.UTF-8"})

    found = {str(path.relative_to(tmp_path / "out")): path for path in (tmp_path / "out").rglob("*")}
    assert found.keys() == {name.rstrip("/") for name in files}
    assert all(found[name].read_bytes() == data for name, data in files.items() if data is not None)
    assert all(found[name.rstrip("/")].is_dir() for name, data in files.items() if data is None)
    assert int(found["a/empty"].stat().st_mtime) == NOON
    assert found["😀"].stat().st_mode & 0o777 == 0o644


def test_more_than_65535_members_are_all_there(tmp_path):
    members = [Member(f"{each // 1000}/{each} and so on.txt", 1, NOON) for each in range(70_000)]
    archive = tmp_path / "a.zip"

    written(archive, lambda: members, zeros)

    assert "Files: 70000\n" in judged(archive)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sizes",
    [
        [3 * GIB, 3 * GIB, 10],  # an offset is beyond
        [4 * GIB + 5, 0, 10],  # a size is beyond
        [10, 4 * GIB - 1],  # just so; unzip 6.00 fails at whatever comes after such a one, whoever made the archive
    ],
)
def test_unzip_and_7z_read_what_is_beyond_4_gib(tmp_path, sizes):
    members = [Member(f"{number}.bin", size, NOON) for number, size in enumerate(sizes)]
    archive = tmp_path / "a.zip"

    assert written(archive, lambda: members, zeros) == length_of(members)
    judged(archive)
    assert [info.file_size for info in zipfile.ZipFile(archive).infolist()] == sizes
