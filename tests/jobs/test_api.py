from uuid import uuid4

import pytest

from jobs import services
from tests.people import client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(alice):
    return services.create("assets.purge", {}, owner_id=alice.id, total=2, unit="files", subjects=["a.txt", "b.txt"])


def test_the_owner_watches_a_job_and_its_items(alice, job):
    browser = client_for(alice)

    listed = browser.get("/api/v1/jobs/").json()["items"]
    read = browser.get(f"/api/v1/jobs/{job.id}/").json()
    items = browser.get(f"/api/v1/jobs/{job.id}/items/").json()["items"]

    assert listed == [read]
    assert (read["id"], read["state"], read["total"], read["unit"]) == (str(job.id), "queued", 2, "files")
    assert [item["subject"] for item in items] == ["a.txt", "b.txt"]


def test_the_owner_cancels_a_job_once(alice, job):
    browser = client_for(alice)

    first = browser.post(f"/api/v1/jobs/{job.id}/cancel")
    services_says = services.get(alice.id, job.id).state

    assert (first.status_code, first.json()["state"], services_says) == (202, "cancelled", "cancelled")


def test_a_job_that_is_over_cannot_be_cancelled(alice, job):
    lease = services.take(job.id)
    assert lease
    services.finish(lease)

    answer = client_for(alice).post(f"/api/v1/jobs/{job.id}/cancel/")

    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "job_finished", "done")


def test_a_stranger_finds_no_job(charlie, job):
    browser = client_for(charlie)

    assert browser.get("/api/v1/jobs").json()["items"] == []
    for answer in (
        browser.get(f"/api/v1/jobs/{job.id}"),
        browser.get(f"/api/v1/jobs/{job.id}/items"),
        browser.post(f"/api/v1/jobs/{job.id}/cancel"),
        browser.get(f"/api/v1/jobs/{uuid4()}"),
    ):
        assert answer.status_code == 404


def test_the_anonymous_are_asked_to_sign_in_before_anything_else(client, job):
    for address in ("", f"{job.id}/", f"{uuid4()}/", f"{job.id}/items/"):
        assert client.get(f"/api/v1/jobs/{address}").status_code == 401
    assert client.post(f"/api/v1/jobs/{job.id}/cancel/").status_code == 401


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJ4Il0"])
def test_a_cursor_of_another_list_is_refused_by_name(alice, cursor):
    answer = client_for(alice).get("/api/v1/jobs/", {"cursor": cursor})

    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")
