"""Programs in Python, with the library that most of them use."""

import hashlib
import io
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests

from tests.visitors import Visitor, asked, place_of

DATA = os.urandom(3 * 2**20)


@pytest.fixture
def program(door: str, alice: Visitor) -> Iterator[Visitor]:
    """A program that acts for alice at the door under test."""
    with Visitor(door) as program:
        program.headers.update(alice.headers)
        yield program


def test_a_file_object_goes_up_and_a_stream_comes_down(program):
    stored = program.store("object.bin", io.BytesIO(DATA))
    with program.get(f"/api/v1/store/files/{stored['id']}/content", stream=True) as answer:
        received = b"".join(answer.iter_content(100_000))

    assert received == DATA
    assert answer.headers["Repr-Digest"].startswith("sha-256=:")


def test_a_form_goes_up(program):
    stored = asked(program.post("/api/v1/store/files?on_conflict=rename", files={"file": ("Öl.bin", DATA)}), 201)

    assert (stored["name"][:2], stored["sha256"]) == ("Öl", hashlib.sha256(DATA).hexdigest())


def test_a_generator_needs_to_say_how_long_it_is(program):
    def blocks() -> Iterator[bytes]:
        yield DATA[: 2**20]
        yield DATA[2**20 :]

    refused = program.put(place_of("generated.bin"), data=blocks())
    length = {"X-Expected-Entity-Length": str(len(DATA))}
    stored = asked(program.put(place_of("generated.bin"), data=blocks(), headers=length), 200, 201)

    assert refused.status_code == 411
    assert stored["sha256"] == hashlib.sha256(DATA).hexdigest()


def test_a_generator_goes_up_by_a_path_once_it_says_how_long_it_is(program):
    def blocks() -> Iterator[bytes]:
        yield DATA[: 2**20]
        yield DATA[2**20 :]

    path = f"/api/v1/file/upload/{uuid4()}/generated.bin"
    refused = program.put(path, data=blocks())
    stored = program.post(path, data=blocks(), headers={"X-Expected-Entity-Length": str(len(DATA))})

    assert (refused.status_code, stored.json()) == (411, {"_status": "OK"})
    assert program.get(path.replace("upload/", "download?path=")).content == DATA


def test_a_program_whose_generator_fails_stores_nothing(program):
    def blocks() -> Iterator[bytes]:
        yield DATA[: 2**20]
        raise RuntimeError("The program has crashed.")

    length = {"X-Expected-Entity-Length": str(len(DATA))}
    with pytest.raises((RuntimeError, requests.ConnectionError)):
        program.put(place_of("crashed.bin"), data=blocks(), headers=length)

    names = [item["name"] for item in asked(program.get("/api/v1/store/folders/content?limit=200"))["items"]]
    assert "crashed.bin" not in names


def test_a_list_comes_page_by_page(program):
    folder = program.make_folder(f"pages {uuid4()}")
    names = [f"page {number}" for number in range(7)]
    for name in reversed(names):
        program.make_folder(name, below=folder)

    found, cursor = [], ""
    while True:
        page = asked(program.get(f"/api/v1/store/folders/{folder}/content?limit=3{cursor}"))
        found += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert found == names


def test_a_request_that_is_repeated_is_done_once(program):
    key, name = {"Idempotency-Key": str(uuid4())}, f"once {uuid4()}"

    first, second = (program.post("/api/v1/store/folders", json={"name": name}, headers=key) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]


def test_a_refused_body_does_not_spoil_the_next_call_of_the_same_client(alice, anonymous):
    """A connection that the server closes is told to be closed, or the next call would be lost in it."""
    folder = alice.make_folder("closed to strangers")
    path = f"/api/v1/store/folders/{folder}/files/a"

    statuses = [anonymous.put(path, data=b"x").status_code for _ in range(20)]

    assert statuses == [401] * 20
    assert anonymous.put(path, data=b"x").headers["Connection"] == "close"
    assert anonymous.get("/healthz").headers.get("Connection") != "close"
