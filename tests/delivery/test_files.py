"""Dockerfile, compose file, nginx and workflows agree with each other and with the code."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import resolve

from cloudbox.embedded.bootstrap import LEVELS, ROOT
from cloudbox.embedded.flags import PROGRAMS

DOCKERFILE = (ROOT / "Dockerfile").read_text()
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
NGINX = (ROOT / "deploy/nginx/cloudbox.conf").read_text()


def only(pattern: str, text: str) -> str:
    """Return the one thing that the pattern finds."""
    [found] = set(re.findall(pattern, text, re.MULTILINE))
    return str(found)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())
    return dict(compose["services"])


@pytest.fixture(scope="module")
def ours(services: dict[str, Any]) -> dict[str, Any]:
    """The services of the compose file that run our image."""
    return {name: service for name, service in services.items() if service["image"] == "cloudbox:dev"}


def test_the_stack_runs_each_program_once(ours):
    assert {name: service["command"][:2] for name, service in ours.items()} == {
        program: ["run", program] for program in PROGRAMS
    }


def test_nothing_of_ours_runs_as_root_or_writes_outside_its_volume(ours, services):
    user = only(r"^USER (\S+)$", DOCKERFILE)
    for service in (*ours.values(), services["nginx"]):
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert services["nginx"]["user"] == user  # so it reads the blobs
    assert user == "{0}:{0}".format(only(r"--uid (\d+)", DOCKERFILE))
    assert [mount for mount in services["nginx"]["volumes"] if not mount.endswith(":ro")] == []
    assert [mount for mount in services["nginx"]["volumes"] if mount[0] != "."] == ["blobs:/var/lib/cloudbox/blobs:ro"]


def test_the_ancestors_ports_lead_to_nginx_and_nginx_to_the_web(services):
    nginx = (ROOT / "deploy/nginx/compose.conf").read_text()
    inside = only(r"listen (\d+);", nginx)

    assert services["nginx"]["ports"] == [f"127.0.0.1:{port}:{inside}" for port in (8080, 5000)]
    assert [name for name, service in services.items() if "ports" in service] == ["simulator", "nginx"]
    assert only(r"server (\S+);", nginx) == f"web:{only(r'^EXPOSE (.+)$', DOCKERFILE)}"
    assert f"http://127.0.0.1:{inside}/healthz" in services["nginx"]["healthcheck"]["test"]


def test_what_is_asked_for_health_is_there():
    assert resolve(only(r"request\('GET', '(.+?)'\)", DOCKERFILE)).func.__name__ == "healthz"
    assert f"or {only(r'^EXPOSE (.+)$', DOCKERFILE)})" in only(r"^    CMD (.+)$", DOCKERFILE)


def test_nginx_finds_the_blobs_where_the_image_keeps_them(ours):
    data = only(r"CLOUDBOX_DATA=(\S+)", DOCKERFILE)

    assert only(r"alias (\S+);", NGINX) == f"{data}/blobs/"
    assert only(r"^VOLUME (\S+)$", DOCKERFILE) == data
    assert {tuple(service["volumes"]) for service in ours.values()} == {(f"data:{data}", f"blobs:{data}/blobs")}
    assert f'"{only(r"^location (/.+/) ", NGINX)}' in (ROOT / "cloudbox/http.py").read_text().replace('f"', '"')


def test_every_setting_of_the_stack_is_one(ours):
    named = {name for service in ours.values() for name in service["environment"]}

    assert named - settings.ENVIRONMENT.known.keys() == set()


def test_the_image_has_what_it_runs_and_nothing_else():
    """No secrets, no data, no history, and nothing that merely lies about: only what is named gets in."""
    everything, *named = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    taken = {line[1:] for line in named if line.startswith("!")}
    apps = {name.partition(".")[0] for name in settings.INSTALLED_APPS if (ROOT / name.partition(".")[0]).is_dir()}

    assert only(r"^ARG LEVEL=(.+)$", DOCKERFILE) in LEVELS
    assert everything == "*"
    assert taken == apps | {"LICENSE", "manage.py", "requirements", "static", "templates"}
    assert set(named) - {f"!{name}" for name in taken} == {"**/__pycache__", "**/.*"}


def test_nothing_large_lies_beside_the_code():
    """What a trial leaves there is easily delivered with it."""
    assert [path.name for path in ROOT.iterdir() if path.is_file() and path.stat().st_size > 2**20] == []


def test_what_dumps_the_database_is_as_new_as_the_database(services):
    assert services["postgres"]["image"].endswith(":" + only(r"postgresql(?:-client-|/)(\d+)", DOCKERFILE))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_and_its_version_told(workflow: Path):
    used = re.findall(r"uses: (?!\./)(.+)", workflow.read_text())

    assert [use for use in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_every_python_that_is_promised_is_tested():
    tested = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["python"]["strategy"]["matrix"]

    assert [run["python"] for run in tested["include"]] == ["3.11", "3.12", "3.13", "3.14"]
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_script_that_a_workflow_runs_is_there(workflow: Path):
    scripts = re.findall(r"run: (\.?\w+/[\w.-]+)", workflow.read_text())

    assert [script for script in scripts if not os.access(ROOT / script, os.X_OK)] == []
