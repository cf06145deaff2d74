"""Bytes that were altered or lost on the server's disk: no client takes them for the file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudbox import process
from cloudbox.ids import new_id
from tests.console import Console
from tests.curl import Curl
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor

MIB = 2**20
DATA = os.urandom(5 * MIB)
_BLOB = """SELECT b.id, b.key FROM assets_blob b JOIN assets_version v ON v.blob_id = b.id
             JOIN assets_asset a ON a.current_id = v.id WHERE a.id = %s"""
PARTIAL_FILE = 18  # curl's exit status when the answer ended before its Content-Length


@dataclass(frozen=True)
class Stored:
    """A file of alice's, and where its bytes lie."""

    url: str
    place: Path
    signed_in: tuple[str, str]


@pytest.fixture
def file(server: Server, alice: Visitor) -> Iterator[Stored]:
    """A file of 5 MiB; what was noted of its damage is forgotten afterwards, for its bytes are right again."""
    made = alice.store(f"{new_id()}.bin", DATA)["id"]
    ((blob, key),) = server.rows(_BLOB, made)
    url, signed_in = f"{server.url}/api/v1/store/files/{made}/content", ("-H", f"Authorization: Bearer {alice.token}")
    yield Stored(url, server.blobs / key[-2:] / key, signed_in)
    server.rows("DELETE FROM assets_damage WHERE blob_id = %s", blob)


@contextmanager
def altered(place: Path, offset: int) -> Iterator[None]:
    """Flip a bit, and flip it back."""
    _flip(place, offset)
    yield
    _flip(place, offset)


def _flip(place: Path, offset: int) -> None:
    with place.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


@contextmanager
def lost(place: Path) -> Iterator[None]:
    """Take the bytes away, and put them back."""
    elsewhere = place.with_suffix(".lost")
    place.rename(elsewhere)
    yield
    elsewhere.rename(place)


def test_a_download_breaks_off_before_an_altered_block(file: Stored, curl: Curl) -> None:
    with altered(file.place, 3 * MIB + 5):
        broken = curl(*file.signed_in, file.url)
        beside = curl(*file.signed_in, "-r", f"0-{3 * MIB - 1}", file.url)

    assert (broken.status, broken.code, broken.body) == (200, PARTIAL_FILE, DATA[: 3 * MIB])
    assert (beside.status, beside.code, beside.body) == (206, 0, DATA[: 3 * MIB])
    whole = curl(*file.signed_in, file.url)
    assert (whole.code, whole.body) == (0, DATA)


def test_a_range_with_an_altered_byte_is_never_whole(file: Stored, curl: Curl) -> None:
    with altered(file.place, 3 * MIB + 5):
        broken = curl(*file.signed_in, "-r", f"{MIB + 7}-{4 * MIB}", file.url)

    assert (broken.status, broken.code, broken.body) == (206, PARTIAL_FILE, DATA[MIB + 7 : 3 * MIB])


def test_an_altered_beginning_is_refused_before_the_first_byte(file: Stored, curl: Curl) -> None:
    with altered(file.place, 5):
        refused = curl(*file.signed_in, file.url)

    assert {"code": "content_damaged", "kind": "altered"}.items() <= refused.asked(503).items()
    assert "retry-after" not in refused.headers  # nobody knows when they will be put back
    assert DATA[:8] not in refused.body


def test_lost_bytes_are_refused_and_nobody_else_is_bothered(file: Stored, alice: Visitor, curl: Curl) -> None:
    other = alice.store("beside.txt", b"well")["id"]

    with lost(file.place):
        refused = curl(*file.signed_in, file.url)
        beside = alice.get(f"/api/v1/store/files/{other}/content")

    assert {"code": "content_damaged", "kind": "missing"}.items() <= refused.asked(503).items()
    assert (beside.status_code, beside.content) == (200, b"well")


def test_a_store_that_cannot_be_read_is_told_to_come_back_for(file: Stored, server: Server, curl: Curl) -> None:
    blobs = "UPDATE assets_blob SET store = %s WHERE key = %s"
    server.rows(blobs, "sunk", file.place.name)
    refused = curl(*file.signed_in, file.url)
    server.rows(blobs, "local", file.place.name)

    assert (refused.asked(503)["code"], refused.headers["retry-after"]) == ("store_unavailable", "10")


def test_the_scrub_finds_by_itself_what_nobody_reads_and_the_staff_see_whose_it_is(
    file: Stored, server: Server, alice: Visitor
) -> None:
    with Console(server.url) as staff, altered(file.place, 4 * MIB):
        staff.log_in("admin", STAFF_PASSWORD)
        server.rows("UPDATE assets_blob SET verified_at = now() - interval '40 days' WHERE key = %s", file.place.name)

        def shown() -> str:
            return staff.list("assets/damage", file.place.name)

        with scrubbing_all_the_time(server):
            assert process.wait_until(lambda: f"({alice.name}, version 1)" in shown(), 30)
        assert "altered" in shown()


@contextmanager
def scrubbing_all_the_time(server: Server) -> Iterator[None]:
    """Let the scheduler ask for a turn of the scrub every second instead of every minute."""
    (scrub, usual), *_ = server.rows(
        "SELECT id, interval_id FROM django_celery_beat_periodictask WHERE task = %s", "assets.scrub"
    )
    every = "INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds') RETURNING id"
    ((second,),) = server.rows(every)
    reschedule(server, scrub, second)
    try:
        yield
    finally:
        reschedule(server, scrub, usual)


def reschedule(server: Server, task: int, interval: int) -> None:
    server.rows("UPDATE django_celery_beat_periodictask SET interval_id = %s WHERE id = %s", interval, task)
    server.rows("UPDATE django_celery_beat_periodictasks SET last_update = now()")
