"""The doors of accounts: one test for each verb and for each refusal."""

import pytest

from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_registers_and_logs_in(client, slash):
    registered = client.post(
        f"/api/v1/auth/register{slash}",
        {"email": "Zoe@Example.com", "password": PASSWORD, "first_name": "Zoe"},
        content_type="application/json",
    )
    logged_in = client.post(
        f"/api/v1/auth/login{slash}",
        {"email": "zoe@example.com", "password": PASSWORD},
        content_type="application/json",
    )

    assert registered.status_code == 201, registered.content
    assert (registered.json()["username"], registered.json()["email"]) == ("Zoe@Example.com", "Zoe@Example.com")
    assert logged_in.status_code == 200, logged_in.content
    assert logged_in.json()["token_type"] == "Bearer"
