"""The pages of the house itself, and the addresses that do not exist."""

import pytest
from django.test import Client

from cloudbox import __version__, catalogue
from tests.people import client_for

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_is_welcomed_with_a_page(client):
    response = client.get("/", headers=HTML)

    assert response.headers["Content-Type"].startswith("text/html")
    assert 'href="/api/docs"' in response.text
    assert 'href="/login"' in response.text


def test_a_program_is_welcomed_with_json(client):
    assert client.get("/").json()["version"] == __version__


@pytest.mark.parametrize(
    "address", ["/", "/healthz", "/readyz", "/api/docs", "/api/schema", "/api/errors", "/apidocs/"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_pages_of_the_house_are_only_read(client, address, method):
    response = client.generic(method, address)

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("address", ["/api/docs", "/api/docs/"])
def test_the_documentation_asks_no_other_site(client, address):
    page = client.get(address).text

    assert "swagger-ui-bundle.js" in page
    assert "//" not in page.replace("<!doctype html>", "")


@pytest.mark.parametrize("address", ["/apidocs", "/apidocs/"])
def test_the_ancestors_address_of_the_documentation_leads_to_ours(client, address):
    assert client.get(address).headers["Location"] == "/api/docs"


def test_the_page_of_errors_explains_every_code(client):
    page = client.get("/api/errors", headers=HTML).text

    assert all(f'id="{entry.code}"' in page for entry in catalogue.entries())


def test_no_page_has_scripts_or_styles_of_its_own(client):
    for address in ("/", "/api/docs", "/api/errors", "/nowhere"):
        page = client.get(address, headers=HTML).text

        assert "<style" not in page
        assert "<script>" not in page
        assert " style=" not in page


def test_our_pages_load_our_own_files_only(client):
    policy = client.get("/", headers=HTML).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_what_is_no_page_loads_nothing(client):
    assert client.get("/healthz").headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_only_the_admin_evaluates_expressions(client):
    assert "script-src 'self' 'unsafe-eval'" in client.get("/admin/login/").headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/nowhere", "/api/v1/store/files/nonsense/", "/api/v1/jobs/1"])
def test_a_stranger_learns_of_no_address_that_it_does_not_exist(client, address):
    response = client.get(address)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="CloudBox"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (f"folders/files/{'a' * 300}", {}),
        ("folders/files/a?on_conflict=nonsense", {}),
        ("folders/files/a?nonsense=1", {}),
        ("folders/files/a", {"content-range": "bytes 0-1/2"}),
        ("folders/files/a", {"content-digest": "nonsense"}),
        ("files/?nonsense=1", {}),
        ("files/00000000-0000-7000-8000-000000000000/content?nonsense=1", {}),
    ],
)
def test_a_stranger_learns_not_what_is_wrong_with_an_upload(client, address, headers):
    method = client.post if address.startswith("files/?") else client.put
    response = method(f"/api/v1/store/{address}", b"data", content_type="text/plain", headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_who_is_signed_in_learns_that_an_address_does_not_exist(alice):
    response = client_for(alice).post("/api/v1/nowhere")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_bad_token_is_told_before_a_missing_address():
    response = Client().get("/api/v1/nowhere", headers={"authorization": "Bearer nonsense"})

    assert response.status_code == 401


def test_every_answer_has_the_headers_that_protect_browsers(client):
    headers = client.get("/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "name", ["web/css/base.css", "cloudbox/docs.js", "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"]
)
def test_static_files_are_served_without_a_step_before(client, name):
    response = client.get(f"/static/{name}")

    assert response.status_code == 200
    assert len(b"".join(response.streaming_content)) == int(response.headers["Content-Length"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "store/folders/"),
        ("DELETE", "store/assets/01a1fb62-c36f-7398-acb0-3997401ffa85/editors/"),
        ("PATCH", "store/files/01a1fb62-c36f-7398-acb0-3997401ffa85/"),
        ("PUT", "store/files/01a1fb62-c36f-7398-acb0-3997401ffa85/content"),
        ("POST", "auth/change-password"),
    ],
)
def test_a_stranger_is_asked_to_sign_in_before_a_body_is_looked_at(client, method, address):
    response = client.generic(method, f"/api/v1/{address}", "{", "application/json")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
