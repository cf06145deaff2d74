"""kill -9 and SIGTERM while bytes are on their way in: no acknowledged byte is lost, and none stays taken."""

import os
import signal

import pytest

from cloudbox import process
from tests.faults.conftest import RECOVERY, killed_and_back
from tests.faults.senders import Senders, half_sent
from tests.server import Server
from tests.visitors import Visitor, asked

CLEAN = {0, 200, 201, 409, 503}  # 409: the upload was silent for longer than its lease, which is short here


def begun(server: Server) -> int:
    return int(server.rows("SELECT count(*) FROM assets_upload")[0][0])


def goes_on(senders: Senders) -> bool:
    """Say whether the clients get new files acknowledged."""
    count = len(senders.acknowledged)
    return process.wait_until(lambda: len(senders.acknowledged) >= count + 8, RECOVERY)


def test_whatever_is_killed_no_acknowledged_byte_is_lost_and_none_stays_taken(shaken: Server, alice: Visitor):
    with Senders(alice, alice.make_folder("kills")) as senders:
        for names in (("worker", "valkey"), ("postgres",), ("web",)):
            with half_sent(alice, 3):
                assert process.wait_until(lambda: begun(shaken) >= 3, 10)
                assert killed_and_back(shaken, *names), names
            assert goes_on(senders), names

    assert set(senders.statuses) <= CLEAN
    assert senders.lost() == []


def test_when_everything_ends_at_once_no_acknowledged_byte_is_lost(shaken: Server, alice: Visitor):
    with Senders(alice, alice.make_folder("ends")) as senders:
        with half_sent(alice, 3):
            assert goes_on(senders)
            assert killed_and_back(shaken)
        assert goes_on(senders)
        assert shaken.stop() == 0  # while bytes are on their way
    shaken.start()
    shaken.wait_until_ready()

    assert set(senders.statuses) <= CLEAN
    assert senders.lost() == []


def children(server: Server, name: str) -> set[int]:
    """Return the processes that a program has started."""
    return {pid for pid, program in server.family().items() if program == name} - {server.processes()[name]["pid"]}


def is_replaced(server: Server, name: str, before: set[int]) -> bool:
    """Say whether there are as many children as before, or at least two, without the one that was killed."""
    enough = min(len(before), 2)
    return process.wait_until(lambda: len(children(server, name) - {max(before)}) >= enough, RECOVERY)


def test_a_part_of_a_program_that_is_killed_is_replaced(shaken: Server, alice: Visitor):
    with Senders(alice, alice.make_folder("parts")) as senders:
        for name in ("web", "worker", "postgres"):
            before = children(shaken, name)
            os.kill(max(before), signal.SIGKILL)
            assert is_replaced(shaken, name, before), name
            assert shaken.recovers_within(RECOVERY), name
            assert goes_on(senders), name

    assert set(senders.statuses) <= CLEAN
    assert senders.lost() == []


def done_of(server: Server, job: str) -> int:
    """Return how many of a job's items are done."""
    return int(server.rows("SELECT count(*) FROM jobs_jobitem WHERE job_id = %s AND state = 'done'", job)[0][0])


def test_a_bulk_copy_whose_worker_is_killed_is_taken_up_and_copies_each_once(shaken: Server, meet):
    dana, count = meet("dana"), 300
    files = [dana.store(f"file {number}", b"12345")["id"] for number in range(count)]
    order = {"action": "copy", "assets": files, "folder": dana.make_folder("copies"), "on_conflict": "rename"}
    job = asked(dana.post("/api/v1/store/bulk/", json=order), 202)["id"]

    assert process.wait_until(lambda: done_of(shaken, job) > 10, RECOVERY)
    assert killed_and_back(shaken, "worker")
    before = done_of(shaken, job)
    shaken.rows("UPDATE jobs_job SET lease_until = now() WHERE id = %s", job)  # it would run for two minutes
    assert shaken.manage("shell", "-c", "from jobs import services; services.sweep()").code == 0
    assert process.wait_until(lambda: asked(dana.get(f"/api/v1/jobs/{job}"))["state"] == "done", RECOVERY)

    assert before < count
    assert asked(dana.get(f"/api/v1/jobs/{job}"))["result"] == {"waiting": 0, "done": count, "skipped": 0, "failed": 0}
    copies = shaken.rows("SELECT name FROM assets_asset WHERE parent_id = %s", order["folder"])
    assert sorted(name for (name,) in copies) == sorted(f"file {number}" for number in range(count))
    assert dana.usage()["used"] == 2 * count * 5
    assert shaken.rows("SELECT attempts FROM jobs_job WHERE id = %s", job) == [(2,)]


def test_a_purge_whose_worker_is_killed_is_taken_up_and_gives_every_byte_back(shaken: Server, meet):
    dana = meet("dana")
    top, one = dana.make_folder("gone"), dana.make_folder("one")
    for number in range(50):
        asked(dana.put(f"/api/v1/store/folders/{one}/files/{number}", data=b"12345"), 201)
    for number in range(30):
        order = {"folder": top, "name": f"copy {number}"}
        asked(dana.post(f"/api/v1/store/assets/{one}/copy", json=order), 201)
    dana.store("kept", b"kept")

    assert dana.delete(f"/api/v1/store/folders/{top}?purge=1").status_code == 204
    assert process.wait_until(lambda: dana.usage()["used"] < 31 * 250 + 4, RECOVERY)
    assert killed_and_back(shaken, "worker")
    assert dana.get(f"/api/v1/store/folders/{top}").status_code == 404
    assert shaken.manage("shell", "-c", "from assets import tasks; tasks.purge_expired()").code == 0

    assert dana.usage()["used"] == 250 + 4
    assert shaken.rows("SELECT count(*) FROM assets_asset WHERE purging_at IS NOT NULL") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "postgres", "valkey", "everything"])
def test_kills_again_and_again(shaken: Server, meet, name, record_property):
    dana = meet("dana")
    with Senders(dana, dana.make_folder("kills")) as senders:
        for _ in range(4):
            assert goes_on(senders)
            with half_sent(dana, 10, size=8 * 2**20):
                assert killed_and_back(shaken, *([] if name == "everything" else [name]))

    record_property("files acknowledged", len(senders.acknowledged))
    assert set(senders.statuses) <= CLEAN
    assert senders.lost() == []
