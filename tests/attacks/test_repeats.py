"""Idempotency keys that many use at once, that are reused, stolen or no keys at all."""

from collections import Counter
from uuid import uuid4

import pytest
import requests

from tests.visitors import Visitor, asked, at_once

FOLDERS = "/api/v1/store/folders"


def make(visitor: Visitor, key: str, name: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {visitor.token}", "Idempotency-Key": key}
    return requests.post(visitor.url + FOLDERS, json={"name": name}, headers=headers, timeout=60)


def names_of(visitor: Visitor) -> list[str]:
    return [item["name"] for item in asked(visitor.get(f"{FOLDERS}/content?limit=200"))["items"]]


def test_of_many_requests_with_one_key_one_is_done(meet):
    dana, key = meet("dana"), str(uuid4())

    answers = at_once(lambda _: make(dana, key, "once"), range(16))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] >= 1
    assert set(statuses) <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert names_of(dana) == ["once"]


def test_a_key_does_one_thing_only(meet):
    dana, key = meet("dana"), str(uuid4())
    assert make(dana, key, "first").status_code == 201

    assert make(dana, key, "second").status_code in {409, 422}
    assert names_of(dana) == ["first"]


def test_a_key_of_somebody_else_shows_nothing_of_theirs(alice, bob):
    key = str(uuid4())
    mine = make(alice, key, f"mine {key}")

    theirs = make(bob, key, f"mine {key}")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]
    assert theirs.json()["owner"]["username"] == bob.name


@pytest.mark.parametrize(
    "key", ["k" * 5000, "\xff\xfe", "a b", "'; --", '"'], ids=["long", "bytes", "space", "SQL", "quote"]
)
def test_a_strange_key_never_fails_the_server(alice, key):
    answer = alice.post(
        FOLDERS, json={"name": f"strange {uuid4()}"}, headers={"Idempotency-Key": key.encode("latin-1")}
    )

    assert answer.status_code in {201, 400}
