"""Clients that go on while the server is shaken."""

import contextlib
import hashlib
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import requests

from tests.visitors import Visitor, at_once, place_of
from tests.wire import Wire

KIB = 1024
PAUSE = 0.05  # seconds between two turns of one client


class Senders:
    """Four clients that store small files and remember what the server has acknowledged."""

    pause = PAUSE

    def __init__(self, visitor: Visitor, folder: str) -> None:
        self.statuses: Counter[int] = Counter()  # of uploads; 0: no answer
        self.acknowledged: dict[str, str] = {}  # SHA-256 by the file's id
        self._visitor = visitor
        self._folder = folder
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=[number]) for number in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def lost(self) -> list[str]:
        """Return the acknowledged files that are not there, or not as they were sent."""
        kept = at_once(self._sha256_of, self.acknowledged, most=8)
        return [file for file, sha256 in zip(self.acknowledged, kept, strict=True) if sha256 != self.acknowledged[file]]

    def _send(self, number: int) -> None:
        count = 0
        while not self._enough.wait(self.pause):
            count += 1
            self._take_turn(f"{number}-{count}-{len(self.acknowledged)}")

    def _take_turn(self, name: str) -> None:
        data = os.urandom(random.randrange(1, 64 * KIB))
        status, answer = self._call("PUT", place_of(name, self._folder), data=data)
        self.statuses[status] += 1
        if answer is not None and status in {200, 201}:
            self.acknowledged[answer.json()["id"]] = hashlib.sha256(data).hexdigest()

    def _sha256_of(self, file: str) -> str:
        status, answer = self._call("GET", content_of(file))
        return hashlib.sha256(answer.content).hexdigest() if answer is not None and status == 200 else ""

    def _call(self, method: str, path: str, **options: Any) -> tuple[int, requests.Response | None]:
        """Return the answer with its status, or 0 when none comes, or not whole."""
        headers = {"Authorization": f"Bearer {self._visitor.token}"}
        with contextlib.suppress(OSError):
            answer = requests.request(method, self._visitor.url + path, headers=headers, timeout=60, **options)
            return answer.status_code, answer
        return 0, None


class Users(Senders):
    """They also read and delete what they have stored, and look around; so a turn of theirs is longer."""

    pause = 4 * PAUSE

    def __init__(self, visitor: Visitor, folder: str) -> None:
        super().__init__(visitor, folder)
        self.reads: Counter[int] = Counter()
        self.others: Counter[int] = Counter()
        self.altered: list[str] = []  # files that came whole, but not as they were sent

    def _take_turn(self, name: str) -> None:
        super()._take_turn(name)
        self.others[self._call("GET", f"/api/v1/store/folders/{self._folder}/content")[0]] += 1
        if not self.acknowledged:
            return
        file, sha256 = random.choice(list(self.acknowledged.items()))
        status, answer = self._call("GET", content_of(file))
        self.reads[status] += 1
        if answer is not None and status == 200 and hashlib.sha256(answer.content).hexdigest() != sha256:
            self.altered.append(file)
        if random.random() < 0.2 and self.acknowledged.pop(file, ""):
            self.others[self._call("DELETE", f"/api/v1/store/files/{file}?purge=1")[0]] += 1


def content_of(file: str) -> str:
    return f"/api/v1/store/files/{file}/content"


@contextmanager
def half_sent(visitor: Visitor, count: int, *, size: int = 256 * KIB) -> Iterator[list[Wire]]:
    """Hold `count` uploads that have sent half of their bytes and no more."""
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(visitor.url)) for _ in range(count)]
        for number, wire in enumerate(wires):
            length = f"Content-Length: {size}"
            wire.head("PUT", place_of(f"half-{number}.bin"), f"Authorization: Bearer {visitor.token}", length)
            wire.send(bytes(size // 2))
        yield wires
