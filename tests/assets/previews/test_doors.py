"""Small pictures over HTTP: to whom the file is shown, and to nobody else."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from assets.models import Preview, Thumbnail
from assets.services import people, pictures
from tests.assets.by_link import token_to
from tests.assets.conftest import place_of
from tests.assets.previews.conftest import make, preview_of
from tests.assets.previews.samples import opened, picture
from tests.people import client_for, key_of

pytestmark = pytest.mark.django_db
STORE = "/api/v1/store"


@pytest.fixture
def door(alice) -> Client:
    return client_for(alice)


def thumbnail(client: Client, file, status=200, query="", **headers):
    answer = client.get(f"{STORE}/files/{file.id}/thumbnail/{query}", headers=headers)
    assert answer.status_code == status, answer.content
    return answer


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def preview_in(client: Client, file):
    return client.get(f"{STORE}/files/{file.id}/").json()["preview"]


def test_a_file_tells_what_it_shows(door, photo):
    nothing: dict[str, Any] = {"width": None, "height": None, "duration_ms": None, "reason": None, "thumbnails": []}
    assert preview_in(door, photo) == {**nothing, "state": "waiting"}

    make(photo)

    size = {"width": 1600, "height": 800, "duration_ms": None}
    assert preview_in(door, photo) == {"state": "made", "reason": None, **size, "thumbnails": [256, 1024]}


def test_a_file_tells_why_it_shows_nothing(door, me, store):
    broken, text = me.file("photo.png", data=b"no picture"), me.file("a.txt")
    make(broken)

    assert preview_in(door, broken)["reason"] == "unreadable"
    assert preview_in(door, text) is None


@pytest.mark.parametrize(
    ("query", "width"), [("", 256), ("?size=1", 256), ("?size=257", 1024), ("?size=1024", 1024), ("?size=4096", 1024)]
)
def test_a_thumbnail_is_the_smallest_that_is_large_enough(door, seen, query, width):
    answer = thumbnail(door, seen, query=query)

    assert opened(body(answer)).size == (width, width // 2)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Disposition"] == 'inline; filename="photo.webp"'
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_thumbnail_that_the_browser_has_is_not_sent_again(door, seen):
    tag = thumbnail(door, seen)["ETag"]

    assert body(thumbnail(door, seen, 304, **{"If-None-Match": tag})) == b""
    assert thumbnail(door, seen, query="?size=1024")["ETag"] != tag
    assert door.head(f"{STORE}/files/{seen.id}/thumbnail").status_code == 200


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "256px", "4097", "9" * 100, "", "%D9%A3"])
def test_a_size_that_cannot_be_is_refused_by_name(door, seen, size):
    refusal = thumbnail(door, seen, 400, f"?size={size}").json()

    assert (refusal["code"], refusal["field"]) == ("bad_input", "size")
    assert thumbnail(door, seen, 400, "?width=3").json()["field"] == "width"


def test_where_there_is_no_picture_that_is_said_and_whether_to_wait(door, me, photo):
    refusal = thumbnail(door, photo, 404).json()
    text = thumbnail(door, me.file("a.txt"), 404).json()
    broken = me.file("broken.png", data=b"no picture")
    make(broken)

    assert (refusal["code"], refusal["state"]) == ("no_preview", "waiting")
    assert (text["code"], text["state"]) == ("no_preview", "none")
    assert thumbnail(door, broken, 404).json()["state"] == "none"


def test_a_folder_has_no_picture(door, me):
    assert thumbnail(door, me.folder("outer"), 400).json()["field"] == "id"


def test_an_earlier_version_shows_its_own_picture(door, me, seen):
    me.file("photo.png", data=picture(300, 300))
    path = f"{STORE}/files/{seen.id}/versions"

    assert thumbnail(door, seen, 404).json()["state"] == "waiting"
    assert opened(body(door.get(f"{path}/1/thumbnail/"))).size == (256, 128)
    assert door.get(f"{path}/2/thumbnail/").json()["code"] == "no_preview"
    assert door.get(f"{path}/3/thumbnail/").json()["code"] == "not_found"


def test_only_who_may_read_the_file_sees_its_picture(door, me, seen, bob, charlie):
    people.add_people(by=me.caller, asset_id=seen.id, role="viewer", names=[bob.username])

    thumbnail(client_for(bob), seen)
    assert thumbnail(client_for(charlie), seen, 404).json()["code"] == "not_found"
    assert thumbnail(Client(), seen, 401).json()["code"] == "not_authenticated"
    thumbnail(Client(headers={"Authorization": "Bearer nonsense"}), seen, 401)
    people.set_any_one_access(by=me.caller, asset_id=seen.id, access="viewer")
    thumbnail(Client(), seen)


def test_an_access_key_sees_pictures_where_it_may_read(alice: User, me, photo):
    inside = me.file("inside.png", me.folder("For the key"), data=picture())
    for file in (photo, inside):
        make(file)
    key = key_of(alice, "read", folder=inside.parent)
    program = Client(headers={"Authorization": f"Bearer {key.token}"})

    thumbnail(program, inside)
    assert thumbnail(program, photo, 404).json()["code"] == "not_found"


def test_who_comes_by_a_link_sees_pictures_that_count_nothing_until_it_gives_nothing_more(me, photo):
    make(photo)
    token = token_to(me, photo, download_limit=1)
    path = f"/api/v1/links/{token}/files/{photo.id}"

    for _ in range(3):
        assert Client().get(f"{path}/thumbnail/").status_code == 200
    assert Client().get(f"{path}/").json()["preview"]["state"] == "made"
    assert len(body(Client().get(f"{path}/content"))) == photo.size
    answer = Client().get(f"{path}/thumbnail/")
    assert (answer.status_code, answer.json()["code"]) == (410, "download_limit_reached")


def test_a_file_request_shows_no_picture(me, photo):
    make(photo)
    token = token_to(me, me.folder("requests"), "add")

    assert Client().get(f"/api/v1/links/{token}/files/{photo.id}/thumbnail/").status_code == 404


def test_what_is_in_the_trash_shows_nothing(door, seen):
    door.delete(f"{STORE}/files/{seen.id}/")

    assert thumbnail(door, seen, 404).json()["code"] == "not_found"


def test_an_altered_thumbnail_is_never_shown(door, seen):
    place_of("local", Thumbnail.objects.get(edge=256).image).write_bytes(b"RIFF0000WEBP something else")

    assert thumbnail(door, seen, 503).json()["code"] == "content_damaged"
    thumbnail(door, seen, query="?size=1024")


def test_the_picture_is_shown_until_a_new_one_is_there(door, seen):
    Preview.objects.update(state="waiting")

    thumbnail(door, seen)
    assert preview_of(seen).state == "waiting"


def test_a_picture_costs_few_queries(me, seen, django_assert_num_queries):
    with django_assert_num_queries(2):
        pictures.open_thumbnail(by=me.caller, file_id=seen.id)
    with django_assert_num_queries(3):
        pictures.file_and_preview(by=me.caller, file_id=seen.id)
