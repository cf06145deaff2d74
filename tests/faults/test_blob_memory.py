"""Blobs as base64 in JSON are held in memory on their way in, but not twice, and not at all on their way out."""

import base64
import hashlib
import json
import os
from pathlib import Path

from tests.curl import Curl
from tests.memory import MIB, MOST, watched
from tests.server import Server

SIZE = 64 * MIB  # CLOUDBOX_MAX_BLOB


def test_the_largest_blob_takes_less_than_three_times_its_size(
    server: Server, meet, curl: Curl, tmp_path: Path, record_property
):
    erin = meet("erin")
    signed_in = ("-H", f"Authorization: Bearer {erin.token}")
    data = os.urandom(SIZE)
    body = tmp_path / "body"
    body.write_bytes(b'{"id":"large","data":"' + base64.b64encode(data) + b'"}')
    small = ("-H", "Content-Type: application/json", "-d", '{"id":"small","data":"QUJD"}')
    assert curl(*signed_in, *small, f"{erin.url}/v1/blobs").status == 201

    with watched(server.family()) as peaks:
        kind = ("-H", "Content-Type: application/json", "-H", "Expect:", "-X", "POST", "-T", body)
        assert curl(*signed_in, *kind, f"{erin.url}/v1/blobs").status == 201
    on_the_way_in = max(peaks.growth().values())
    with watched(server.family()) as peaks:
        answer = curl(*signed_in, f"{erin.url}/v1/blobs/large", into=tmp_path / "back")
    on_the_way_out = max(peaks.growth().values())

    record_property("MiB grown", [round(most / MIB, 1) for most in (on_the_way_in, on_the_way_out)])
    found = json.loads(answer.body)
    assert found["size"] == SIZE
    assert hashlib.sha256(base64.b64decode(found["data"])).digest() == hashlib.sha256(data).digest()
    assert on_the_way_in < 3 * SIZE
    assert on_the_way_out <= MOST
    assert erin.delete("/v1/blobs/large").status_code == 200
