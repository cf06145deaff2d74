"""Speaking to /api/v1/file as a client of the general storage system."""

import json

import pytest
from django.test import Client

from tests.people import client_for

API = "/api/v1/file"
JSON = "application/json"
OK = {"_status": "OK"}


@pytest.fixture
def cary(alice):
    """A client that sends its token as the general storage system's clients do."""
    token = client_for(alice).defaults["HTTP_AUTHORIZATION"].partition(" ")[2]
    return Client(headers={"If-Match": f"token {token}"})


def put(client, path: str, data: bytes = b"data"):
    return client.put(f"{API}/upload/{path}", data, "application/octet-stream")


def fetch(client, path: str, **headers: str):
    return client.get(f"{API}/download", {"path": path}, headers=headers)


def ask(client, call: str, **fields):
    return client.post(f"{API}/{call}", json.dumps(fields), JSON)


def said(answer) -> str:
    """Return the sentence of a refusal, which comes in the shape of the dialect."""
    body = answer.json()
    assert (body.keys(), body["_status"]) == ({"_status", "_error"}, "ERR")
    return str(body["_error"]["message"])


def refused(answer, status: int, code: int | None = None) -> str:
    assert (answer.status_code, answer.json()["_error"]["code"]) == (status, code or status), answer.content
    return said(answer)
