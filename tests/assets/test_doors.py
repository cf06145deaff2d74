"""What the native doors take and give, as docs/files.md tells it."""

import base64
import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from activity.models import AuditEntry, Mail
from tests.people import client_for

STORE = "/api/v1/store"
JSON = "application/json"
RAW = "application/octet-stream"

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def door(alice) -> Client:
    return client_for(alice)


def asked(response: Any, status: int = 200) -> Any:
    """Return what a call has answered that must have this status."""
    assert response.status_code == status, response.content
    return response.json()


def put(
    door: Client,
    name: str,
    body: bytes = b"data",
    *,
    status: int = 201,
    query: str = "",
    headers: dict[str, str] | None = None,
) -> Any:
    return asked(door.put(f"{STORE}/folders/files/{name}{query}", body, RAW, headers=headers), status)


def form(name: str, body: bytes = b"data") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, body)}


# Folders


def test_without_an_id_a_folder_is_ones_root(door):
    root = asked(door.get(f"{STORE}/folders/"))

    assert (root["kind"], root["parent"], root["role"]) == ("folder", None, "owner")
    assert asked(door.get(f"{STORE}/folders/{root['id']}")) == root


def test_a_folder_is_made_in_the_root_or_in_another(door):
    outer = asked(door.post(f"{STORE}/folders/", {"name": "Outer"}, JSON), 201)
    inner = asked(door.post(f"{STORE}/folders/{outer['id']}/", {"name": "Inner"}, JSON), 201)

    assert inner["parent"] == outer["id"]
    assert [item["name"] for item in asked(door.get(f"{STORE}/folders/{outer['id']}/content/"))["items"]] == ["Inner"]


def test_a_folder_may_be_open_to_anyone_from_the_start(door):
    folder = asked(door.post(f"{STORE}/folders/", {"name": "Open", "any_one_access": "viewer"}, JSON), 201)

    assert (folder["any_one_access"], folder["access_type"]) == ("viewer", "viewer")
    assert Client().get(f"{STORE}/folders/{folder['id']}").status_code == 200


def test_the_same_request_under_one_key_makes_one_folder(door):
    key = {"Idempotency-Key": "once"}
    first = asked(door.post(f"{STORE}/folders/", {"name": "Letters"}, JSON, headers=key), 201)
    again = door.post(f"{STORE}/folders/", {"name": "Letters"}, JSON, headers=key)

    assert asked(again, 201) == first
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("sort=owner", "sort"), ("kind=link", "kind"), ("page=2", "page")],
)
def test_a_list_that_cannot_be_is_refused_by_the_parameter(door, query, field):
    refusal = asked(door.get(f"{STORE}/folders/content/?{query}"), 400)

    assert (refusal["code"], refusal["field"]) == ("bad_input", field)


def test_a_file_is_no_folder_and_a_folder_no_file(door):
    folder, file = asked(door.get(f"{STORE}/folders/"))["id"], put(door, "a.txt")["id"]

    assert asked(door.get(f"{STORE}/files/{folder}"), 400)["field"] == "id"
    assert asked(door.get(f"{STORE}/folders/{file}"), 400)["field"] == "id"


# Uploads


def test_a_named_upload_makes_a_file_and_then_a_version(door):
    first = put(door, "a.txt", b"one")
    second = put(door, "a.txt", b"three", status=200)

    assert (second["id"], second["version"], second["size"]) == (first["id"], 2, 5)


def test_a_taken_name_is_refused_or_numbered_when_asked(door):
    put(door, "a.txt")

    assert put(door, "a.txt", status=409, query="?on_conflict=fail")["code"] == "name_taken"
    assert put(door, "a.txt", query="?on_conflict=rename")["name"] == "a (1).txt"
    assert put(door, "a.txt", status=400, query="?on_conflict=merge")["field"] == "on_conflict"


def test_only_new_is_asked_with_if_none_match(door):
    put(door, "a.txt", headers={"If-None-Match": "*"})

    assert put(door, "a.txt", status=412, headers={"If-None-Match": "*"})["code"] == "precondition_failed"


