"""Profile pictures that are bombs, programs, or no pictures at all."""

import struct
import zlib

import pytest

from cloudbox import process
from tests.server import Server
from tests.visitors import Visitor, asked

MIB = 2**20
PROFILE = "/api/v1/auth/profile"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, data: bytes = b"") -> bytes:
    """Return a PNG of grey pixels; without `data` all of them black."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = data or zlib.compress(bytes((width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


REFUSED = {
    "a drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "nothing": b"",
    "the beginning of one": png(10, 10)[:20],
    "one of 4 gigapixels": png(65_535, 65_535, data=zlib.compress(bytes(100))),
    "one of no pixels": png(0, 0, data=zlib.compress(b"")),
    "one of 11 MiB": png(10, 10, chunk(b"tEXt", bytes(11 * MIB))),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file",
    "a PDF": b"%PDF-1.7\n1 0 obj<<>>endobj",
    "a text": b"P6 100 100 255 ",
}
TAKEN_AT_MOST = {
    "text that grows to 100 MiB": png(10, 10, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100 * MIB)))),
    "a profile that grows to 100 MiB": png(10, 10, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100 * MIB)))),
    "pixels that end too early": png(100, 100, data=zlib.compress(bytes(10))),
    "pixels that are no zlib": png(100, 100, data=b"no zlib at all"),
    "30 megapixels": png(6000, 5000),
}


def send(visitor: Visitor, data: bytes) -> int:
    return visitor.patch(PROFILE, files={"profile_pict": ("me.png", data, "image/png")}).status_code


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_picture_is_refused(alice, data):
    assert send(alice, data) == 400
    assert asked(alice.get(PROFILE))["profile_pict"].endswith("picture.svg")


@pytest.mark.parametrize("data", TAKEN_AT_MOST.values(), ids=TAKEN_AT_MOST.keys())
def test_a_picture_that_looked_like_one_harms_nobody(server: Server, meet, data):
    dana = meet("dana")
    worker = server.processes()["worker"]["pid"]

    assert send(dana, data) in {200, 400}

    waiting = "SELECT incoming_pict FROM accounts_user WHERE id = %s"
    assert process.wait_until(lambda: server.rows(waiting, dana.id) == [("",)], 20)
    assert server.processes()["worker"]["pid"] == worker
    assert server.get("/readyz") == 200


def test_a_picture_is_served_as_the_picture_that_it_was_cropped_to(meet):
    dana = meet("dana")
    assert send(dana, png(40, 20) + b"<script>alert(1)</script>") == 200

    address = f"{PROFILE}/picture"
    assert process.wait_until(lambda: dana.get(address).status_code == 200, 20)
    answer = dana.get(address)
    assert answer.headers["Content-Type"] == "image/webp"
    assert b"<script>" not in answer.content
