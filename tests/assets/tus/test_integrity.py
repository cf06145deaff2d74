"""Whatever door bytes come through, the digests that their client declares are those of what is kept, or nothing is."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from assets import composites
from assets.models import Blob
from tests.assets.conftest import nothing_is_left
from tests.assets.tus.conftest import BYTES, UPLOADS, VERSION, Tus, metadata

pytestmark = pytest.mark.django_db

STORE = "/api/v1/store"
RAW = "application/octet-stream"
FORM = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%s\r\n--xyz--\r\n'
Send = Callable[[Tus, bytes, dict[str, str]], Any]


def by_name(tus: Tus, body: bytes, headers: dict[str, str]) -> Any:
    return tus.client.put(f"{STORE}/folders/files/a", body, RAW, headers=headers)


def as_a_form(tus: Tus, body: bytes, headers: dict[str, str]) -> Any:
    return tus.client.post(f"{STORE}/files/", body, "multipart/form-data; boundary=xyz", headers=headers)


def at_the_beginning(tus: Tus, body: bytes, headers: dict[str, str]) -> Any:
    told = VERSION | {"Upload-Length": str(len(body)), "Upload-Metadata": metadata(filename="a")}
    return tus.client.post(UPLOADS, body, BYTES, headers=told | headers)


DOORS: dict[str, tuple[Send, bytes]] = {
    "by name": (by_name, b"data"),
    "as a form": (as_a_form, FORM % b"data"),
    "at the beginning": (at_the_beginning, b"data"),
}


def declared(body: bytes) -> list[dict[str, str]]:
    """Return all the ways to declare the digest of a body."""

    def encoded(algorithm: str) -> str:
        return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()

    return [
        {"Content-Digest": f"sha-256=:{encoded('sha256')}:"},
        {"Content-Digest": f"sha-512=:{encoded('sha512')}:, sha-256=:{encoded('sha256')}:"},
        {"Repr-Digest": f"sha-256=:{encoded('sha256')}:"},
        {"Content-MD5": encoded("md5")},
    ]


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_not_what_its_digest_says_is_refused_and_leaves_nothing(tus, alice, store, door):
    send, body = DOORS[door]

    for headers in declared(b"other"):
        answer = send(tus, body, headers)
        assert (headers, answer.status_code) == (headers, 400)
        assert answer.json()["code"] in {"digest_mismatch", "file_digest_mismatch"}
        assert nothing_is_left(store, alice)
    for headers in ({"Content-Digest": "sha-256=:AAAA:"}, {"Repr-Digest": "sha-256"}, {"Content-MD5": "nonsense"}):
        answer = send(tus, body, headers)
        assert (answer.status_code, answer.json()["field"]) == (400, *headers)
    assert nothing_is_left(store, alice)


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_what_its_digest_says_is_kept(tus, door):
    send, body = DOORS[door]

    for headers in declared(body):
        assert send(tus, body, headers).status_code == 201
        [file] = tus.client.get(f"{STORE}/folders/content/").json()["items"]
        tus.client.delete(f"{STORE}/files/{file['id']}/")


def test_new_content_that_is_not_what_its_digest_says_leaves_the_old(tus, me):
    file = me.file("a", data=b"old")

    for headers in declared(b"other"):
        answer = tus.client.put(f"{STORE}/files/{file.id}/content", b"data", RAW, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "digest_mismatch")
    assert (me.read(file), me.space()) == (b"old", (3, 0))


def test_bytes_of_an_upload_that_are_not_what_their_digest_says_are_not_kept(tus, me):
    where = tus.begin(40)

    for headers in declared(b"other"):
        answer = tus.patch(where, 0, b"data", **headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "digest_mismatch")
    assert (tus.offset(where), me.space(), Blob.objects.count()) == (0, (0, 40), 0)
    for number, headers in enumerate(declared(b"data")):
        assert tus.patch(where, 4 * number, b"data", **headers).status_code == 204


def test_a_json_body_is_checked_like_any_other(tus):
    for headers in declared(b"{}"):
        answer = tus.client.post(f"{STORE}/folders/", b'{"name": "a"}', "application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "digest_mismatch")
    assert tus.names() == []


def test_every_file_shows_its_sha256_also_one_of_many_pieces_once_it_was_read(tus):
    where = tus.begin(8)
    tus.patch(where, 0, b"0123")
    file_id = tus.patch(where, 4, b"4567")["X-CloudBox-File"]
    digest = hashlib.sha256(b"01234567")

    composites.fill_digest(Blob.objects.get(kind="composite").id)  # what its task does

    [listed] = tus.client.get(f"{STORE}/folders/content/").json()["items"]
    [version] = tus.client.get(f"{STORE}/files/{file_id}/versions/").json()["items"]
    content = tus.client.get(f"{STORE}/files/{file_id}/content")
    assert listed["sha256"] == version["sha256"] == tus.file(file_id)["sha256"] == digest.hexdigest()
    assert content["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"


@pytest.mark.parametrize("name", ["Upload-Metadata", "Upload-Checksum"])
def test_a_letter_that_is_no_base64_is_refused_by_name(tus, me, name):
    headers = VERSION | {"Upload-Length": "4", "Upload-Metadata": "filename YQ==", name: "md5 \u00e9"}

    answer = tus.client.post(UPLOADS, b"data", BYTES, headers=headers)

    assert (answer.status_code, answer.json()["field"]) == (400, name)
    assert me.space() == (0, 0)
