"""What the doors of links take and give, on both sides of a link."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Usage
from assets.models import Asset, Link, Version
from jobs.models import Idempotency
from tests.assets.by_link import child
from tests.people import client_for

JSON = "application/json"
RAW = "application/octet-stream"
BYTES = "application/offset+octet-stream"
PASSWORD = "four wet otters"
TUS = {"Tus-Resumable": "1.0.0"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def photos(store, me):
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    me.file("deep", me.folder("below", folder))
    return folder


@pytest.fixture
def door(alice) -> Client:
    return client_for(alice)


def asked(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def made(door: Client, asset, role: str = "viewer", **wish) -> dict[str, Any]:
    return dict(asked(door.post(f"/api/v1/store/assets/{asset.id}/links/", {"role": role, **wish}, JSON), 201))


def path_of(link: dict[str, Any]) -> str:
    """Return where the link leads, without a slash at the end."""
    url = str(link.get("api_url") or link["url"])
    return url[url.index("/api/") :].rstrip("/")


@pytest.fixture
def visitor() -> Client:
    return Client()


# Those who make links


def test_a_link_is_made_listed_read_changed_and_revoked(door, photos):
    link = made(door, photos, label="for Ben", download_limit=2)
    one = f"/api/v1/store/links/{link['id']}/"

    assert (link["asset"], link["name"], link["kind"], link["state"]) == (str(photos.id), "photos", "folder", "live")
    assert asked(door.get(f"/api/v1/store/assets/{photos.id}/links")) == {"items": [link], "next": None}
    assert asked(door.get("/api/v1/store/links")) == {"items": [link], "next": None}
    assert asked(door.get(one)) == link
    changed = asked(door.patch(one, {"label": "", "download_limit": None}, JSON))
    assert (changed["label"], changed["download_limit"], changed["url"]) == ("", None, link["url"])
    asked(door.delete(one), 204)
    asked(door.get(one), 404)


def test_the_secret_of_a_link_is_not_kept_for_repeats(door, photos):
    address, headers = f"/api/v1/store/assets/{photos.id}/links", {"Idempotency-Key": "k" * 16}

    asked(door.post(address, {"role": "viewer"}, JSON, headers=headers), 201)

    assert not Idempotency.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "role"),
        ({"role": "owner"}, "role"),
        ({"role": "viewer", "token": "mine"}, "token"),
        ({"role": "viewer", "password": 12345678}, "password"),
        ({"role": "viewer", "password": "short"}, "password"),
        ({"role": "viewer", "expires_at": "yesterday"}, "expires_at"),
        ({"role": "viewer", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"role": "viewer", "download_limit": 0}, "download_limit"),
        ({"role": "viewer", "download_limit": "many"}, "download_limit"),
        ({"role": "viewer", "label": "x" * 101}, "label"),
    ],
)
def test_what_cannot_be_is_refused_by_name(door, photos, said, field):
    answer = asked(door.post(f"/api/v1/store/assets/{photos.id}/links/", said, JSON), 400)

    assert field in {error["field"] for error in answer["errors"]}
    assert not Link.objects.exists()


@pytest.mark.parametrize("who", ["bob", "nobody"])
def test_others_are_told_nothing_of_a_link(request, door, photos, who, visitor):
    link = made(door, photos)
    client = visitor if who == "nobody" else client_for(request.getfixturevalue(who))

    for link_id in (link["id"], uuid4()):
        for method in (client.get, client.delete, client.patch):
            asked(method(f"/api/v1/store/links/{link_id}/"), 401 if who == "nobody" else 404)
    asked(
        client.post(f"/api/v1/store/assets/{photos.id}/links/", {"role": "viewer"}, JSON),
        401 if who == "nobody" else 404,
    )
    answer = client.get("/api/v1/store/links")
    assert answer.status_code == 401 if who == "nobody" else asked(answer)["items"] == []


def test_the_address_of_a_link_opens_only_what_it_is_for(door, photos, visitor):
    """It is no credential: it neither signs in nor goes with other addresses."""
    token = path_of(made(door, photos, "editor")).rsplit("/", 1)[1]

    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": f"token {token}"}):
        asked(visitor.get(f"/api/v1/store/folders/{photos.id}/", headers=headers), 401)
    for address in ("trash", "store/trash", "account", "links", "store/links", "jobs", "assets"):
        assert visitor.get(f"/api/v1/links/{token}/{address}").status_code in {401, 404}
    for address in ("editors", "viewers", "links", "access-type", "transfer", "favourite", "tags"):
        assert visitor.get(f"/api/v1/links/{token}/assets/{photos.id}/{address}").status_code in {401, 404}
    assert visitor.get(f"/api/v1/links/{token}/files/{child(photos, 'a.jpg').id}/versions").status_code in {401, 404}


# Those who come by one


def test_a_link_says_what_it_opens_and_counts_the_visit(door, photos, visitor):
    at = path_of(made(door, photos, download_limit=3))

    answer = visitor.get(at)

    assert asked(answer) == {
        "needs_password": False,
        "role": "viewer",
        "asset": str(photos.id),
        "kind": "folder",
        "name": "photos",
        "size": None,
        "content_type": None,
        "owner": "alice",
        "maker": "alice",
        "expires_at": None,
        "downloads_left": 3,
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert Link.objects.get().visits == 1


def test_who_comes_by_a_link_to_view_reads_lists_and_downloads(door, photos, visitor):
    at, file = path_of(made(door, photos)), child(photos, "a.jpg")

    assert [one["name"] for one in asked(visitor.get(f"{at}/folders/{photos.id}/content/"))["items"]] == [
        "below",
        "a.jpg",
    ]
    assert asked(visitor.get(f"{at}/folders/{photos.id}/"))["parent"] is None
    assert asked(visitor.get(f"{at}/files/{file.id}/"))["abilities"] == ["read"]
    for address in (f"files/{file.id}/content", f"files/{file.id}/view", f"assets/{file.id}/download/"):
        assert visitor.get(f"{at}/{address}").content == b"bytes of a"
    archive = visitor.get(f"{at}/assets/{photos.id}/download")
    assert archive.headers["Content-Type"] == "application/zip"
    assert b"".join(archive.streaming_content).startswith(b"PK")
    for answer in (
        visitor.put(f"{at}/folders/{photos.id}/files/new", b"x", content_type=RAW),
        visitor.post(f"{at}/folders/{photos.id}/", {"name": "x"}, JSON),
        visitor.patch(f"{at}/files/{file.id}/", {"name": "x"}, JSON),
        visitor.delete(f"{at}/files/{file.id}/"),
        visitor.post(
            f"{at}/uploads", b"", BYTES, headers={**TUS, "Upload-Length": "1", "Upload-Metadata": "name eA=="}
        ),
    ):
        asked(answer, 403)


def test_who_comes_by_a_link_to_edit_changes_things(door, photos, visitor, me):
    at = path_of(made(door, photos, "editor"))

    file = asked(visitor.put(f"{at}/folders/{photos.id}/files/new.txt", b"one", content_type=RAW), 201)
    asked(visitor.put(f"{at}/files/{file['id']}/content", b"two", content_type=RAW))
    folder = asked(visitor.post(f"{at}/folders/{photos.id}/", {"name": "made"}, JSON), 201)
    form = {"file": SimpleUploadedFile("form.txt", b"of a form")}
    asked(visitor.post(f"{at}/files/{folder['id']}/", form), 201)
    asked(visitor.post(f"{at}/assets/{file['id']}/move", {"folder": folder["id"], "name": "moved"}, JSON))
    asked(visitor.patch(f"{at}/folders/{folder['id']}/", {"name": "renamed"}, JSON))
    asked(visitor.delete(f"{at}/files/{child(photos, 'a.jpg').id}/"), 204)
    asked(visitor.delete(f"{at}/folders/{folder['id']}/?purge=1"), 403)
    asked(visitor.post(f"{at}/assets/{folder['id']}/move", {"folder": str(photos.parent)}, JSON), 404)

    assert me.names(photos) == ["below", "renamed"]
    assert me.names(child(photos, "renamed")) == ["form.txt", "moved"]
    assert Link.objects.get().uploads == 3


def test_a_file_request_takes_files_by_every_way_and_shows_none(door, photos, visitor, me):
    at = path_of(made(door, photos, "add"))
    form = {"file": SimpleUploadedFile("a.jpg", b"of a form")}

    assert asked(visitor.put(f"{at}/folders/{photos.id}/files/a.jpg", b"raw", content_type=RAW), 201)["name"] == "a.jpg"
    assert asked(visitor.post(f"{at}/files/{photos.id}/", form), 201)["name"] == "a.jpg"
    headers = {**TUS, "Upload-Length": "3", "Upload-Metadata": "filename YS5qcGc="}
    begun = visitor.post(f"{at}/uploads/", b"tus", BYTES, headers=headers)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "3")
    assert begun.headers["Location"].startswith(f"{at}/uploads/")
    assert visitor.head(begun.headers["Location"], headers=TUS).headers["Upload-Offset"] == "3"
    assert "(" not in asked(visitor.get(begun.headers["Location"]))["name"]

    assert me.names(photos) == ["below", "a (1).jpg", "a (2).jpg", "a (3).jpg", "a.jpg"]
    for answer in (
        visitor.get(f"{at}/folders/{photos.id}/"),
        visitor.get(f"{at}/folders/{photos.id}/content/"),
        visitor.get(f"{at}/assets/{photos.id}/download/"),
        visitor.get(f"{at}/files/{child(photos, 'a.jpg').id}/content"),
        visitor.get(f"{at}/download/?assets={photos.id}"),
    ):
        asked(answer, 404)
    asked(visitor.get(f"{at}/uploads/"), 405)


def test_how_much_room_its_maker_has_is_not_told_to_whoever_comes_by_a_link(door, alice, photos, visitor):
    at = path_of(made(door, photos, "add"))
    upload = {"upload": {"folder": str(photos.id), "name": "b", "max_bytes": 99}}
    signed = path_of(asked(door.post("/api/v1/store/presign", upload, JSON)))
    Usage.objects.filter(owner=alice).update(limit_bytes=20)
    tus = {**TUS, "Upload-Length": "99", "Upload-Metadata": "filename bmV3"}

    for answer in (
        visitor.put(f"{at}/folders/{photos.id}/files/a", b"x" * 99, content_type=RAW),
        visitor.post(f"{at}/files/{photos.id}/", {"file": SimpleUploadedFile("a", b"x" * 99)}),
        visitor.post(f"{at}/uploads", b"", BYTES, headers=tus),
        visitor.put(signed, b"x" * 99, content_type=RAW),
    ):
        problem = asked(answer, 413)
        assert (problem["code"], "free" in problem) == ("quota_exceeded", False)
        assert "free" not in problem["detail"]
    refused = asked(door.put(f"/api/v1/store/folders/{photos.id}/files/a", b"x" * 99, content_type=RAW), 413)
    assert refused["free"] >= 0


def test_an_upload_that_is_resumed_belongs_to_its_link(door, photos, visitor):
    at, other = (path_of(made(door, photos, "editor")) for _ in range(2))
    headers = {**TUS, "Upload-Length": "4", "Upload-Metadata": "filename bmV3"}
    begun = visitor.post(f"{at}/uploads", b"", BYTES, headers=headers).headers["Location"]
    more = {**TUS, "Upload-Offset": "0"}

    asked(visitor.head(begun.replace(at, other), headers=TUS), 404)
    asked(visitor.patch(begun.replace(at, other), b"data", BYTES, headers=more), 404)
    asked(visitor.patch(begun, b"data", BYTES, headers=more), 204)

    assert Asset.objects.get(name="new").parent_id == photos.id
    door.delete(f"/api/v1/store/links/{Link.objects.earliest('id').id}")
    asked(visitor.head(begun, headers=TUS), 404)


@pytest.mark.parametrize("role", ["editor", "add"])
def test_partial_uploads_through_a_link_become_one_file_which_does_not_tell_the_link(door, photos, visitor, role):
    at = path_of(made(door, photos, role))
    headers = {**TUS, "Upload-Length": "4", "Upload-Concat": "partial"}
    parts = [visitor.post(f"{at}/uploads", b"data", BYTES, headers=headers)["Location"] for _ in range(2)]
    told = {**TUS, "Upload-Concat": f"final;{' '.join(parts)}", "Upload-Metadata": "filename bmV3"}

    final = visitor.post(f"{at}/uploads/", b"", BYTES, headers=told)

    assert (final.status_code, final["Upload-Offset"]) == (201, "8")
    assert Asset.objects.get(name="new").size == 8
    said = Version.objects.get(asset__name="new").upload_said or {}
    assert said["concat"] == f"final;{' '.join(part.rpartition('/')[2] for part in parts)}"
    again = visitor.head(final["Location"], headers=TUS)
    assert (again.status_code, again["Upload-Offset"]) == (200, "8")


def test_a_link_with_a_password_opens_with_the_pass_in_a_header_or_a_cookie(door, photos, visitor):
    at = path_of(made(door, photos, password=PASSWORD))
    content = f"{at}/folders/{photos.id}/content"

    closed = asked(visitor.get(at))
    assert closed.pop("needs_password") is True
    assert set(closed.values()) == {None}
    assert asked(visitor.get(content), 403)["code"] == "link_locked"
    assert asked(visitor.post(f"{at}/unlock", {"password": "wrong"}, JSON), 403)["code"] == "wrong_link_password"
    assert asked(visitor.post(f"{at}/unlock", {}, JSON), 400)["errors"][0]["field"] == "password"
    unlocked = visitor.post(f"{at}/unlock", {"password": PASSWORD}, JSON)
    given = asked(unlocked)["link_pass"]

    cookie = unlocked.cookies["cloudbox_link_pass"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"{at}/", True, "Strict")
    assert asked(visitor.get(content))["items"]
    by_header = Client(headers={"X-CloudBox-Link-Pass": given})
    assert asked(by_header.get(content))["items"]
    assert asked(by_header.get(at))["name"] == "photos"
    asked(Client().get(content), 403)


def test_whoever_is_signed_in_comes_by_a_link_as_nobody_but_that(door, bob, photos):
    at = path_of(made(door, photos))

    for client in (door, client_for(bob), Client(headers={"Authorization": "Bearer nonsense"})):
        assert asked(client.get(f"{at}/folders/{photos.id}/"))["role"] == "viewer"
        asked(client.post(f"{at}/folders/{photos.id}/", {"name": "x"}, JSON), 403)
        asked(client.get(f"{at}/folders/{photos.parent}/"), 404)


def test_an_idempotency_key_of_a_visitor_is_not_one_of_the_maker(door, photos, visitor):
    at, headers = path_of(made(door, photos, "editor")), {"Idempotency-Key": "k" * 16}
    asked(door.post(f"/api/v1/store/folders/{photos.id}/", {"name": "hers"}, JSON, headers=headers), 201)

    answer = visitor.post(f"{at}/folders/{photos.id}/", {"name": "theirs"}, JSON, headers=headers)

    assert asked(answer, 201)["name"] == "theirs"


@pytest.mark.parametrize("token", ["x", "x" * 32, "%2e%2e", "%00", "%ff", "' OR 1=1", "😀", "x" * 3000])
def test_a_token_that_never_was_is_alike_whatever_is_asked(photos, token):
    for address in ("", f"/folders/{photos.id}/", f"/files/{uuid4()}/content", f"/assets/{photos.id}/download"):
        assert Client().get(f"/api/v1/links/{token}{address}").status_code in {400, 404}
    assert Client().post(f"/api/v1/links/{token}/unlock", {"password": "x"}, JSON).status_code in {400, 404}
