"""Things that hang: a database, and clients that begin and do not go on."""

import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests

from cloudbox import process
from tests.faults.conftest import RECOVERY
from tests.faults.senders import half_sent
from tests.server import LEASE, Server
from tests.visitors import Visitor, at_once, place_of

POOL = 8  # connections of one web process
HELD_UP = 5  # seconds that somebody is who waits for Valkey (`socket_timeout` in the settings)
NAMES = [f"{number}.txt" for number in range(5)]


@contextmanager
def frozen(server: Server, name: str) -> Iterator[Callable[[], None]]:
    """Freeze all processes of a program until the block ends, or until what is yielded is called."""
    pids = [pid for pid, program in server.family().items() if program == name]

    def tell(number: int) -> None:
        for pid in pids:
            os.kill(pid, number)

    tell(signal.SIGSTOP)
    try:
        assert process.wait_until(lambda: all(is_frozen(pid) for pid in pids), 5)
        yield lambda: tell(signal.SIGCONT)
    finally:
        tell(signal.SIGCONT)


def is_frozen(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def timed(call: Callable[[], requests.Response]) -> tuple[int, float]:
    """Return the status of an answer and the seconds that it took."""
    begun = time.monotonic()
    return call().status_code, time.monotonic() - begun


def ask(visitor: Visitor, path: str) -> tuple[int, float]:
    headers = {"Authorization": f"Bearer {visitor.token}"}
    return timed(lambda: requests.get(visitor.url + path, headers=headers, timeout=60))


@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_stalled_database_is_answered_503_and_nothing_piles_up(shaken: Server, alice: Visitor, seconds: int):
    with frozen(shaken, "postgres") as thaw:
        healthy = at_once(lambda _: ask(alice, "/healthz"), range(20), most=4)
        later = threading.Timer(seconds, thaw)
        later.start()
        held_up = Counter(status for status, _ in at_once(lambda _: ask(alice, "/api/v1/store/folders"), range(60)))
        later.join()

    assert {status for status, _ in healthy} == {200}
    assert set(held_up) <= {200, 503}
    assert (503 in held_up) is (seconds > 10)
    assert shaken.recovers_within(RECOVERY)
    assert {status for status, _ in at_once(lambda _: ask(alice, "/api/v1/store/folders"), range(60))} == {200}
    web = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cloudbox' AND backend_type = 'client backend'"
    )
    assert shaken.rows(web)[0][0] <= 4 * POOL  # two web processes, a worker and the scheduler


def test_a_stalled_valkey_holds_up_nobody_who_reads_or_stores(shaken: Server, meet):
    dana = meet("dana")
    file = dana.store("a.txt", b"otters")["id"]
    with frozen(shaken, "valkey"):
        read = at_once(lambda _: ask(dana, f"/api/v1/store/files/{file}/content"), range(20), most=4)
        stored = [timed(partial(dana.put, place_of(name), data=b"more otters")) for name in NAMES]

    for answers, status in ((read, 200), (stored, 201)):
        assert {got for got, _ in answers} == {status}
        assert statistics.median(taken for _, taken in answers) < HELD_UP
    assert shaken.recovers_within(RECOVERY)


def test_a_hundred_stalled_uploads_do_not_hold_up_other_requests(shaken: Server, meet):
    dana = meet("dana")
    with ExitStack() as stack:
        for visitor in (meet("erin"), meet("frank")):
            stack.enter_context(half_sent(visitor, 50))
        assert process.wait_until(lambda: shaken.rows("SELECT count(*) FROM assets_upload")[0][0] >= 90, 10)
        answers = at_once(lambda _: ask(dana, "/api/v1/store/folders"), range(50), most=4)

    assert {status for status, _ in answers} == {200}
    assert statistics.median(taken for _, taken in answers) < LEASE  # when the stalled ones would make room


def test_twenty_abandoned_uploads_give_their_room_back_at_once(shaken: Server, meet):
    dana = meet("dana")
    with half_sent(dana, 20) as wires:
        assert process.wait_until(lambda: dana.usage()["reserved"] == 20 * 256 * 1024, 10)
        for wire in wires:
            wire.break_off()
        given_back = process.wait_until(lambda: dana.usage()["reserved"] == 0, 10)

    assert given_back
    assert dana.usage()["used"] == 0
