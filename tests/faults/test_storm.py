"""Everybody does everything at once: nothing breaks, and afterwards everything is in order."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cloudbox import process
from tests.faults.conftest import RECOVERY
from tests.invariants import broken
from tests.server import Server
from tests.visitors import PATIENCE, Visitor, asked, at_once, place_of

NAMES = [f"name {number}" for number in range(6)]  # few, so that they clash
MOST_KNOWN = 12  # things that one remembers, so that people meet at the same ones
ALLOWED = {200, 201, 204, 206, 304, 400, 403, 404, 409, 412, 413, 416}
SECONDS = [
    4,
    pytest.param(120, marks=pytest.mark.slow),
    pytest.param(30 * float(os.environ.get("SOAK_MINUTES", "120")), marks=pytest.mark.soak),
]


class Wild:
    """Somebody who does anything that one can do, to anything that they have seen."""

    def __init__(self, visitor: Visitor, others: list[str], folders: list[str], seed: int) -> None:
        self.done: Counter[tuple[str, int]] = Counter()
        self._visitor = visitor
        self._others = others
        self._folders = list(folders)
        self._files: list[str] = []
        self._dice = random.Random(seed)

    def run(self, seconds: float) -> Counter[tuple[str, int]]:
        end = time.monotonic() + seconds
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self._visitor.token}"
            while time.monotonic() < end:
                deed = self._dice.choice(DEEDS)
                method, path, options = deed(self)
                answer = session.request(method, self._visitor.url + path, timeout=PATIENCE, **options)
                self.done[deed.__name__, answer.status_code] += 1
                self._remember(answer)
        return self.done

    def _remember(self, answer: requests.Response) -> None:
        seen = answer.json() if answer.status_code in {200, 201} and "json" in answer.headers["Content-Type"] else {}
        for item in [seen, *seen.get("items", [])]:
            if "is_folder" in item:
                ids = self._folders if item["is_folder"] else self._files
                ids.append(item["id"])
                del ids[:-MOST_KNOWN]

    def folder(self) -> str:
        return self._dice.choice(self._folders)

    def file(self) -> str:
        return self._dice.choice(self._files or self._folders)

    def anything(self) -> str:
        return self._dice.choice(self._folders + self._files)

    def name(self) -> str:
        return self._dice.choice(NAMES)

    def other(self) -> str:
        return self._dice.choice(self._others)

    def data(self) -> bytes:
        return os.urandom(self._dice.randrange(20_000))


Call = tuple[str, str, dict[str, Any]]


def make(wild: Wild) -> Call:
    return "POST", f"/api/v1/store/folders/{wild.folder()}", {"json": {"name": wild.name()}}


def upload(wild: Wild) -> Call:
    return "PUT", place_of(wild.name(), wild.folder()), {"data": wild.data()}


def upload_beside(wild: Wild) -> Call:
    return "PUT", f"{place_of(wild.name(), wild.folder())}?on_conflict=rename", {"data": wild.data()}


def replace(wild: Wild) -> Call:
    return "PUT", f"/api/v1/store/files/{wild.file()}/content", {"data": wild.data()}


def rename(wild: Wild) -> Call:
    return "PATCH", f"/api/v1/store/folders/{wild.folder()}", {"json": {"name": wild.name()}}


def move(wild: Wild) -> Call:
    return "POST", f"/api/v1/store/assets/{wild.anything()}/move", {"json": {"folder": wild.folder()}}


def trash(wild: Wild) -> Call:
    return "DELETE", f"/api/v1/store/files/{wild.file()}", {}


def trash_folder(wild: Wild) -> Call:
    return "DELETE", f"/api/v1/store/folders/{wild.folder()}", {}


def restore(wild: Wild) -> Call:
    return "POST", f"/api/v1/store/trash/{wild.anything()}/restore", {}


def purge(wild: Wild) -> Call:
    return "DELETE", f"/api/v1/store/files/{wild.file()}?purge=1", {}


def empty(wild: Wild) -> Call:
    return "DELETE", "/api/v1/store/trash", {}


def share(wild: Wild) -> Call:
    return "POST", f"/api/v1/store/assets/{wild.anything()}/editors", {"json": {"users": [wild.other()]}}


def unshare(wild: Wild) -> Call:
    return "DELETE", f"/api/v1/store/assets/{wild.anything()}/editors", {"json": {"users": [wild.other()]}}


def look(wild: Wild) -> Call:
    return "GET", f"/api/v1/store/folders/{wild.folder()}/content", {}


def read(wild: Wild) -> Call:
    return "GET", f"/api/v1/store/files/{wild.file()}/content", {"headers": {"Range": "bytes=0-99"}}


DEEDS: list[Callable[[Wild], Call]] = [
    *(make, make, upload, upload, upload, upload_beside, replace, replace, rename, move, move, move),
    *(trash, trash_folder, restore, restore, purge, empty, share, unshare, look, look, read),
]


@pytest.mark.parametrize("seconds", SECONDS)
def test_when_everybody_does_everything_at_once_all_stays_in_order(
    shaken: Server, meet, seconds: float, record_property
):
    people = [meet(name) for name in ("dana", "erin", "frank")]
    folders = []
    for owner in people:
        folders.append(owner.make_folder("shared with all"))
        others = [person.name for person in people if person is not owner]
        asked(owner.post(f"/api/v1/store/assets/{folders[-1]}/editors", json={"users": others}), 201)
    wild = [Wild(person, [other.name for other in people], folders, seed) for seed, person in enumerate(people * 3)]

    done: Counter[tuple[str, int]] = sum(at_once(lambda one: one.run(seconds), wild), Counter())

    refused = {deed: count for deed, count in done.items() if deed[1] not in ALLOWED}
    record_property("calls", done.total())
    assert refused == {}
    assert len({deed for deed, status in done if status < 300}) >= 10, done
    purged = "SELECT count(*) FROM assets_asset WHERE purging_at IS NOT NULL"
    assert process.wait_until(lambda: shaken.rows(purged) == [(0,)], RECOVERY)
    assert broken(shaken) == {}
