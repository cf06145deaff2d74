"""The description of the API says what the API has."""

import re
from typing import Any, ClassVar

import pytest
import yaml
from django.urls import path
from django.views import View
from drf_spectacular.validation import validate_schema

from cloudbox import catalogue, openapi
from cloudbox.dialects import DIALECTS
from cloudbox.errors import Refusal
from cloudbox.management.commands.describe import documents
from cloudbox.pages import MOST
from cloudbox.problems import kinds_of_refusal


def described() -> set[str]:
    return {address.rstrip("/") for address in openapi.description()["paths"]}


def test_every_native_address_is_described_and_nothing_else():
    assert described() == {address.rstrip("/") for address, _ in openapi.routes()}


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does():
    operations = [operation for item in openapi.description()["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(names) == len(set(names))
    assert [operation["operationId"] for operation in operations if not operation.get("summary")] == []


def test_every_operation_says_how_it_refuses():
    for address, item in openapi.description()["paths"].items():
        dialect = next((dialect for dialect in DIALECTS if address.startswith(dialect.prefix)), None)
        for operation in item.values():
            refusal = operation["responses"]["default"]
            if dialect:
                assert refusal["content"]["application/json"]["schema"] == dialect.schema
            else:
                assert refusal == {"$ref": "#/components/responses/Problem"}


def test_lists_say_how_long_a_page_may_be_and_bodies_that_no_other_field_is_taken():
    description = openapi.description()
    limits = [
        parameter["schema"]
        for item in description["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "limit"
    ]
    bodies = [schema for name, schema in description["components"]["schemas"].items() if name.endswith("Request")]

    assert limits
    assert all((limit["minimum"], limit["maximum"]) == (1, MOST) for limit in limits)
    assert all(body["additionalProperties"] is False for body in bodies if body.get("type") == "object")


def test_the_description_is_valid_openapi():
    assert validate_schema(openapi.description()) is None


def test_the_description_is_served(client):
    response = client.get("/api/schema")

    assert response.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert response.json() == openapi.description()


class Plain(View):
    openapi: ClassVar[dict[str, Any]] = {
        "get": {"summary": "Be plain", "responses": {"200": {"description": "Plain."}}}
    }


urlpatterns = [path("api/v1/plain/<uuid:thing_id>", Plain.as_view()), path("elsewhere", Plain.as_view())]


@pytest.mark.urls(__name__)
def test_a_plain_view_is_described_by_the_dictionary_beside_it():
    result = openapi.add_plain_views({"paths": {}})

    assert list(result["paths"]) == ["/api/v1/plain/{thing_id}"]
    told = result["paths"]["/api/v1/plain/{thing_id}"]["get"]
    assert (told["operationId"], told["summary"]) == ("get_plain_by_thing_id", "Be plain")
    assert [parameter["name"] for parameter in told["parameters"]] == ["thing_id"]


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        (r"^store/folders/?$", "store/folders/"),
        (r"^jobs/(?P<job_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/items/?$", "jobs/{job_id}/items/"),
        (r"^file/(?P<path>.+)$", "file/{path}"),
        ("things/<uuid:id>/<name>", "things/{id}/{name}"),
    ],
)
def test_a_pattern_becomes_a_template(pattern, template):
    assert openapi._template(pattern) == template


def test_every_refusal_is_in_the_catalogue():
    codes = [entry.code for entry in catalogue.entries()]

    assert sorted({kind.code for kind in kinds_of_refusal()} - {Refusal.code}) == codes
    assert all(re.fullmatch(r"[a-z][a-z_]*[a-z]", code) for code in codes)


def test_a_code_has_one_status():
    found: dict[str, set[int]] = {}
    for kind in kinds_of_refusal():
        found.setdefault(kind.code, set()).add(kind.status)

    assert {code: statuses for code, statuses in found.items() if len(statuses) > 1} == {}


@pytest.mark.parametrize("name", ["entities.md", "errors.md", "openapi.yaml"])
def test_the_generated_documents_are_current(name, settings):
    """`python3 manage.py describe` writes them."""
    assert (settings.BASE_DIR / "docs" / name).read_text() == documents()[name]


def test_the_generated_description_is_yaml():
    assert yaml.safe_load(documents()["openapi.yaml"])["info"]["title"] == "CloudBox"
