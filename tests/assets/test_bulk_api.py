"""The doors of copies and of jobs for many assets."""

from uuid import uuid4

import pytest
from django.test import Client

from assets import tasks
from assets.services import bulk
from jobs.models import Job
from tests.assets.test_doors import JSON, STORE, asked
from tests.people import client_for, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
NONSENSE = [
    "x", [], 1, None, {"folder": "x"}, {"folder": str(uuid4()), "name": 5}, {"folder": None},
    {"folder": str(uuid4()), "more": 1},
]  # fmt: skip


@pytest.fixture
def door(alice) -> Client:
    return client_for(alice)


@pytest.fixture
def there(me):
    return me.folder("there")


def key_client(user, *scopes, folder=None) -> Client:
    return Client(headers={"Authorization": f"Bearer {key_of(user, *scopes, folder=folder).token}"})


def copy(door, source, folder, query="", **more):
    return door.post(f"{STORE}/assets/{source.id}/copy{query}", {"folder": str(folder.id)} | more, JSON)


def begin(door, action, *assets, **more):
    body = {"action": action, "assets": [str(asset.id) for asset in assets]} | more
    return door.post(f"{STORE}/bulk/", body, JSON)


# Copies


def test_a_file_and_a_folder_are_copied(door, me, there):
    file = asked(copy(door, me.file("a.txt", data=b"12"), there, name="b.txt"), 201)
    folder = asked(copy(door, me.folder("f"), there), 201)

    assert (file["name"], file["size"], file["parent"]) == ("b.txt", 2, str(there.id))
    assert (folder["name"], folder["kind"], folder["role"]) == ("f", "folder", "owner")


def test_a_large_folder_is_answered_with_the_job_that_copies_it(door, me, there, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)

    answer = copy(door, me.folder("f"), there)

    job = asked(answer, 202)
    assert (job["kind"], job["state"], job["total"], job["unit"]) == ("assets.bulk", "queued", 1, "assets")
    assert asked(door.get(answer["Location"])) == job


def test_a_copy_that_is_asked_for_again_is_made_once(door, me, there):
    file, key = me.file("a"), {"Idempotency-Key": "k"}
    body = {"folder": str(there.id)}

    first = door.post(f"{STORE}/assets/{file.id}/copy/", body, JSON, headers=key)
    again = door.post(f"{STORE}/assets/{file.id}/copy/", body, JSON, headers=key)

    assert asked(first, 201) == asked(again, 201)
    assert me.names(there) == ["a"]


def test_copies_are_refused_as_moves_are(door, bob, me, colleague, stranger, there):
    file, theirs = me.file("a"), colleague.folder("theirs")
    copy(door, file, there)

    assert copy(door, file, there).json()["code"] == "name_taken"
    assert asked(copy(door, file, there, "?on_conflict=rename"), 201)["name"] == "a (1)"
    assert copy(door, file, there, "?on_conflict=never").json()["field"] == "on_conflict"
    assert copy(door, file, there, "?sort=name").json()["field"] == "sort"
    assert copy(door, file, theirs).status_code == 404
    assert copy(client_for(bob), file, theirs).status_code == 404
    assert copy(Client(), file, there).status_code == 401
    assert copy(Client(), theirs, there).status_code == 401


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_copies_nothing(door, me, body):
    file = me.file("a")

    assert door.post(f"{STORE}/assets/{file.id}/copy", body, JSON).status_code == 400
    assert me.names() == ["a"]


# Many


def test_many_are_trashed_by_a_job_that_tells_of_each(door, me):
    files = [me.file("a"), me.file("b")]

    answer = begin(door, "trash", *files)
    job = asked(answer, 202)
    tasks.do_with_many(job["id"])

    assert answer["Location"] == f"/api/v1/jobs/{job['id']}/"
    ended = asked(door.get(answer["Location"]))
    assert (ended["action"], ended["state"], ended["result"]["done"]) == ("trash", "done", 2)
    items = asked(door.get(f"{answer['Location']}items/"))["items"]
    assert [(item["subject"], item["state"]) for item in items] == [(str(file.id), "done") for file in files]
    assert me.names() == []


def test_an_order_that_is_sent_again_begins_one_job(door, me):
    body = {"action": "trash", "assets": [str(me.file("a").id)]}
    first, again = (door.post(f"{STORE}/bulk", body, JSON, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert asked(first, 202) == asked(again, 202)
    assert Job.objects.count() == 1


def test_the_anonymous_order_nothing(me):
    assert begin(Client(), "trash", me.file("a")).status_code == 401


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"action": "eat"}, "action"),
        ({"action": None}, "action"),
        ({"assets": []}, "assets"),
        ({"assets": "all"}, "assets"),
        ({"assets": ["x"]}, "assets"),
        ({"assets": [str(uuid4())] * 2}, "assets"),
        ({"assets": [str(uuid4()) for _ in range(1001)]}, "assets"),
        ({"folder": str(uuid4())}, "folder"),
        ({"purge": True}, "purge"),
        ({"action": "copy", "folder": "x"}, "folder"),
        ({"action": "copy"}, "folder"),
        ({"action": "share", "role": "owner", "users": ["bob"]}, "role"),
        ({"action": "share", "role": "viewer", "users": [""]}, "users"),
        ({"action": "share", "role": "viewer", "users": ["\x00"]}, "users"),
        ({"action": "share", "role": "viewer", "teams": ["x"]}, "teams"),
        ({"action": "share", "role": "viewer", "users": ["x"] * 101}, "users"),
    ],
)
def test_nonsense_begins_no_job(door, said, field):
    body = {"action": "trash", "assets": [str(uuid4())]} | said

    answer = door.post(f"{STORE}/bulk/", body, JSON)

    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert not Job.objects.exists()


def test_a_key_for_one_folder_watches_and_cancels_the_jobs_it_began_and_no_others(door, alice, me, there):
    other = asked(begin(door, "trash", me.file("a")), 202)
    key = key_client(alice, "read", "delete", folder=there.id)

    job = asked(begin(key, "trash", me.file("b", there)), 202)

    assert [found["id"] for found in asked(key.get("/api/v1/jobs/"))["items"]] == [job["id"]]
    assert asked(key.get(f"/api/v1/jobs/{job['id']}"))["state"] == "queued"
    assert len(asked(key.get(f"/api/v1/jobs/{job['id']}/items"))["items"]) == 1
    assert asked(key.post(f"/api/v1/jobs/{job['id']}/cancel"), 202)["state"] == "cancelled"
    for call in (key.get, key.post):
        assert call(f"/api/v1/jobs/{other['id']}{'/cancel' if call == key.post else ''}").status_code == 404
    assert key.get(f"/api/v1/jobs/{other['id']}/items").status_code == 404
    assert len(asked(door.get("/api/v1/jobs/"))["items"]) == 2
    reader = key_client(alice, "read")
    assert len(asked(reader.get("/api/v1/jobs/"))["items"]) == 2
    assert reader.post(f"/api/v1/jobs/{other['id']}/cancel").status_code == 404
