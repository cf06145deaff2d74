"""Clients that go on while the server is shaken."""

import hashlib
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

import requests

from tests.visitors import Visitor, at_once, place_of
from tests.wire import Wire

KIB = 1024
PAUSE = 0.05  # seconds between two files of one client


class Senders:
    """Four clients that store small files and remember what the server has acknowledged."""

    def __init__(self, visitor: Visitor, folder: str) -> None:
        self.statuses: Counter[int] = Counter()  # 0: no answer
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
        headers = {"Authorization": f"Bearer {self._visitor.token}"}
        count = 0
        while not self._enough.wait(PAUSE):
            count += 1
            data = os.urandom(random.randrange(1, 64 * KIB))
            address = self._visitor.url + place_of(f"{number}-{count}-{len(self.acknowledged)}", self._folder)
            try:
                answer = requests.put(address, data=data, headers=headers, timeout=60)
            except OSError:
                self.statuses[0] += 1
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code in {200, 201}:
                self.acknowledged[answer.json()["id"]] = hashlib.sha256(data).hexdigest()

    def _sha256_of(self, file: str) -> str:
        headers = {"Authorization": f"Bearer {self._visitor.token}"}
        answer = requests.get(f"{self._visitor.url}/api/v1/store/files/{file}/content", headers=headers, timeout=60)
        return hashlib.sha256(answer.content).hexdigest() if answer.ok else ""


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
