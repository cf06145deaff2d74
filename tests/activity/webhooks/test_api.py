"""The calls by which programs of people look after their webhooks."""

import json

import pytest
from django.test import Client

from activity import deliveries
from activity.models import Webhook
from tests.people import client_for, key_of, register

URL = "https://hooks.example.org/"
HOOKS = "/api/v1/webhooks/"


@pytest.fixture
def client(alice):
    return client_for(alice)


def sent(client, method, address, **said):
    return client.generic(method, address, json.dumps(said), content_type="application/json")


def test_a_webhook_is_made_changed_tested_and_deleted(client, receiver):
    made = sent(client, "POST", HOOKS, url=receiver.url, label="here", kinds=["file_shared"]).json()
    address = f"{HOOKS}{made['id']}/"

    assert (made["kinds"], made["secret"][:6]) == (["file_shared"], "whsec_")
    assert client.get(HOOKS).json()["items"] == [client.get(address).json()]
    assert client.get(f"{address}secret").json() == {"secret": made["secret"]}
    assert sent(client, "PATCH", address, label="there").json()["label"] == "there"
    assert client.post(f"{address}rotate-secret").json()["secret"] != made["secret"]

    tested = client.post(f"{address}test")
    deliveries.deliver()
    (delivery,) = client.get(f"{address}deliveries").json()["items"]
    assert (tested.status_code, delivery["id"], delivery["state"]) == (202, tested.json()["id"], "delivered")
    again = client.post(f"{address}deliveries/{delivery['id']}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "pending")

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_answers_with_a_secret_are_kept_by_no_cache(client):
    made = sent(client, "POST", HOOKS, url=URL)
    address = f"{HOOKS}{made.json()['id']}/"

    answers = [made, client.get(f"{address}secret"), client.post(f"{address}rotate-secret")]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "url"),
        ({"url": "https://127.0.0.2/"}, "url"),
        ({"url": URL, "kinds": ["file_eaten"]}, "kinds"),
        ({"url": URL, "kinds": "file_shared"}, "kinds"),
        ({"url": URL, "label": "x" * 101}, "label"),
        ({"url": URL, "secret": "whsec_mine"}, "secret"),
        ({"url": URL, "is_active": False}, "is_active"),
    ],
)
def test_what_cannot_be_used_is_named_and_changes_nothing(client, said, field):
    answer = sent(client, "POST", HOOKS, **said)

    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json().get("errors", [answer.json()])]
    assert not Webhook.objects.exists()


def test_strangers_keys_and_the_anonymous_come_nowhere(client, alice):
    made = sent(client, "POST", HOOKS, url=URL).json()
    stranger = client_for(register("charlie"))
    key = Client(headers={"Authorization": f"Bearer {key_of(alice, 'read', 'write').token}"})
    calls = [
        *(("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "secret"), ("POST", "rotate-secret"), ("POST", "test")),
        *(("GET", "deliveries"), ("POST", f"deliveries/{made['id']}/retry")),
    ]

    for who, status in ((stranger, 404), (key, 403), (Client(), 401)):
        asked = [sent(who, method, f"{HOOKS}{made['id']}/{rest}", label="x").status_code for method, rest in calls]
        assert set(asked) == {status}
    assert client.get(f"{HOOKS}{made['id']}").json()["label"] == ""


def test_a_parameter_that_a_call_does_not_know_is_refused(client):
    assert client.get(f"{HOOKS}?sort=url").status_code == 400
