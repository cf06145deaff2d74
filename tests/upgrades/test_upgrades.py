"""What every release has written is brought to the present by `manage.py up`, and nobody misses anything."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import Server
from tests.upgrades.keep import HERE, seen
from tests.visitors import Visitor

pytestmark = pytest.mark.slow  # it starts one whole CloudBox after another; .ci/run does that, too

RESTORE = "from pathlib import Path; from cloudbox.dump import restore; restore(Path({!r}))"
RELEASES = sorted(path.parent.name for path in HERE.glob("*/told.json"))


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> Path:
    return HERE / str(request.param)


@pytest.fixture(scope="module")
def database(release: Path) -> Iterator[str]:
    """The URL of an empty database beside the tests' own."""
    with psycopg.connect(settings.DATABASE_URL, dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE upgraded TEMPLATE template0")
        yield urlsplit(settings.DATABASE_URL)._replace(path="/upgraded").geturl()
        connection.execute("DROP DATABASE upgraded WITH (FORCE)")


@pytest.fixture(scope="module")
def upgraded(release: Path, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """This CloudBox, started on what the release has left."""
    place = tmp_path_factory.mktemp("upgraded")
    data = place / "data"
    shutil.copytree(release / "blobs", data / "blobs")
    done = process.run(
        [sys.executable, ROOT / "manage.py", "shell", "-c", RESTORE.format(str(release / "database.dump"))],
        environment={**os.environ, "DATABASE_URL": database},
    )
    assert done.code == 0, done.errors
    server = Server(data, place / "screen", DATABASE_URL=database)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def told(release: Path) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = json.loads((release / "told.json").read_text())["people"]
    return people


def test_everybody_finds_everything_after_an_upgrade(upgraded: Server, release: Path):
    for person in told(release):
        visitor = returning(upgraded, person["name"])

        assert seen(visitor, list(person["seen"]["files"])) == person["seen"]


def test_an_upgrade_that_changes_the_database_keeps_a_copy_of_it_from_before(upgraded: Server):
    kept = list((upgraded.data / "dumps").glob("*"))

    assert bool(kept) == ("Migrating the database" in upgraded.printed())
    assert all(copy.read_bytes().startswith(b"PGDMP") for copy in kept)


def test_work_goes_on_after_an_upgrade(upgraded: Server, release: Path):
    person = told(release)[0]
    visitor = returning(upgraded, person["name"])

    stored = visitor.store("after.txt", b"still here\n")

    assert visitor.get(f"/api/v1/store/files/{stored['id']}/content").content == b"still here\n"
    assert visitor.usage()["used"] == person["seen"]["usage"]["used"] + 11


def returning(server: Server, name: str) -> Visitor:
    visitor = Visitor(server.url)
    visitor.name = name
    visitor.log_in()
    visitor.root = str(visitor.get("/api/v1/store/folders").json()["id"])
    return visitor
