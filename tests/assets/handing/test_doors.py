"""The doors of offers: one test for each verb and for each refusal."""

import pytest
from django.test import Client

from assets.models import Transfer
from tests.people import client_for

STORE = "/api/v1/store"
JSON = "application/json"
NOBODY = "00000000-0000-4000-8000-000000000000"


def asked(response, status: int = 200):
    """Return what a call has answered that must have this status."""
    assert response.status_code == status, response.content
    return response.json() if response.content else None


@pytest.fixture
def giver(alice):
    return client_for(alice)


@pytest.fixture
def taker(bob):
    return client_for(bob)


@pytest.fixture
def made(giver, taker, photos):
    return asked(giver.post(f"{STORE}/assets/{photos.id}/transfer/", {"to": "bob"}, JSON), 201)


@pytest.mark.parametrize("slash", ["", "/"])
def test_something_is_offered_listed_read_and_accepted(giver, taker, photos, slash):
    made = asked(giver.post(f"{STORE}/assets/{photos.id}/transfer{slash}", {"to": "bob", "keep": False}, JSON), 201)

    assert made.keys() == {
        "id", "asset", "kind", "name", "direction", "giver", "to", "keep", "size", "created_at", "expires_at"
    }  # fmt: skip
    assert (made["asset"], made["kind"], made["name"], made["size"]) == (str(photos.id), "folder", "Photos", 9)
    assert (made["giver"]["username"], made["to"]["username"], made["keep"]) == ("alice", "bob", False)
    assert asked(giver.get(f"{STORE}/transfers{slash}")) == {"items": [made | {"size": None}], "next": None}
    one = f"{STORE}/transfers/{made['id']}"
    assert asked(taker.get(f"{one}{slash}")) == made | {"direction": "in"}
    taken = taker.post(f"{one}/accept{slash}", {}, JSON)
    assert asked(taken)["owner"]["username"] == "bob"
    assert taken["ETag"] == f'"{taken.json()["revision"]}"'
    asked(taker.post(f"{one}/accept{slash}", {}, JSON), 404)


def test_it_is_accepted_into_a_folder(taker, made):
    folder = asked(taker.post(f"{STORE}/folders/", {"name": "Mine"}, JSON), 201)["id"]

    assert asked(taker.post(f"{STORE}/transfers/{made['id']}/accept", {"folder": folder}, JSON))["parent"] == folder


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_declined_or_withdrawn(giver, taker, made, photos, slash):
    assert taker.post(f"{STORE}/transfers/{made['id']}/decline{slash}").status_code == 204
    again = asked(giver.post(f"{STORE}/assets/{photos.id}/transfer/", {"to": "bob"}, JSON), 201)
    assert giver.delete(f"{STORE}/transfers/{again['id']}{slash}").status_code == 204
    assert not Transfer.objects.exists()


def test_the_same_offer_under_one_key_is_made_once(giver, taker, photos):
    address, key = f"{STORE}/assets/{photos.id}/transfer/", {"Idempotency-Key": "once"}
    first = asked(giver.post(address, {"to": "bob"}, JSON, headers=key), 201)

    assert asked(giver.post(address, {"to": "bob"}, JSON, headers=key), 201) == first
    assert asked(giver.post(address, {"to": "bob"}, JSON), 409)["code"] == "conflict"


def test_the_anonymous_are_asked_to_sign_in(made, photos):
    nobody, one = Client(), f"{STORE}/transfers/{made['id']}"
    for answer in (
        nobody.get(f"{STORE}/transfers/"),
        nobody.get(one),
        nobody.delete(one),
        nobody.post(f"{one}/accept", {}, JSON),
        nobody.post(f"{one}/decline"),
        nobody.post(f"{STORE}/assets/{photos.id}/transfer/", {"to": "bob"}, JSON),
    ):
        assert asked(answer, 401)["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "to"),
        ({"to": ""}, "to"),
        ({"to": 7}, "to"),
        ({"to": ["bob"]}, "to"),
        ({"to": "nobody"}, "to"),
        ({"to": "x" * 300}, "to"),
        ({"to": "bob", "keep": "perhaps"}, "keep"),
        ({"to": "bob", "role": "viewer"}, "role"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_by_the_field(giver, taker, photos, body, field):
    refusal = asked(giver.post(f"{STORE}/assets/{photos.id}/transfer/", body, JSON), 400)
    assert {fault["field"] for fault in refusal.get("errors", [refusal])} == {field}
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("body", [{"folder": "here"}, {"folder": None}, {"into": NOBODY}])
def test_nonsense_accepts_nothing(taker, made, body):
    assert asked(taker.post(f"{STORE}/transfers/{made['id']}/accept", body, JSON), 400)["code"] == "bad_input"
    assert Transfer.objects.exists()


@pytest.mark.parametrize("query", ["limit=0", "cursor=x", "page=2"])
def test_a_list_that_cannot_be_is_refused_by_the_parameter(giver, query):
    assert asked(giver.get(f"{STORE}/transfers/?{query}"), 400)["field"] == query.split("=")[0]


def test_an_offer_that_is_not_there_is_not_found(giver):
    one = f"{STORE}/transfers/{NOBODY}"
    for answer in (
        giver.get(one),
        giver.delete(one),
        giver.post(f"{one}/accept", {}, JSON),
        giver.post(f"{one}/decline"),
    ):
        asked(answer, 404)
    asked(giver.get(f"{STORE}/transfers/x"), 404)
