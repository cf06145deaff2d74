"""Notifications, and the choice of how one is told, as programs ask for them."""

import pytest
from django.test import Client

from activity.models import Notification
from tests.people import client_for, key_of

pytestmark = pytest.mark.django_db
LIST, READ, CHOICES = "/api/v1/notifications/", "/api/v1/notifications/read", "/api/v1/account/notifications"


@pytest.fixture
def three(alice):
    """Three that alice has not read."""
    data = {"actor": {"id": None, "label": "bob"}, "target": None, "facts": {}, "times": 2}
    rows = [Notification(user=alice, event_seq=seq, kind="team_left", data=data) for seq in range(3)]
    return Notification.objects.bulk_create(rows)


def by_key(user, *scopes):
    return Client(headers={"Authorization": f"Bearer {key_of(user, *scopes).token}"})


def test_they_come_in_pages_and_are_marked_as_read(alice, three):
    client = client_for(alice)
    first = client.get(LIST, {"limit": 2}).json()
    rest = client.get(LIST, {"cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [row.id for row in reversed(three)]
    assert {"kind": "team_left", "actor": "bob", "read": False, "times": 2}.items() <= first["items"][0].items()

    left = client.post(READ, {"ids": [three[0].id]}, content_type="application/json").json()
    assert left == client.get("/api/v1/notifications/unread").json() == {"unread": 2}
    assert [one["id"] for one in client.get(LIST, {"unread": "1"}).json()["items"]] == [three[2].id, three[1].id]
    assert client.post(READ, {}, content_type="application/json").json() == {"unread": 0}


def test_a_choice_is_kept_and_what_is_not_named_stays(alice):
    client = client_for(alice)
    chosen = client.patch(CHOICES, {"shared": {"by_mail": False}}, content_type="application/json").json()

    assert chosen == client.get(CHOICES).json()
    [shared] = [choice for choice in chosen["items"] if choice["notice"] == "shared"]
    assert (shared["on_page"], shared["by_mail"], shared["always"]) == (True, False, False)


@pytest.mark.parametrize(
    ("method", "address", "sent", "field"),
    [
        ("get", f"{LIST}?unread=yes", None, "unread"),
        ("get", f"{LIST}?read=1", None, "read"),
        ("get", f"{CHOICES}?all=1", None, "all"),
        ("post", READ, {"ids": ["x"]}, "ids"),
        ("post", READ, {"until": 0}, "until"),
        ("post", READ, {"until": 2**63}, "until"),
        ("patch", CHOICES, {"nothing": {}}, "nothing"),
        ("patch", CHOICES, ["shared"], "body"),
    ],
)
def test_what_cannot_be_is_refused_by_name(alice, method, address, sent, field):
    call = getattr(client_for(alice), method)
    answer = call(address) if sent is None else call(address, sent, content_type="application/json")

    problem = answer.json()
    named = [problem.get("field"), *(error["field"] for error in problem.get("errors", []))]
    assert answer.status_code == 400
    assert any(str(name).startswith(field) for name in named)


def test_a_key_reads_and_changes_nothing(alice, three):
    client = by_key(alice, "read", "write")

    assert [client.get(address).status_code for address in (LIST, CHOICES)] == [200, 200]
    for call, address in ((client.post, READ), (client.patch, CHOICES)):
        assert call(address, {}, content_type="application/json").status_code == 403
    assert Notification.objects.filter(read_at=None).count() == len(three)


def test_the_anonymous_are_asked_to_sign_in(client, db):
    assert [client.get(address).status_code for address in (LIST, CHOICES)] == [401, 401]
