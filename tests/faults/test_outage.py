"""A store that is away for minutes in the middle of many uploads: whoever stores does not notice.

`OUTAGE_MINUTES` says for how long in the soak tier; ten unless it is set.
"""

import hashlib
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from cloudbox import process
from tests.faults.far import Far, far_server
from tests.faults.proxy import Fault
from tests.faults.senders import content_of
from tests.s3 import S3Server
from tests.visitors import Visitor, place_of

SECONDS = [
    pytest.param(30.0, marks=pytest.mark.slow),
    pytest.param(60 * float(os.environ.get("OUTAGE_MINUTES", "10")), marks=pytest.mark.soak),
]
PEOPLE, UPLOADS = 4, 200
BEFORE, DURING = UPLOADS // 4, UPLOADS // 2
MOST_BYTES = 3 * 2**20  # of a file
LONGEST = 180  # seconds until all that waited is carried away: at the end the store may just have been left alone


@dataclass(frozen=True)
class Done:
    """An upload of somebody's, which was acknowledged after `seconds`, and what they saw at once."""

    visitor: Visitor
    statuses: tuple[int, int, int]  # of the upload, of a list, of reading the file
    seconds: float
    file: str
    sha256: str
    is_right: bool


class Uploads:
    """People who store files side by side, with a pause of `gap` seconds in between, and look at each at once."""

    def __init__(self, people: list[Visitor]) -> None:
        self.gap = 0.1
        self.done: list[Done] = []
        self._numbers = iter(range(UPLOADS))
        self._threads = [threading.Thread(target=self._send, args=[visitor]) for visitor in people]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def come_to(self, count: int, *, within: float = 60) -> bool:
        return process.wait_until(lambda: len(self.done) >= count, within)

    def _send(self, visitor: Visitor) -> None:
        for number in self._numbers:
            self.done.append(upload(visitor, f"{number}.bin"))
            time.sleep(self.gap)


def upload(visitor: Visitor, name: str) -> Done:
    data = random.randbytes(random.randrange(MOST_BYTES) + 1)
    begun = time.monotonic()
    stored = visitor.put(place_of(name), data=data)
    taken = time.monotonic() - begun
    file = str(stored.json().get("id"))
    listed = visitor.get("/api/v1/store/folders/content")
    read = visitor.get(content_of(file))
    return Done(
        visitor=visitor,
        statuses=(stored.status_code, listed.status_code, read.status_code),
        seconds=taken,
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        is_right=read.content == data,
    )


@contextmanager
def away(far: Far, seconds: float) -> Iterator[None]:
    """Let the store refuse connections, then answer 500, then nothing, each for a third of the time."""
    ways: list[Callable[[], AbstractContextManager[None]]] = [
        far.proxy.down,
        partial(far.proxy.suffering, Fault.ERROR),
        partial(far.proxy.suffering, Fault.SILENT),
    ]
    for way in ways:
        with way():
            time.sleep(seconds / len(ways))
            if way is ways[-1]:
                yield


@pytest.mark.parametrize("seconds", SECONDS)
def test_an_outage_in_the_middle_of_two_hundred_uploads_is_invisible(
    tmp_path: Path, rclone_s3: S3Server, seconds: float, record_property: Callable[[str, object], None]
):
    with far_server(tmp_path, rclone_s3, CLOUDBOX_SPOOL_LIMIT="5 GiB", CLOUDBOX_UPLOAD_LEASE="30") as far:
        people = [Visitor(far.server.url).registered(f"person{number}") for number in range(PEOPLE)]
        with Uploads(people) as uploads:
            assert uploads.come_to(BEFORE)
            uploads.gap = seconds * PEOPLE / DURING
            with away(far, seconds):
                assert uploads.come_to(BEFORE + DURING)
                uploads.gap = 0.1
                waiting, is_ready = far.waiting(), far.server.get("/readyz")
            ended = time.monotonic()
        settled = far.settles(by_itself=True, within=LONGEST)
        took = time.monotonic() - ended
        for visitor in people:
            visitor.log_in()
        lost = [done.file for done in uploads.done if sha256_of(done) != done.sha256]
        wrong = far.broken()

    taken = [done.seconds for done in uploads.done]
    record_property("seconds of outage", round(seconds))
    record_property("uploads", len(uploads.done))
    record_property("of them while the store was away", DURING)
    record_property("statuses", dict(Counter(status for done in uploads.done for status in done.statuses)))
    record_property("slowest upload before, in ms", round(1000 * max(taken[:BEFORE])))
    record_property("slowest upload while it was away, in ms", round(1000 * max(taken[BEFORE : BEFORE + DURING])))
    record_property("median before and while it was away, in ms", medians(taken))
    record_property("files that waited at its end", waiting)
    record_property("seconds until all were in the store", round(took))
    assert {done.statuses for done in uploads.done} == {(201, 200, 200)}
    assert all(done.is_right for done in uploads.done)
    assert len(uploads.done) == UPLOADS
    assert (waiting >= DURING, is_ready) == (True, 200)
    assert settled
    assert lost == []
    assert wrong == {}


def sha256_of(done: Done) -> str:
    return hashlib.sha256(done.visitor.get(content_of(done.file)).content).hexdigest()


def medians(taken: list[float]) -> str:
    parts = taken[:BEFORE], taken[BEFORE : BEFORE + DURING]
    return " and ".join(str(round(1000 * statistics.median(part))) for part in parts)