def test_a_form_makes_a_file_in_the_root_or_in_a_folder(door):
    folder = asked(door.post(f"{STORE}/folders/", {"name": "Letters"}, JSON), 201)["id"]
    root = asked(door.get(f"{STORE}/folders/"))["id"]

    assert asked(door.post(f"{STORE}/files/", form("a.txt")), 201)["parent"] == root
    assert asked(door.post(f"{STORE}/files/{folder}/", form("a.txt")), 201)["parent"] == folder


def test_a_form_refuses_a_taken_name_unless_asked(door):
    asked(door.post(f"{STORE}/files/", form("a.txt", b"one")), 201)

    assert asked(door.post(f"{STORE}/files/", form("a.txt")), 409)["code"] == "name_taken"
    assert asked(door.post(f"{STORE}/files/?on_conflict=rename", form("a.txt")), 201)["name"] == "a (1).txt"
    assert asked(door.post(f"{STORE}/files/?on_conflict=replace", form("a.txt")), 200)["version"] == 2


def test_a_form_has_a_file_and_nothing_else(door):
    assert asked(door.post(f"{STORE}/files/", {"name": "a.txt"}), 400)["field"] == "file"
    assert asked(door.post(f"{STORE}/files/", {"folder": "x", **form("a.txt")}), 400)["field"] == "folder"
    assert asked(door.post(f"{STORE}/files/", b"data", RAW), 415)["code"] == "unsupported_media_type"
    assert asked(door.get(f"{STORE}/folders/content/"))["items"] == []


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
def test_a_declared_digest_is_checked(door, header):
    right, wrong = (base64.b64encode(hashlib.sha256(body).digest()).decode() for body in (b"data", b"date"))

    put(door, "right.txt", headers={header: f"sha-256=:{right}:"})
    assert put(door, "wrong.txt", status=400, headers={header: f"sha-256=:{wrong}:"})["code"] == "digest_mismatch"
    assert [item["name"] for item in asked(door.get(f"{STORE}/folders/content/"))["items"]] == ["right.txt"]


@pytest.mark.parametrize(("header", "value"), [("Content-Range", "bytes 0-3/8"), ("Content-Encoding", "gzip")])
def test_a_body_that_is_not_the_file_is_refused_by_its_header(door, header, value):
    assert put(door, "a.txt", status=400, headers={header: value})["field"] == header


# Content


