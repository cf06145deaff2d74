"""curl stores and fetches files in all the ways it knows."""

import base64
import hashlib
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.curl import Curl
from tests.visitors import Visitor, place_of

SIZE = 2 * 2**20  # bytes: enough for curl to ask `Expect: 100-continue`
TEXT = "otters hold hands\n" * 1000


@pytest.fixture
def signed_in(alice: Visitor) -> tuple[str, str]:
    return "-H", f"Authorization: Bearer {alice.token}"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "otters.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def address(door: str, curl: Curl, signed_in: tuple[str, str], file: Path) -> str:
    """The address of a stored file's content."""
    stored = curl(*signed_in, "-T", file, f"{door}{place_of('stored.bin')}").json()
    return f"{door}/api/v1/store/files/{stored['id']}/content"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["otters.bin", "Ottern & Möwen 🦦.bin", 'a "quoted" one.bin'])
def test_a_form_stores_a_file(door, curl, signed_in, file, name):
    quoted = name.replace('"', '\\"')
    address = f"{door}/api/v1/store/files?on_conflict=rename"

    stored = curl(*signed_in, "-F", f'file=@{file};filename="{quoted}"', address).asked(201)

    assert stored["sha256"] == sha256(file.read_bytes())
    assert stored["name"].startswith(name.removesuffix(".bin"))


def test_a_raw_body_stores_a_file(door, curl, signed_in, file):
    put = curl(*signed_in, "-T", file, f"{door}{place_of(quote('Möwe.bin'))}").json()
    data = curl(*signed_in, "-X", "PUT", "--data-binary", f"@{file}", f"{door}{place_of('page.html')}").json()

    assert (put["name"], put["sha256"]) == ("Möwe.bin", sha256(file.read_bytes()))
    assert (data["content_type"], data["sha256"]) == ("text/html", sha256(file.read_bytes()))


@pytest.mark.parametrize(
    "declared",
    [
        f"X-Expected-Entity-Length: {len(TEXT)}",
        f"Content-Digest: sha-256=:{base64.b64encode(hashlib.sha256(TEXT.encode()).digest()).decode()}:",
    ],
    ids=["length", "digest"],
)
def test_a_stream_that_declares_its_length_or_digest_stores_a_file(door, curl, signed_in, declared):
    stored = curl(*signed_in, "-H", declared, "-T", "-", f"{door}{place_of('stream.txt')}", stdin=TEXT).json()

    assert (stored["size"], stored["sha256"]) == (len(TEXT), sha256(TEXT.encode()))


def test_a_stream_that_declares_nothing_is_411_and_says_why(door, curl, signed_in):
    refused = curl(*signed_in, "-T", "-", f"{door}{place_of('nothing.txt')}", stdin=TEXT)

    assert (refused.status, refused.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("X-Expected-Entity-Length: 17", "length_mismatch"),
        ("X-Expected-Entity-Length: 99999", "length_mismatch"),
        ("Content-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:", "digest_mismatch"),
    ],
)
def test_a_stream_that_is_not_what_it_declares_is_refused(door, curl, signed_in, alice, declared, code):
    used = alice.usage()["used"]

    refused = curl(*signed_in, "-H", declared, "-T", "-", f"{door}{place_of('liar.txt')}", stdin=TEXT)

    assert (refused.status, refused.json()["code"]) == (400, code)
    assert (alice.usage()["used"], alice.usage()["reserved"]) == (used, 0)


@pytest.mark.parametrize(
    ("part", "start", "stop"), [("0-0", 0, 1), ("5-9", 5, 10), ("-7", SIZE - 7, SIZE), (f"{SIZE - 3}-", SIZE - 3, SIZE)]
)
def test_a_range_brings_just_these_bytes(curl, signed_in, file, address, part, start, stop):
    answer = curl(*signed_in, "-r", part, address)

    assert (answer.status, answer.headers["content-range"]) == (206, f"bytes {start}-{stop - 1}/{SIZE}")
    assert answer.body == file.read_bytes()[start:stop]


def test_a_download_that_broke_off_is_resumed(curl, signed_in, file, address, tmp_path):
    partial = tmp_path / "partial"
    partial.write_bytes(file.read_bytes()[: SIZE // 3])

    answer = curl(*signed_in, "-C", "-", address, into=partial)

    assert answer.status == 206
    assert sha256(partial.read_bytes()) == sha256(file.read_bytes())


def test_what_the_client_has_already_is_not_sent_again(curl, signed_in, address, tmp_path):
    tag = tmp_path / "etag"

    first = curl(*signed_in, "--etag-save", tag, address)
    second = curl(*signed_in, "--etag-compare", tag, address)

    assert (first.status, second.status, second.body) == (200, 304, b"")


def test_head_tells_what_get_would_bring(curl, signed_in, address):
    head, get = curl(*signed_in, "--head", address), curl(*signed_in, address)

    same = ("content-length", "etag", "last-modified", "content-type", "content-disposition", "repr-digest")
    assert (head.status, get.status) == (200, 200)
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]


def test_a_change_that_somebody_else_made_first_is_not_overwritten(curl, signed_in, file, address):
    tag = curl(*signed_in, "--head", address).headers["etag"]
    if_match = ("-H", f"If-Match: {tag}")

    first = curl(*signed_in, *if_match, "-X", "PUT", "--data-binary", "mine", address)
    second = curl(*signed_in, *if_match, "-X", "PUT", "--data-binary", "mine too", address)

    assert (first.status, second.status) == (200, 412)
    assert curl(*signed_in, address).body == b"mine"
