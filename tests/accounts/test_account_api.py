"""/account/…: what one uses, and where one is signed in."""

import pytest

from accounts import quotas, services
from accounts.models import Session
from activity.models import AuditEntry
from tests.people import caller_for, client_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slash", ["", "/"])
def test_usage_is_told_in_bytes(alice, staff, slash):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=1000)
    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=500, reason="A present")
    quotas.charge(alice.id, 300)
    quotas.reserve(alice.id, 200)

    usage = client_for(alice).get(f"/api/v1/account/usage{slash}").json()

    assert {name: usage[name] for name in ("used", "reserved", "limit", "free", "limit_until")} == {
        "used": 300,
        "reserved": 200,
        "limit": 1500,
        "free": 1000,
        "limit_until": None,
    }
    assert usage["charges"] == {"files": 0, "versions": 0, "trash": 0}
    assert [(item["bytes"], item["reason"]) for item in usage["allowances"]] == [(500, "A present")]


def test_usage_takes_few_queries(alice, django_assert_max_num_queries):
    client = client_for(alice)

    with django_assert_max_num_queries(4):  # who asks, the counters, the allowances, the sum of files
        client.get("/api/v1/account/usage")


@pytest.mark.parametrize("slash", ["", "/"])
def test_sessions_are_listed_and_ended(alice, slash):
    here, there = client_for(alice), client_for(alice)
    listed = here.get(f"/api/v1/account/sessions{slash}").json()
    (other,) = [item for item in listed["items"] if not item["current"]]

    ended = here.delete(f"/api/v1/account/sessions/{other['id']}{slash}")

    assert (ended.status_code, there.get("/api/v1/auth/profile").status_code) == (204, 401)
    assert here.get("/api/v1/auth/profile").status_code == 200
    assert here.delete(f"/api/v1/account/sessions/{other['id']}{slash}").status_code == 404


def test_all_other_sessions_are_ended_at_once(alice, bob):
    here, there, bobs = client_for(alice), client_for(alice), client_for(bob)

    assert here.delete("/api/v1/account/sessions").status_code == 204

    statuses = [client.get("/api/v1/auth/profile").status_code for client in (here, there, bobs)]
    assert statuses == [200, 401, 200]
    assert AuditEntry.objects.filter(verb="other_sessions_ended", owner_id=alice.id).count() == 1


def test_a_session_of_somebody_else_looks_missing(alice, bob):
    alices = client_for(alice)
    session_id = Session.objects.get(user=alice).id

    stranger = client_for(bob)

    assert stranger.delete(f"/api/v1/account/sessions/{session_id}").status_code == 404
    assert stranger.delete("/api/v1/account/sessions/00000000-0000-4000-8000-000000000000").status_code == 404
    assert alices.get("/api/v1/auth/profile").status_code == 200


def test_a_list_of_sessions_takes_two_queries(alice, django_assert_num_queries):
    client = client_for(alice)
    client_for(alice)

    with django_assert_num_queries(2):
        client.get("/api/v1/account/sessions")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzFd", "cursor"),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_name(alice, query, field):
    answer = client_for(alice).get(f"/api/v1/account/sessions?{query}")

    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "auth/profile"),
        ("patch", "auth/profile"),
        ("get", "auth/profile/picture"),
        ("post", "auth/logout"),
        ("post", "auth/change-password"),
        ("get", "auth/token/refresh"),
        ("post", "auth/token/refresh"),
        ("get", "account/usage"),
        ("get", "account/sessions"),
        ("delete", "account/sessions/00000000-0000-4000-8000-000000000000"),
    ],
)
def test_nobody_in_particular_is_asked_to_sign_in(client, method, path):
    for slash in ("", "/"):
        answer = getattr(client, method)(
            f"/api/v1/{path}{slash}", **({} if method == "get" else {"content_type": "application/json"})
        )

        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert "WWW-Authenticate" in answer
