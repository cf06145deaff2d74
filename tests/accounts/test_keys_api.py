"""/account/keys/: making, listing and revoking access keys over HTTP."""

from uuid import uuid4

import pytest

from accounts.models import AccessKey
from tests.people import client_for, key_of

pytestmark = pytest.mark.django_db
KEYS = "/api/v1/account/keys"


@pytest.fixture
def mine(alice):
    return client_for(alice)


def post(client, **body):
    return client.post(KEYS, body, "application/json")


def test_the_secret_is_in_the_answer_that_makes_the_key_and_nowhere_else(mine):
    answer = post(mine, name="backup", scopes=["read", "write"])
    made = answer.json()

    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert made["token"] == f"cb_{made['key_id']}_{made['secret']}"
    shown = {name: value for name, value in made.items() if name not in {"secret", "token"}}
    assert mine.get(f"{KEYS}/{made['id']}").json() == shown
    assert mine.get(f"{KEYS}/").json() == {"items": [shown], "next": None}
    assert shown == {
        "id": made["id"],
        "name": "backup",
        "key_id": made["key_id"],
        "scopes": ["read", "write"],
        "folder": None,
        "created_at": made["created_at"],
        "expires_at": None,
        "last_used_at": None,
        "last_used_from": "",
    }


def test_a_key_is_for_a_folder_and_a_time(mine):
    folder = mine.get("/api/v1/store/folders").json()["id"]

    made = post(mine, name="x", scopes=["read"], folder=folder, expires_at="2100-01-01T00:00:00Z").json()

    assert (made["folder"], made["expires_at"]) == (folder, "2100-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": ["own"]}, "scopes"),
        ({"folder": "x"}, "folder"),
        ({"folder": str(uuid4())}, "folder"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"key_id": "A" * 20}, "key_id"),
        ({"user": str(uuid4())}, "user"),
    ],
)
def test_what_is_wrong_is_named_and_makes_no_key(mine, wrong, field):
    answer = post(mine, **({"name": "backup", "scopes": ["read"]} | wrong))

    assert answer.status_code == 400
    assert field in str(answer.json()["errors"] if "errors" in answer.json() else answer.json()["field"])
    assert not AccessKey.objects.exists()


def test_a_repeat_under_an_idempotency_key_is_another_key_for_the_answer_is_not_kept(mine):
    body = {"name": "x", "scopes": ["read"]}
    made = [mine.post(KEYS, body, "application/json", headers={"Idempotency-Key": "1"}).json() for _ in range(2)]

    assert made[0]["token"] != made[1]["token"]


def test_a_revoked_key_is_gone(mine):
    made = post(mine, name="x", scopes=["read"]).json()

    assert mine.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert mine.delete(f"{KEYS}/{made['id']}/").status_code == 404
    assert mine.get(f"{KEYS}/{made['id']}").status_code == 404
    assert mine.get(KEYS).json()["items"] == []


def test_the_anonymous_and_others_are_told_nothing(client, alice, bob):
    made = key_of(alice, "read")
    paths = [f"{KEYS}/{made.info.id}", f"{KEYS}/{uuid4()}"]

    assert {client.get(KEYS).status_code, post(client, name="x", scopes=["read"]).status_code} == {401}
    assert {client.get(path).status_code for path in paths} == {401}
    theirs = client_for(bob)
    assert {theirs.get(path).status_code for path in paths} == {404}
    assert {theirs.delete(path).status_code for path in paths} == {404}


def test_a_key_manages_no_keys(client, alice):
    made = key_of(alice, "read", "write", "delete", "share")
    headers = {"Authorization": f"Bearer {made.token}"}

    answers = [
        client.get(KEYS, headers=headers),
        client.post(KEYS, {"name": "x", "scopes": ["read"]}, "application/json", headers=headers),
        client.get(f"{KEYS}/{made.info.id}", headers=headers),
        client.delete(f"{KEYS}/{made.info.id}", headers=headers),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "key_not_enough")}
    assert AccessKey.objects.filter(revoked_at=None).count() == 1


def test_lists_come_in_pages(mine):
    made = [post(mine, name=f"{number}", scopes=["read"]).json()["id"] for number in range(3)]

    first = mine.get(f"{KEYS}?limit=2").json()
    second = mine.get(f"{KEYS}?limit=2&cursor={first['next']}").json()

    assert [item["id"] for item in [*first["items"], *second["items"]]] == made[::-1]
    assert mine.get(f"{KEYS}?cursor=x").status_code == 400
