"""Idempotency-Key over HTTP, at a door that creates."""

import pytest

from assets.models import Asset
from tests.people import client_for

pytestmark = pytest.mark.django_db

FOLDERS = "/api/v1/store/folders/"


@pytest.fixture
def post(alice):
    browser = client_for(alice)

    def post(body, **headers):
        return browser.post(FOLDERS, body, "application/json", headers=headers)

    return post


def folders():
    return Asset.objects.filter(kind="folder", parent__isnull=False).count()


def test_a_repeat_creates_nothing_and_gets_the_same_answer(post):
    first = post({"name": "Photos"}, idempotency_key="k")
    second = post({"name": "Photos"}, idempotency_key="k")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert folders() == 1


def test_without_a_key_every_request_counts(post):
    assert [post({"name": "Photos"}).status_code for _ in range(2)] == [201, 409]


def test_a_key_with_another_body_is_refused(post):
    post({"name": "Photos"}, idempotency_key="k")

    answer = post({"name": "Plans"}, idempotency_key="k")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert folders() == 1


def test_a_key_of_somebody_else_is_another_key(post, bob):
    post({"name": "Photos"}, idempotency_key="k")

    answer = client_for(bob).post(FOLDERS, {"name": "Photos"}, "application/json", headers={"idempotency-key": "k"})

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


def test_a_refused_request_may_be_tried_again_under_its_key(post):
    refused = post({"name": "a/b"}, idempotency_key="k")

    answer = post({"name": "ab"}, idempotency_key="k")

    assert (refused.status_code, answer.status_code) == (400, 201)


def test_a_key_that_cannot_be_is_refused_by_name(post):
    answer = post({"name": "Photos"}, idempotency_key="a b")

    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
    assert folders() == 0
