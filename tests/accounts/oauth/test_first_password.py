"""Whoever came with an identity elsewhere has no password, and sets a first one within minutes of signing in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from tests.people import PASSWORD, client_for

pytestmark = pytest.mark.django_db
CHANGE, PROFILE = "/api/v1/auth/change-password", "/api/v1/auth/profile"
NEW = "nine quiet herons"


@pytest.fixture
def cat(signs_in):
    """A client of somebody who has just signed in with GitHub."""
    return Client(headers={"Authorization": f"Bearer {signs_in('github').access}"})


def change(client, **fields):
    return client.post(CHANGE, fields, content_type="application/json")


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_first_password_is_set_and_signs_in(client, cat):
    assert cat.get(PROFILE).json()["has_password"] is False

    assert change(cat, new_password=NEW).status_code == 200

    login = client.post("/api/v1/auth/login", {"login": "octocat", "password": NEW}, "application/json")
    assert login.status_code == 200
    mine = Client(headers={"Authorization": f"Bearer {login.json()['access']}"})
    assert mine.get(PROFILE).json()["has_password"] is True
    only = mine.get("/api/v1/account/identities").json()["items"][0]["id"]
    assert mine.delete(f"/api/v1/account/identities/{only}").status_code == 204


def test_later_one_signs_in_again_first(cat):
    """A stolen token must not take over the account."""
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    assert refused(change(cat, new_password=NEW)) == (401, "sign_in_again")
    assert refused(cat.patch(PROFILE, {"username": "dog"}, content_type="application/json")) == (401, "sign_in_again")


def test_within_minutes_the_username_changes_too(cat):
    assert cat.patch(PROFILE, {"username": "dog"}, content_type="application/json").json()["username"] == "dog"


def test_who_has_a_password_is_asked_for_it_however_fresh_they_are(alice):
    hers = client_for(alice)

    assert hers.get(PROFILE).json()["has_password"] is True
    assert refused(change(hers, new_password=NEW)) == (400, "bad_input")
    assert refused(change(hers, new_password=NEW, current_password="")) == (400, "bad_input")
    assert change(hers, new_password=NEW, current_password=PASSWORD).status_code == 200
