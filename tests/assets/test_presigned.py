"""Signed addresses: one download or one upload, for whoever has them, with the rights of their maker."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessKey, User
from accounts.services import change_password, keys, suspend
from assets.models import Asset, Upload, Version
from assets.services import people, presigned, trash
from assets.services.content import Body
from assets.services.presigned import UploadWish
from cloudbox.errors import AccessDenied, BadInput, BodyTooLarge, NotAuthenticated, NotFound
from tests.assets.by_link import SOMEWHERE, by, child, token_to
from tests.people import PASSWORD, caller_for, client_for, with_key
from tests.threads import at_once

pytestmark = pytest.mark.django_db
RAW = "application/octet-stream"


@pytest.fixture
def photos(store, me):
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    return folder


def to_take(by, folder, name: str = "new.txt", most: int = 10, *, expires_in: int = 60, **more) -> str:
    wish = UploadWish(folder_id=folder.id, name=name, max_bytes=most, **more)
    return presigned.for_upload(by=by, wish=wish, expires_in=expires_in).url


def to_give(by, file, expires_in: int = 60) -> str:
    return presigned.for_download(by=by, file_id=file.id, expires_in=expires_in).url


def path(url: str) -> str:
    return url[url.index("/api/") :]


def put(url: str, data: bytes = b"data", **more) -> Any:
    return Client().put(path(url), data, content_type=RAW, **more)


def get(url: str, **headers) -> Any:
    return Client().get(path(url), headers=headers)


# Downloads


def test_anybody_downloads_what_was_signed_with_ranges_and_conditions(me, photos):
    url = to_give(me.caller, child(photos, "a.jpg"))

    whole = get(url)
    assert (whole.status_code, b"".join(whole.streaming_content if whole.streaming else [whole.content])) == (
        200,
        b"bytes of a",
    )
    assert get(url, Range="bytes=0-4").content == b"bytes"
    assert get(url, **{"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert Client().head(path(url)).headers["Content-Length"] == "10"
    assert whole.headers["Referrer-Policy"] == "no-referrer"


def test_a_token_of_somebody_adds_nothing_to_a_signed_address(bob, me, photos):
    url = to_give(me.caller, child(photos, "a.jpg"))

    assert client_for(bob).get(path(url)).status_code == 200
    assert put(url).status_code == 404
    assert Client().post(path(url)).status_code == 405


def test_an_expired_address_says_so(me, photos, monkeypatch):
    url = to_give(me.caller, child(photos, "a.jpg"))
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr("assets.services.presigned.time.time", later.timestamp)

    answer = get(url)

    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")


@pytest.mark.parametrize("change", ["cut", "longer", "another", "empty", "of a link"])
def test_an_address_that_was_not_signed_here_opens_nothing(me, photos, change):
    url = to_give(me.caller, child(photos, "a.jpg"))
    token = url.rsplit("/", 1)[1]
    other = to_take(me.caller, photos).rsplit("/", 1)[1]
    bad = {
        "cut": token[:-1],
        "longer": token + "A",
        "another": other.rsplit(":", 1)[0] + ":" + token.rsplit(":", 1)[1],
        "empty": ":",
        "of a link": token_to(me, photos),
    }[change]

    assert get(f"/api/v1/presigned/{bad}").status_code == 404
    assert put(f"/api/v1/presigned/{bad}").status_code == 404


# Uploads


def test_an_address_takes_one_file_and_no_second(alice, me, photos):
    url = to_take(me.caller, photos, content_type="text/csv")

    stored = put(url, b"0123456789")
    again = put(url, b"other")

    assert (stored.status_code, stored.json()["size"], stored.json()["content_type"]) == (201, 10, "text/csv")
    assert (again.status_code, again.json()["code"]) == (409, "address_used")
    assert me.names(photos) == ["a.jpg", "new.txt"]
    file = Asset.objects.get(id=stored.json()["id"])
    assert (file.created_by_id, file.owner_id) == (alice.id, alice.id)
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_it_at_once_one_stores_a_file(me, photos):
    url = to_take(me.caller, photos, on_conflict="rename")

    answers = at_once(8, lambda number: put(url, b"%d" % number).status_code)

    assert sorted(answers) == [201, *[409] * 7]
    assert me.names(photos) == ["a.jpg", "new.txt"]
    assert me.space()[1] == 0


def test_more_bytes_than_signed_are_refused_and_leave_nothing(me, photos):
    url, before = to_take(me.caller, photos, most=3), me.space()

    early = put(url, b"four")
    assert (early.status_code, early.json()["code"], early.json()["limit"]) == (413, "body_too_large", 3)
    assert (me.space(), me.names(photos)) == (before, ["a.jpg"])
    assert put(url, b"two").status_code == 201  # what failed is no use


def test_bytes_of_unknown_number_are_counted_as_they_come(me, photos):
    token = to_take(me.caller, photos, most=3).rsplit("/", 1)[1]
    before = me.space()

    with pytest.raises(BodyTooLarge):
        presigned.upload(token, SOMEWHERE, Body([b"ab", b"cd"]))

    assert (me.space(), me.names(photos)) == (before, ["a.jpg"])
    assert presigned.upload(token, SOMEWHERE, Body([b"ab", b"c"])).size == 3


@pytest.mark.parametrize(
    ("on_conflict", "status", "names"),
    [
        ("fail", 409, ["a.jpg"]),
        ("rename", 201, ["a (1).jpg", "a.jpg"]),
        ("replace", 201, ["a.jpg"]),
    ],
)
def test_a_name_that_is_taken_is_treated_as_was_signed(me, photos, on_conflict, status, names):
    url = to_take(me.caller, photos, "a.jpg", on_conflict=on_conflict)

    assert put(url).status_code == status
    assert me.names(photos) == names


def test_a_file_that_was_put_into_the_trash_does_not_bring_the_address_back(me, photos):
    url = to_take(me.caller, photos)
    trash.trash(by=me.caller, asset_id=put(url).json()["id"])

    assert put(url).status_code == 409
    assert Version.objects.filter(upload_id__isnull=False).count() == 2


# Whose it is


@pytest.mark.parametrize("end", ["removed", "demoted", "suspended", "inactive", "password", "trashed"])
def test_an_address_ends_with_the_right_of_its_maker(me, bob, colleague, staff, photos, end):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    gives, takes = to_give(colleague.caller, child(photos, "a.jpg")), to_take(colleague.caller, photos)
    assert get(gives).status_code == 200

    if end in {"removed", "demoted"}:
        people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    if end == "demoted":
        people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    elif end == "suspended":
        suspend(by=caller_for(staff), user_id=bob.id)
    elif end == "inactive":
        User.objects.filter(id=bob.id).update(is_active=False)
    elif end == "password":
        change_password(by=colleague.caller, current=PASSWORD, new="five dry otters")
    elif end == "trashed":
        trash.trash(by=me.caller, asset_id=photos.id)

    assert get(gives).status_code == (200 if end == "demoted" else 404)
    assert put(takes).status_code == (403 if end == "demoted" else 404)
    assert me.names() == ([] if end == "trashed" else ["photos"])


def test_an_address_goes_no_further_than_the_key_it_was_made_with(alice, me, photos):
    outside, file = me.file("outside"), child(photos, "a.jpg")
    with_all, reads = with_key(alice, "read", "write", folder=photos.id), with_key(alice, "read")

    with pytest.raises(NotFound):
        to_give(with_all, outside)
    with pytest.raises(AccessDenied):
        to_take(reads, photos)
    gives, takes = to_give(with_all, file), to_take(with_all, photos)
    me_key = AccessKey.objects.get(folder_id=photos.id)
    assert get(gives).status_code == 200
    keys.revoke(by=me.caller, key_id=me_key.id)

    assert (get(gives).status_code, put(takes).status_code) == (404, 404)
    assert get(to_give(reads, file)).status_code == 200


def test_nobody_signs_what_they_may_not_do(me, stranger, nobody, photos):
    file = child(photos, "a.jpg")

    for sign in (lambda it: to_give(it, file), lambda it: to_take(it, photos)):
        with pytest.raises(NotFound):
            sign(stranger.caller)
        with pytest.raises(NotAuthenticated):
            sign(nobody.caller)
        with pytest.raises(AccessDenied):
            sign(by(token_to(me, photos, "editor")).caller)
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="viewer")
    with pytest.raises(AccessDenied):
        to_take(stranger.caller, photos)
    with pytest.raises(NotAuthenticated):
        to_give(nobody.caller, file)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "download"),
        ({"download": "FILE", "upload": {"folder": "FOLDER", "name": "a", "max_bytes": 1}}, "download"),
        ({"download": "FOLDER"}, "download"),
        ({"download": "x"}, "download"),
        ({"download": "FILE", "expires_in": 0}, "expires_in"),
        ({"download": "FILE", "expires_in": 7 * 24 * 3600 + 1}, "expires_in"),
        ({"download": "FILE", "then": 1}, "then"),
        ({"upload": {"folder": "FILE", "name": "a", "max_bytes": 1}}, None),
        ({"upload": {"folder": "FOLDER", "name": "a/b", "max_bytes": 1}}, "name"),
        ({"upload": {"folder": "FOLDER", "name": "a", "max_bytes": -1}}, "upload.max_bytes"),
        ({"upload": {"folder": "FOLDER", "name": "a"}}, "upload.max_bytes"),
        ({"upload": {"folder": "FOLDER", "name": "a", "max_bytes": 1, "content_type": "x\r\ny"}}, None),
    ],
)
def test_what_cannot_be_signed_is_refused_by_name(alice, photos, asked, field):
    ids = {"FILE": str(child(photos, "a.jpg").id), "FOLDER": str(photos.id)}
    asked = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in asked.items()}
    if "upload" in asked:
        asked["upload"] = {**asked["upload"], "folder": ids[asked["upload"]["folder"]]}

    answer = client_for(alice).post("/api/v1/store/presign", asked, "application/json")

    assert answer.status_code == 400, answer.content
    assert field is None or field in {error["field"] for error in answer.json()["errors"]}


def test_the_door_signs_both(alice, photos):
    client = client_for(alice)

    def signed(asked) -> dict[str, Any]:
        answer = client.post("/api/v1/store/presign", asked, "application/json")
        assert answer.status_code == 200
        return dict(answer.json())

    gives = signed({"download": str(child(photos, "a.jpg").id)})
    takes = signed({"upload": {"folder": str(photos.id), "name": "b", "max_bytes": 9}, "expires_in": 60})

    assert (gives["method"], takes["method"]) == ("GET", "PUT")
    assert gives["expires_at"] > takes["expires_at"]
    assert get(gives["url"]).status_code == 200
    assert put(takes["url"]).json()["name"] == "b"
    assert Client().post("/api/v1/store/presign", {}, "application/json").status_code == 401
    with pytest.raises(BadInput):
        presigned.for_download(by=caller_for(alice), file_id=photos.id, expires_in=5)