def test_a_file_is_downloaded_whole_and_in_part(door):
    file = put(door, "letter.txt", b"Dear Ben")["id"]
    whole = door.get(f"{STORE}/files/{file}/content")
    part = door.get(f"{STORE}/assets/{file}/download/", headers={"Range": "bytes=5-"})

    assert (whole.status_code, b"".join(whole)) == (200, b"Dear Ben")
    assert (whole["Content-Type"], whole["Content-Disposition"]) == ("text/plain", 'attachment; filename="letter.txt"')
    assert whole["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(b'Dear Ben').digest()).decode()}:"
    assert (part.status_code, b"".join(part), part["Content-Range"]) == (206, b"Ben", "bytes 5-7/8")
    assert door.get(f"{STORE}/files/{file}/content", headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_a_download_is_recorded_when_bytes_are_sent_and_not_before(door, bob):
    file = put(door, "letter.txt", b"Dear Ben")["id"]
    address, reader = f"{STORE}/files/{file}/content", client_for(bob)
    asked(door.post(f"{STORE}/assets/{file}/viewers/", {"users": ["bob"]}, JSON), 201)

    def recorded() -> list[int]:
        return [entry.download.count for entry in AuditEntry.objects.filter(verb="file_downloaded", target_id=file)]

    tag = reader.head(address)["ETag"]
    assert reader.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert reader.get(address, headers={"If-Match": '"else"'}).status_code == 412
    assert reader.get(address, headers={"Range": "bytes=99-"}).status_code == 416
    assert recorded() == []
    for _ in range(2):
        assert b"".join(reader.get(address, headers={"Range": "bytes=5-"})) == b"Ben"
    assert recorded() == [2]


def test_a_view_is_inline_for_harmless_types_only(door):
    text, page = put(door, "a.txt")["id"], put(door, "a.html")["id"]

    assert door.get(f"{STORE}/files/{text}/view/")["Content-Disposition"].startswith("inline")
    assert door.get(f"{STORE}/files/{page}/view/")["Content-Disposition"].startswith("attachment")


def test_content_is_replaced_only_as_it_was_seen(door):
    file = put(door, "a.txt", b"one")["id"]
    seen = door.get(f"{STORE}/files/{file}/content")["ETag"]
    address = f"{STORE}/files/{file}/content"

    assert asked(door.put(address, b"two", RAW, headers={"If-Match": seen}))["version"] == 2
    assert asked(door.put(address, b"three", RAW, headers={"If-Match": seen}), 412)["code"] == "precondition_failed"


def test_the_tag_of_an_upload_is_that_of_its_download(door):
    address = f"{STORE}/folders/files/a.txt"
    made = door.put(address, b"one", RAW)
    file = asked(made, 201)
    content = f"{STORE}/files/{file['id']}/content"

    assert made["ETag"] == door.get(content)["ETag"] == f'"{file["etag"]}"'
    assert asked(door.put(address, b"two", RAW, headers={"If-Match": made["ETag"]}))["version"] == 2
    for where in (address, content):
        stale = door.put(where, b"three", RAW, headers={"If-Match": made["ETag"]})
        assert asked(stale, 412)["code"] == "precondition_failed"
    assert asked(door.get(f"{STORE}/folders/content/"))["items"][0]["etag"] == door.get(content)["ETag"].strip('"')


def test_what_shall_only_be_created_is_not_replaced_whatever_its_address(door):
    address, only_new = f"{STORE}/folders/files/a.txt", {"If-None-Match": "*"}
    file = asked(door.put(address, b"one", RAW, headers=only_new), 201)

    for where in (address, f"{address}?on_conflict=rename", f"{STORE}/files/{file['id']}/content"):
        assert asked(door.put(where, b"two", RAW, headers=only_new), 412)["code"] == "precondition_failed"


def test_what_shall_only_be_replaced_is_not_created(door):
    refused = door.put(f"{STORE}/folders/files/a.txt", b"one", RAW, headers={"If-Match": "*"})

    assert asked(refused, 412)["code"] == "precondition_failed"
    assert asked(door.get(f"{STORE}/folders/content/"))["items"] == []


def test_every_version_can_be_listed_and_read(door):
    file = put(door, "a.txt", b"one")["id"]
    put(door, "a.txt", b"three", status=200)
    versions = asked(door.get(f"{STORE}/files/{file}/versions/"))

    assert [(row["seq"], row["size"], row["is_current"]) for row in versions["items"]] == [(2, 5, True), (1, 3, False)]
    assert b"".join(door.get(f"{STORE}/files/{file}/versions/1/content")) == b"one"
    assert asked(door.get(f"{STORE}/files/{file}/versions/9/content"), 404)["code"] == "not_found"


# Names and places


def test_a_rename_counts_only_for_the_revision_that_was_seen(door):
    file = put(door, "a.txt")
    address, seen = f"{STORE}/files/{file['id']}/", {"If-Match": f'"{file["revision"]}"'}
    renamed = door.patch(address, {"name": "b.txt"}, JSON, headers=seen)

    assert asked(renamed)["name"] == "b.txt"
    assert renamed["ETag"] == f'"{renamed.json()["revision"]}"'
    assert asked(door.patch(address, {"name": "c.txt"}, JSON, headers=seen), 412)["code"] == "precondition_failed"
    assert asked(door.patch(address, {"name": "c.txt"}, JSON, headers={"If-Match": "7"}), 400)["field"] == "If-Match"


def test_an_asset_is_moved_under_its_name_or_another(door):
    folder = asked(door.post(f"{STORE}/folders/", {"name": "Letters"}, JSON), 201)["id"]
    first, second = put(door, "a.txt")["id"], put(door, "b.txt")["id"]

    assert asked(door.post(f"{STORE}/assets/{first}/move", {"folder": folder}, JSON))["parent"] == folder
    clash = {"folder": folder, "name": "a.txt"}
    assert asked(door.post(f"{STORE}/assets/{second}/move", clash, JSON), 409)["code"] == "name_taken"
    moved = asked(door.post(f"{STORE}/assets/{second}/move?on_conflict=rename", clash, JSON))
    assert (moved["parent"], moved["name"]) == (folder, "a (1).txt")


def test_what_was_deleted_is_in_the_trash_until_it_is_restored_or_purged(door):
    kept, gone = put(door, "kept.txt")["id"], put(door, "gone.txt")["id"]
    for file in (kept, gone):
        assert door.delete(f"{STORE}/files/{file}/").status_code == 204

    assert [item["id"] for item in asked(door.get(f"{STORE}/trash/"))["items"]] == [gone, kept]
    assert asked(door.post(f"{STORE}/trash/{kept}/restore"))["trashed_at"] is None
    assert door.delete(f"{STORE}/trash/{gone}/").status_code == 204
    assert asked(door.get(f"{STORE}/trash/"))["items"] == []
    assert [item["id"] for item in asked(door.get(f"{STORE}/folders/content/"))["items"]] == [kept]


def test_a_deletion_may_be_for_good_and_the_trash_be_emptied(door):
    first, second = put(door, "a.txt")["id"], put(door, "b.txt")["id"]
    assert door.delete(f"{STORE}/files/{first}/?purge=1").status_code == 204
    assert door.delete(f"{STORE}/files/{second}/").status_code == 204

    assert asked(door.delete(f"{STORE}/trash/")) == {"purged": 1}
    assert asked(door.delete(f"{STORE}/files/{first}/"), 404)["code"] == "not_found"


# People


def test_people_are_added_told_listed_and_removed(door, bob):
    file = put(door, "a.txt")["id"]
    people = {"users": ["bob@example.com", "nobody@example.com"], "notify": True}
    added = asked(door.post(f"{STORE}/assets/{file}/viewers/", people, JSON), 201)

    assert ([person["username"] for person in added["viewers"]], added["unknown_users"]) == (
        ["bob"],
        ["nobody@example.com"],
    )
    assert [(mail.to, mail.kind) for mail in Mail.objects.exclude(kind="welcome")] == [(bob.email, "shared_with_you")]
    assert asked(client_for(bob).get(f"{STORE}/files/{file}"))["abilities"] == ["read"]
    assert door.delete(f"{STORE}/assets/{file}/viewers/", {"users": ["bob"]}, JSON).status_code == 204
    assert asked(door.get(f"{STORE}/assets/{file}/viewers/"))["viewers"] == []
    assert client_for(bob).get(f"{STORE}/files/{file}").status_code == 404


@pytest.mark.parametrize("field", ["any_one_access", "access_type"])
def test_access_for_anyone_is_set_by_either_of_its_names(door, field):
    file = put(door, "a.txt")["id"]

    assert (
        asked(door.patch(f"{STORE}/assets/{file}/access-type/", {field: "viewer"}, JSON))["any_one_access"] == "viewer"
    )
    assert Client().get(f"{STORE}/files/{file}/content").status_code == 200


@pytest.mark.parametrize(
    "asks", [{}, {"any_one_access": "owner"}, {"any_one_access": "viewer", "access_type": "editor"}]
)
def test_access_for_anyone_is_one_of_three_words(door, asks):
    file = put(door, "a.txt")["id"]

    assert asked(door.patch(f"{STORE}/assets/{file}/access-type/", asks, JSON), 400)["code"] == "bad_input"
    assert Client().get(f"{STORE}/files/{file}/content").status_code == 401
