"""Speaking to /v1/blobs as a client of the data storage service."""

import base64
import json

import pytest

from tests.people import client_for

JSON = "application/json"
HELLO = {"id": "my-unique-blob-id", "data": "SGVsbG8gV29ybGQh"}


@pytest.fixture
def blobs(alice):
    return client_for(alice)


def post(client, blob_id, data: bytes | str, **more):
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return client.post("/v1/blobs", json.dumps({"id": blob_id, "data": text, **more}), JSON)


def fetch(client, address: str) -> bytes:
    answer = client.get(address)
    body = answer.getvalue()
    assert answer.status_code == 200, body
    return base64.b64decode(json.loads(body)["data"], validate=True)
