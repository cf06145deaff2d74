"""A client of tus as the protocol tells it, for the tests of the door."""

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.people import client_for

UPLOADS = "/api/v1/uploads/"
BYTES = "application/offset+octet-stream"
VERSION = {"Tus-Resumable": "1.0.0"}


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def id_of(where: str) -> UUID:
    return UUID(where.rstrip("/").rpartition("/")[2])


@dataclass
class Tus:
    """Somebody who uploads."""

    client: Client

    def post(self, size: int | None = None, body: bytes = b"", *, query: str = "", **more: str) -> Any:
        """Begin an upload; `more` are pairs of its metadata, or headers where their names have a capital."""
        headers = VERSION | {name.replace("_", "-"): value for name, value in more.items() if name[0].isupper()}
        if size is not None:
            headers["Upload-Length"] = str(size)
        if pairs := {name: value for name, value in more.items() if name[0].islower()}:
            headers["Upload-Metadata"] = metadata(**pairs)
        return self.client.post(UPLOADS + query, body, BYTES, headers=headers)

    def begin(self, size: int | None = None, **more: Any) -> str:
        """Return the address of a new upload."""
        more.setdefault("filename", "film")
        answer = self.post(size, **more)
        assert answer.status_code == 201, answer.content
        return str(answer["Location"])

    def partial(self, data: bytes, **more: Any) -> str:
        """Return the address of a partial upload that has all its bytes."""
        where = self.begin(len(data), Upload_Concat="partial", **more)
        assert self.patch(where, 0, data).status_code == 204
        return where

    def patch(self, where: str, offset: int, body: bytes = b"", **headers: str) -> Any:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        told = VERSION | {"Upload-Offset": str(offset)} | headers
        return self.client.patch(where, body, BYTES, headers=told)

    def head(self, where: str) -> Any:
        return self.client.head(where, headers=VERSION)

    def offset(self, where: str) -> int:
        return int(self.head(where)["Upload-Offset"])

    def delete(self, where: str) -> Any:
        return self.client.delete(where, headers=VERSION)

    def content(self, file_id: str) -> bytes:
        return b"".join(self.client.get(f"/api/v1/store/files/{file_id}/content"))

    def file(self, file_id: str) -> Any:
        return self.client.get(f"/api/v1/store/files/{file_id}/").json()

    def names(self) -> list[str]:
        return [item["name"] for item in self.client.get("/api/v1/store/folders/content/").json()["items"]]


@pytest.fixture
def tus(alice, store) -> Tus:
    return Tus(client_for(alice))


@pytest.fixture
def others_tus(bob) -> Tus:
    return Tus(client_for(bob))
