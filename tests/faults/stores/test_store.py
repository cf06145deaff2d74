"""A store far away that fails in all the ways we know: nobody notices, nothing is lost, altered or charged twice."""

import os
from collections.abc import Iterator

import pytest

from cloudbox import process
from tests.faults.conftest import RECOVERY, killed_and_back
from tests.faults.disks import DOES_NOT, FITS, WAYS, Full
from tests.faults.far import PAUSE, SHARES, SPOOL_LIMIT, TIMES, Far, far_server, go_on, strikes
from tests.faults.phases import PHASES
from tests.faults.senders import Users, content_of, half_sent
from tests.server import Server
from tests.visitors import Visitor, place_of

PIECE = 2**20  # bytes
KILLS = [
    ("half written", ("mover", "web")),
    ("switching", ("mover",)),
    *(
        pytest.param(phase, victims, marks=pytest.mark.slow)
        for phase in PHASES
        for victims in ((), ("web",), ("mover",), ("mover", "valkey"))
    ),
]


@pytest.fixture(scope="module")
def far(tmp_path_factory, rclone_s3) -> Iterator[Far]:
    """A server that all of these tests share; after them it is in order, and so is its bucket."""
    with far_server(tmp_path_factory.mktemp("far"), rclone_s3) as far:
        yield far
        assert far.broken() == {}


@pytest.fixture(scope="module")
def server(far: Far) -> Server:
    """The one that the people of these tests are at."""
    return far.server


def nobody_noticed(users: Users) -> bool:
    """Say whether every call was answered as if the store were well; only files that had gone there may be away."""
    return set(users.statuses) == {201} and set(users.others) <= {200, 204} and set(users.reads) <= {200, 404, 503}


@pytest.mark.parametrize("times", TIMES)
def test_whatever_the_store_does_nobody_who_stores_notices_and_nothing_is_lost(
    far: Far, meet, times: int, record_property
):
    dana = meet("dana")
    with Users(dana, dana.make_folder("faults")) as users:
        for fault in SHARES:
            with far.suffering(fault):
                assert go_on(users, 2 * times), fault
                assert strikes(far.proxy, fault, times), fault
        with far.proxy.down():
            assert go_on(users)

    record_property("files acknowledged", users.statuses[201])
    assert nobody_noticed(users), (users.statuses, users.reads, users.others)
    assert far.settles()
    assert far.frees_its_spool()
    assert users.altered == []
    assert users.lost() == []


@pytest.mark.parametrize(("phase", "victims"), KILLS)
def test_a_kill_at_any_step_of_the_way_loses_nothing(far: Far, meet, phase: str, victims: tuple[str, ...]):
    dana = meet("dana")
    with half_sent(dana, 2), PHASES[phase](far) as reached:
        sent = stored_by(dana, 4)
        assert process.wait_until(reached, RECOVERY, pause=PAUSE)
        assert killed_and_back(far.server, *victims)

    dana.log_in()
    assert far.settles()
    assert {file: dana.get(content_of(file)).content for file in sent} == sent
    assert dana.usage()["used"] == sum(len(body) for body in sent.values())


def test_a_full_spool_refuses_for_a_while_and_goes_on_when_the_store_is_back(far: Far, meet):
    dana = meet("dana")
    with far.proxy.down():
        sent: dict[str, bytes] = {}
        while (answer := dana.put(place_of(f"{len(sent)}.bin"), data=(body := os.urandom(PIECE)))).ok:
            sent[answer.json()["id"]] = body
            assert len(sent) < 10 * SPOOL_LIMIT // PIECE
        usage = dana.usage()
        browsed = dana.get("/api/v1/store/folders/content").status_code
        kept = {file: dana.get(content_of(file)).content for file in sent}

    assert (answer.status_code, answer.json()["code"]) == (503, "spool_full")
    assert int(answer.headers["Retry-After"]) > 0
    assert len(sent) >= SPOOL_LIMIT // PIECE
    assert (usage["used"], usage["reserved"]) == (len(sent) * PIECE, 0)
    assert (browsed, kept) == (200, sent)
    assert far.settles()
    assert dana.put(place_of("after.bin"), data=bytes(PIECE)).status_code == 201
    assert {file: dana.get(content_of(file)).content for file in sent} == sent


@pytest.mark.parametrize("full", WAYS[-1:])
def test_a_full_disk_under_the_spool_refuses_for_a_while_and_loses_nothing(far: Far, meet, full: Full):
    dana = meet("dana")
    with full(far.server, far.server.data / "spool") as make_room:
        with far.proxy.down():
            sent = stored_by(dana, 3, size=FITS)
            refused = dana.put(place_of("too-big.bin"), data=bytes(DOES_NOT))
            usage = dana.usage()
            kept = {file: dana.get(content_of(file)).content for file in sent}
            make_room()
            accepted = dana.put(place_of("after.bin"), data=bytes(DOES_NOT)).status_code
        assert far.settles()

    assert (refused.status_code, refused.json()["code"]) == (503, "spool_full")
    assert (usage["used"], usage["reserved"]) == (3 * FITS, 0)
    assert (kept, accepted) == (sent, 201)
    assert {file: dana.get(content_of(file)).content for file in sent} == sent


def stored_by(visitor: Visitor, count: int, *, size: int = 100_000) -> dict[str, bytes]:
    """Store some files, and return what they contain by their ids."""
    bodies = [os.urandom(size) for _ in range(count)]
    return {visitor.store(f"{number}.bin", body)["id"]: body for number, body in enumerate(bodies)}
