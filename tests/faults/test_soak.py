"""Hours of use by several people, with kills in between: at every rest the server is in order.

`SOAK_MINUTES` says for how long; two hours unless it is set.
"""

import os
import random
import threading
import time
from collections import Counter

import pytest
import requests

from cloudbox import process
from tests.faults.conftest import RECOVERY
from tests.invariants import all_bytes_are_given_back, broken
from tests.server import Server
from tests.visitors import Visitor, at_once

SECONDS = 60 * float(os.environ.get("SOAK_MINUTES", "120"))
ROUND = 60.0  # seconds of use between two rests
PEOPLE = 6
MOST_BYTES = 3 * 2**20  # of a file
REFUSED = {400, 401, 403, 404, 409, 412, 413, 503}  # what others have done meanwhile may stand in the way
STORE = "/api/v1/store"


class Person:
    """Somebody who does one thing after the other, by chance, with a few folders that all share."""

    def __init__(self, visitor: Visitor, folders: list[str], seed: int) -> None:
        self._visitor = visitor
        self._folders = folders
        self._chance = random.Random(seed)
        self._files: list[str] = []
        self.statuses: Counter[int] = Counter()

    def live(self, stop: threading.Event) -> None:
        acts = (self.store, self.store, self.replace, self.read, self.move, self.rename, self.trash, self.undo)
        while not stop.is_set():
            try:
                self.statuses[self._chance.choice(acts)().status_code] += 1
            except requests.RequestException:
                self.statuses[0] += 1  # something was killed
                stop.wait(0.2)

    def store(self) -> requests.Response:
        folder = self._chance.choice(self._folders)
        name = f"{self._chance.randrange(40)}.bin"
        answer = self._visitor.put(f"{STORE}/folders/{folder}/files/{name}", data=self._some_bytes())
        if answer.ok:
            self._files = [*self._files[-20:], answer.json()["id"]]
        return answer

    def replace(self) -> requests.Response:
        return self._visitor.put(f"{STORE}/files/{self._file()}/content", data=self._some_bytes())

    def read(self) -> requests.Response:
        return self._visitor.get(f"{STORE}/files/{self._file()}/content")

    def move(self) -> requests.Response:
        target = {"folder": self._chance.choice(self._folders)}
        thing = self._chance.choice([self._file(), *self._folders])
        return self._visitor.post(f"{STORE}/assets/{thing}/move?on_conflict=rename", json=target)

    def rename(self) -> requests.Response:
        return self._visitor.patch(f"{STORE}/files/{self._file()}", json={"name": f"{self._chance.random()}"})

    def trash(self) -> requests.Response:
        return self._visitor.delete(f"{STORE}/files/{self._file()}?purge={self._chance.randrange(2)}")

    def undo(self) -> requests.Response:
        return self._visitor.post(f"{STORE}/trash/{self._file()}/restore")

    def _file(self) -> str:
        return self._chance.choice(self._files or self._folders)

    def _some_bytes(self) -> bytes:
        return self._chance.randbytes(self._chance.randrange(MOST_BYTES) + 1)


def use(people: list[Person], server: Server, victim: str) -> None:
    """Let all use the server for a round, in the middle of which something is killed."""
    stop = threading.Event()
    threads = [threading.Thread(target=person.live, args=(stop,)) for person in people]
    for thread in threads:
        thread.start()
    stop.wait(ROUND / 2)
    if victim == "everything":
        server.kill()
        server.start()
        server.wait_until_ready()
    else:
        server.kill(victim)
    stop.wait(ROUND / 2)
    stop.set()
    for thread in threads:
        thread.join()


def in_order(server: Server) -> dict[str, object]:
    """Return what is wrong once the server has come to rest."""
    assert server.recovers_within(RECOVERY)
    assert all_bytes_are_given_back(server)
    process.wait_until(lambda: server.rows("SELECT 1 FROM assets_asset WHERE purging_at IS NOT NULL LIMIT 1") == [], 30)
    return broken(server)


@pytest.mark.soak
def test_hours_of_use_and_kills_leave_everything_in_order(server: Server, meet, record_property):
    owner, *others = [meet(f"person{number}") for number in range(PEOPLE)]
    folders = [owner.make_folder(f"shared {number}") for number in range(4)]
    names = {"users": [visitor.name for visitor in others]}
    at_once(lambda folder: owner.post(f"{STORE}/assets/{folder}/editors", json=names), folders)
    people = [Person(visitor, folders, seed) for seed, visitor in enumerate([owner, *others])]
    end, rounds, chance = time.monotonic() + SECONDS, 0, random.Random(1)

    while time.monotonic() < end:
        use(people, server, chance.choice(["web", "worker", "postgres", "valkey", "everything"]))
        rounds += 1
        for visitor in (owner, *others):
            visitor.log_in()
        assert in_order(server) == {}

    statuses = sum((person.statuses for person in people), Counter[int]())
    record_property("minutes", round(SECONDS / 60))
    record_property("kills", rounds)
    record_property("calls", sum(statuses.values()))
    assert set(statuses) <= {0, 200, 201, 204} | REFUSED
    assert statuses[200] > statuses[503]
