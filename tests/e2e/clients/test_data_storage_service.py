"""The four tests of the data storage service, as its page names them, with the library that they use."""

import base64
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.visitors import Visitor

BLOB = os.urandom(716 * 1024)


@pytest.fixture
def program(door: str, alice: Visitor) -> Iterator[Visitor]:
    """A program that acts for alice at the door under test."""
    with Visitor(door) as program:
        program.headers.update(alice.headers)
        yield program


def test_http_store_and_retrieve_binary_blob(program):
    blob_id = f"blob-{uuid4()}"
    stored = program.post("/v1/blobs", json={"id": blob_id, "data": base64.b64encode(BLOB).decode()})
    retrieved = program.get(f"/v1/blobs/{blob_id}")

    assert (stored.status_code, stored.json()) == (201, {"message": "Blob stored successfully"})
    assert retrieved.status_code == 200
    assert base64.b64decode(retrieved.json()["data"]) == BLOB
    assert retrieved.json()["size"] == len(BLOB)


def test_retrieve_nonexistent_blob(program):
    answer = program.get(f"/v1/blobs/{uuid4()}")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Blob not found"})


def test_store_blob_invalid_token(program):
    answer = program.post("/v1/blobs", json={"id": "a", "data": "QUJD"}, headers={"Authorization": "Bearer wrong"})

    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token."})


def test_store_blob_invalid_base64(program):
    answer = program.post("/v1/blobs", json={"id": f"{uuid4()}", "data": "this is not base64"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "data"]
