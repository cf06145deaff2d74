"""GET /api/v1/user/oauth, as clients of the general storage system call it."""

import pytest

from accounts.models import User
from accounts.services import identities
from tests.accounts.authenticator import set_up
from tests.accounts.oauth.conftest import VISITOR, here
from tests.providers import BACK, Somebody

pytestmark = pytest.mark.django_db
OAUTH = "/api/v1/user/oauth"


def begun(providers, by=VISITOR, provider="github"):
    started = identities.start(by=by, provider=provider, redirect_uri=BACK)
    return {**providers.visit(started.url), "type": provider, "redirect_uri": BACK}


def refused(response):
    body = response.json()
    assert body == {"_status": "ERR", "_error": {"code": response.status_code, "message": body["_error"]["message"]}}
    return response.status_code, body["_error"]["message"]


@pytest.mark.parametrize("provider", ["github", "google", "staff-id"])
@pytest.mark.parametrize("address", [OAUTH, f"{OAUTH}/"])
def test_a_client_of_the_general_storage_system_signs_in(client, providers, provider, address):
    response = client.get(address, begun(providers, provider=provider))

    user = User.objects.get()
    body = response.json()
    token = body.pop("access_token")
    assert response.status_code == 200
    assert body == {"_status": "OK", "user_id": str(user.id), "user_name": "octocat"}
    assert client.get("/api/v1/auth/profile", headers={"If-Match": f"token {token}"}).json()["id"] == str(user.id)


def test_whoever_forgot_to_quote_the_address_is_told(client, providers):
    status, message = refused(client.get(OAUTH, {"code": "your_access_code"}))

    assert status == 400
    assert message.startswith("parameter is null: type. An unquoted & ends a command")
    assert "curl '" in message


@pytest.mark.parametrize("missing", ["type", "code", "state"])
def test_what_is_missing_is_named(client, providers, missing):
    answer = begun(providers)
    del answer[missing]

    assert refused(client.get(OAUTH, answer)) == (400, f"parameter is null: {missing}.")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "xyz"}, 400),
        ({"code": "forged"}, 400),
        ({"redirect_uri": "http://example.com"}, 400),
        ({"type": "qq"}, 404),
    ],
)
def test_what_does_not_fit_is_refused_in_the_ancestors_shape(client, providers, change, status):
    assert refused(client.get(OAUTH, begun(providers) | change))[0] == status
    assert not User.objects.exists()


def test_a_replayed_address_is_refused(client, providers):
    answer = begun(providers)
    client.get(OAUTH, answer)

    assert refused(client.get(OAUTH, answer))[0] == 400


def test_a_no_and_a_provider_that_is_down_are_told(client, providers):
    no = {"type": "github", "state": begun(providers)["state"], "error": "access_denied", "redirect_uri": BACK}
    assert refused(client.get(OAUTH, no))[0] == 400

    answer = begun(providers)
    providers.lie("api.github.com", "/user", 500, b"")
    assert refused(client.get(OAUTH, answer))[0] == 502


def test_who_has_a_second_factor_is_told_to_sign_in_elsewhere(client, providers, signs_in, alice):
    signs_in("github", by=here(alice))
    set_up(alice)

    status, message = refused(client.get(OAUTH, begun(providers)))

    assert (status, "two-factor" in message) == (401, True)


def test_nothing_is_linked_here(client, providers, alice):
    assert refused(client.get(OAUTH, begun(providers, by=here(alice))))[0] == 400
    assert alice.social_auth.count() == 0


def test_another_method_is_refused_with_the_right_call(client, providers):
    providers.person = Somebody("1", "one")
    status, message = refused(client.post(OAUTH, begun(providers)))

    assert status == 405
    assert "The right call: curl 'http" in message
