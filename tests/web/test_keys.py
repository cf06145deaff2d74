"""Access keys, as people make and revoke them in a browser."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.services import keys
from assets.services import tree
from tests.people import caller_for
from tests.web.browsing import HTML, errors, text_of

pytestmark = pytest.mark.django_db
LIST = "/api/v1/store/folders/content"


def token_on(page: str) -> str:
    return str(re.findall(r'<code class="secret">(cb_[\w-]+)', page)[0])


def bearer(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("address", ["/account/keys", "/account/keys/new"])
def test_a_visitor_is_sent_to_sign_in(client, db, address):
    assert client.get(address).headers["Location"].startswith("/login?next=")


def test_a_key_is_shown_once_and_works(alices, alice):
    made = alices.post("/account/keys/new", {"name": "photo <frame>", "scopes": ["read"], "days": "30"})
    token = token_on(made.text)

    assert made.headers["Cache-Control"] == "no-store"
    assert bearer(token).get(LIST).status_code == 200
    folder = bearer(token).post("/api/v1/store/folders", {"name": "x"}, content_type="application/json")
    assert folder.status_code == 403
    page = alices.get("/account/keys")
    assert "photo &lt;frame&gt;" in page.text
    assert "May read" in text_of(page)
    assert token not in page.text
    [key] = keys.page(by=caller_for(alice)).items
    assert key.expires_at
    assert round((key.expires_at - key.created_at) / timedelta(days=1)) == 30


def test_a_key_for_a_folder_is_for_that_folder(alices, alice):
    folder = tree.make_folder(by=caller_for(alice), parent_id=None, name="Letters")
    assert "The folder Letters" in alices.get("/account/keys/new").text

    alices.post("/account/keys/new", {"name": "k", "scopes": ["read"], "folder": str(folder.id), "days": ""})

    [key] = keys.page(by=caller_for(alice)).items
    assert (key.folder_id, key.expires_at) == (folder.id, None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"folder": "00000000-0000-0000-0000-000000000000"}, "folder"),
        ({"days": "-1"}, "days"),
    ],
)
def test_what_a_key_cannot_be_is_told_at_its_field(alices, alice, changed, field):
    answer = alices.post("/account/keys/new", {"name": "k", "scopes": ["read"], "days": "30", **changed})

    assert (answer.status_code, set(errors(answer))) == (400, {field})
    assert keys.page(by=caller_for(alice)).items == []


def test_a_revoked_key_opens_nothing(alices, alice):
    token = token_on(alices.post("/account/keys/new", {"name": "k", "scopes": ["read"], "days": ""}).text)
    [key] = keys.page(by=caller_for(alice)).items

    answer = alices.post(f"/account/keys/{key.id}/revoke")

    assert answer.headers["Location"] == "/account/keys"
    assert bearer(token).get(LIST).status_code == 401
    assert alices.post(f"/account/keys/{key.id}/revoke", headers=HTML).status_code == 404


def test_nobody_revokes_the_key_of_somebody_else(alices, bob):
    key = keys.make(by=caller_for(bob), name="his", scopes=["read"]).info

    assert alices.post(f"/account/keys/{key.id}/revoke", headers=HTML).status_code == 404
    assert len(keys.page(by=caller_for(bob)).items) == 1


def test_the_list_asks_the_database_a_few_times_however_many_there_are(alices, alice, django_assert_max_num_queries):
    for number in range(9):
        keys.make(by=caller_for(alice), name=f"key {number}", scopes=["read"])

    with django_assert_max_num_queries(10):
        assert alices.get("/account/keys").status_code == 200
