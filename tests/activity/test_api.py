import pytest

from activity.services import Target, Who, record
from tests.people import client_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/api/v1/activity", "/api/v1/activity/"])
def test_everybody_reads_what_they_did(address, alice):
    answer = client_for(alice).get(address)

    assert answer.status_code == 200
    (entry,) = answer.json()["items"]
    assert (entry["verb"], entry["actor"], entry["target"]["name"]) == ("registered", "alice", "alice")
    assert answer.json()["next"] is None


def test_what_others_did_is_shown_without_where_from(alice, bob):
    record(
        "file_downloaded",
        by=Who(id=bob.id, label="bob", address="192.0.2.2", agent="Firefox"),
        target=Target("file", bob.id, "plan.txt"),
        owner_id=alice.id,
    )

    seen_by_alice = client_for(alice).get("/api/v1/activity/").json()["items"][0]
    seen_by_bob = client_for(bob).get("/api/v1/activity/").json()["items"][0]

    assert (seen_by_alice["actor"], seen_by_alice["address"], seen_by_alice["agent"]) == ("bob", "", "")
    assert (seen_by_bob["address"], seen_by_bob["agent"]) == ("192.0.2.2", "Firefox")


def test_pages_are_asked_for_with_limit_and_cursor(alice):
    for _ in range(3):
        record("signed_in", by=Who(id=alice.id, label="alice"))
    browser = client_for(alice)

    first = browser.get("/api/v1/activity/", {"limit": 3}).json()
    second = browser.get("/api/v1/activity/", {"limit": 3, "cursor": first["next"]}).json()

    assert [entry["verb"] for entry in first["items"] + second["items"]] == ["signed_in"] * 3 + ["registered"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "-1"), ("limit", "many"), ("limit", "201"), ("cursor", "x"), ("cursor", "WyJ4Il0")],
)
def test_a_page_that_cannot_be_is_refused_by_name(alice, name, value):
    answer = client_for(alice).get("/api/v1/activity/", {name: value})

    assert (answer.status_code, answer.json()["field"]) == (400, name)


def test_the_anonymous_are_asked_to_sign_in(client, db):
    assert client.get("/api/v1/activity/").status_code == 401
