"""/v1/blobs: who may, with which token."""

import json

import pytest
from django.core.management import call_command

from assets.services import tree
from tests.assets.ancestors.speaking_blobs import HELLO, JSON, blobs, post
from tests.people import client_for, key_of

pytestmark = pytest.mark.django_db
__all__ = ["blobs"]


@pytest.fixture(autouse=True)
def _store(store):
    """Every test has a store of its own."""


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic dTpw"}, {"Authorization": "Digest x"}])
@pytest.mark.parametrize("call", ["get", "post", "list", "delete"])
def test_without_a_bearer_token_nobody_is_authenticated(client, headers, call):
    answer = {
        "get": lambda: client.get("/v1/blobs/a", headers=headers),
        "post": lambda: client.post("/v1/blobs", HELLO, JSON, headers=headers),
        "list": lambda: client.get("/v1/blobs", headers=headers),
        "delete": lambda: client.delete("/v1/blobs/a", headers=headers),
    }[call]()

    assert answer.status_code == 401
    assert answer.json()["detail"] in {"Not authenticated", "Invalid token."}
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_invalid(client):
    answer = client.get("/v1/blobs/a", headers={"Authorization": "Bearer wrong"})

    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token."})


def test_the_scheme_is_read_whatever_its_case(client, alice):
    token = client_for(alice).defaults["HTTP_AUTHORIZATION"].partition(" ")[2]

    assert client.get("/v1/blobs", headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_an_access_key_does_what_its_scopes_leave(client, alice, blobs, me):
    post(blobs, "a", b"data")
    reads = {"Authorization": f"Bearer {key_of(alice, 'read').token}"}

    assert client.get("/v1/blobs/a", headers=reads).status_code == 200
    assert client.get("/v1/blobs", headers=reads).json()["items"][0]["id"] == "a"
    refused = client.post("/v1/blobs", {**HELLO}, JSON, headers=reads)
    assert (refused.status_code, refused.json().keys()) == (403, {"detail"})
    assert client.delete("/v1/blobs/a", headers=reads).status_code == 403
    writes = {"Authorization": f"Bearer {key_of(alice, 'write').token}"}
    assert client.get("/v1/blobs", headers=writes).status_code == 403
    assert client.get("/v1/blobs/a", headers=writes).status_code == 404


def test_a_key_for_a_folder_sees_the_blobs_in_it(client, alice, blobs, me):
    post(blobs, "a", b"data")
    folder = tree.content_of(by=me.caller, folder_id=None).items[0]
    other = me.folder("other")
    here, there = (
        {"Authorization": f"Bearer {key_of(alice, 'read', 'write', folder=each.id).token}"} for each in (folder, other)
    )

    assert client.get("/v1/blobs/a", headers=here).status_code == 200
    assert client.post("/v1/blobs", {**HELLO}, JSON, headers=here).status_code == 201
    assert [blob["id"] for blob in client.get("/v1/blobs", headers=here).json()["items"]] == ["a", HELLO["id"]]
    assert client.get("/v1/blobs/a", headers=there).json() == {"detail": "Blob not found"}
    assert client.get("/v1/blobs", headers=there).json()["items"] == []
    assert client.post("/v1/blobs", {"id": "z", "data": ""}, JSON, headers=there).status_code == 404


def test_the_operators_token_reads_and_stores(client, settings):
    settings.CLOUDBOX_BLOBS_TOKEN = "76134SBNVDSDHGWF25462567523"
    call_command("blobs_key")
    headers = {"Authorization": f"Bearer {settings.CLOUDBOX_BLOBS_TOKEN}"}

    assert client.post("/v1/blobs", HELLO, JSON, headers=headers).status_code == 201
    assert json.loads(client.get("/v1/blobs/my-unique-blob-id", headers=headers).getvalue())["size"] == 12
    assert client.delete("/v1/blobs/my-unique-blob-id", headers=headers).status_code == 403
    assert client.get("/v1/blobs", headers={"Authorization": "Bearer wrong"}).json() == {"detail": "Invalid token."}
