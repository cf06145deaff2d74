"""How a request says who it comes from."""

import pytest
from django.contrib.auth import authenticate
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from accounts import services
from accounts.credentials import caller_of
from accounts.refusals import TokenRefused
from cloudbox.forms import multipart_file
from tests.people import PASSWORD, caller_for, client_for

pytestmark = pytest.mark.django_db
ME = "/api/v1/auth/profile"


@pytest.fixture
def token(alice):
    return client_for(alice).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "token", "Token"])
def test_a_token_is_taken_from_the_authorization_header_whatever_the_case(client, token, scheme):
    assert client.get(ME, headers={"Authorization": f"{scheme} {token}"}).json()["username"] == "alice"


def test_a_token_is_taken_from_if_match_as_the_ancestor_wrote_it(client, token):
    assert client.get(ME, headers={"If-Match": f"token {token}"}).json()["username"] == "alice"


def test_an_entity_tag_in_if_match_is_no_token(client, token):
    assert client.get(ME, headers={"If-Match": '"token abc"'}).status_code == 401
    answer = client.get(ME, headers={"If-Match": '"token abc"', "Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_authorization_wins_over_if_match(client, token):
    headers = {"Authorization": "Bearer nonsense", "If-Match": f"token {token}"}

    assert client.get(ME, headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["Basic YWxpY2U6eA==", "Bearer", "Bearer ", "Negotiate x", "nonsense", "Bearer a b"])
def test_credentials_that_do_not_count_are_401_with_a_challenge(client, token, header):
    answer = client.get(ME, headers={"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="CloudBox"')
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_in_the_address_is_none(client, token):
    assert client.get(f"{ME}?token={token}&access_token={token}").status_code == 401


def test_a_request_without_credentials_is_anonymous(rf: RequestFactory):
    caller = caller_of(rf.get("/", headers={"User-Agent": "curl/8"}, REMOTE_ADDR="198.51.100.7"))

    assert (caller.signed_in, caller.address, caller.agent) == (False, "198.51.100.7", "curl/8")


def test_a_caller_knows_their_teams(rf, alice, token):
    team = alice.groups.create(name="team:1")

    caller = caller_of(rf.get("/", headers={"Authorization": f"Bearer {token}"}))

    assert (caller.user_id, caller.groups) == (alice.id, (team.id,))


def test_a_bad_token_is_refused_even_where_nobody_must_sign_in(rf):
    with pytest.raises(TokenRefused):
        caller_of(rf.get("/", headers={"Authorization": "Bearer nonsense"}))


# Browsers


@pytest.fixture
def browser(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    return browser


def test_a_browsers_session_may_read(browser):
    assert browser.get(ME).json()["username"] == "alice"


def test_a_browsers_session_may_not_change_without_the_csrf_token(browser):
    answer = browser.patch(ME, {"country": "Chile"}, "application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_wrong_csrf_token_is_refused(browser):
    answer = browser.patch(ME, {"country": "Chile"}, "application/json", headers={"X-CSRFToken": "x" * 32})

    assert answer.json()["code"] == "csrf_failed"


@pytest.mark.parametrize(
    ("origin", "status"), [("http://testserver", 200), ("https://evil.example", 403), ("null", 403), (None, 200)]
)
def test_a_browser_changes_things_from_our_own_pages_only(browser, settings, origin, status):
    settings.ALLOWED_HOSTS = ["testserver"]
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32} | ({"Origin": origin} if origin else {})

    assert browser.patch(ME, {"country": "Chile"}, "application/json", headers=headers).status_code == status


def test_a_browser_changes_things_whose_address_is_in_any_script(browser, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32

    answer = browser.put("/api/v1/store/folders/files/日本.txt", b"x", "text/plain", headers={"X-CSRFToken": "a" * 32})

    assert (answer.status_code, answer.json()["name"]) == (201, "日本.txt")


def test_the_body_of_a_browsers_request_is_left_to_the_door(rf, alice, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    rf.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    request = rf.post("/", {"file": SimpleUploadedFile("a.txt", b"hello")}, headers={"X-CSRFToken": "a" * 32})
    request.user = alice

    assert caller_of(request).user_id == alice.id
    assert b"".join(multipart_file(request).chunks) == b"hello"


def test_a_token_needs_no_csrf_token(token):
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})

    assert client.patch(ME, {"country": "Chile"}, "application/json").status_code == 200


def test_a_suspension_ends_a_browsers_session_at_once(browser, alice, staff):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    assert browser.get(ME).status_code == 401


# Django's own forms


def test_djangos_forms_sign_in_by_either_name(rf, alice):
    for name in ("ALICE", "alice@example.com"):
        assert authenticate(rf.post("/"), username=name, password=PASSWORD) == alice


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("alice", ""), ("", PASSWORD)]
)
def test_djangos_forms_refuse_wrong_names_and_passwords(rf, alice, name, password):
    assert authenticate(rf.post("/"), username=name, password=password) is None


def test_djangos_forms_refuse_the_suspended(rf, alice, staff):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    assert authenticate(rf.post("/"), username="alice", password=PASSWORD) is None
