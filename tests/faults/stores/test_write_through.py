"""Without a spool an upload is in the store and whole, or it is refused 503 and leaves nothing."""

from collections.abc import Iterator

import pytest

from cloudbox import process
from tests.faults.conftest import RECOVERY, killed_and_back
from tests.faults.far import SHARES, TIMES, Far, far_server, go_on, strikes
from tests.faults.proxy import Fault
from tests.faults.senders import Senders, Users
from tests.server import Server


@pytest.fixture(scope="module")
def far(tmp_path_factory, rclone_s3) -> Iterator[Far]:
    """A server without a spool that these tests share; after them it is in order, and so is its bucket."""
    with far_server(tmp_path_factory.mktemp("through"), rclone_s3, CLOUDBOX_SPOOL="off") as far:
        yield far
        assert far.broken() == {}


@pytest.fixture(scope="module")
def server(far: Far) -> Server:
    """The one that the people of these tests are at."""
    return far.server


@pytest.mark.parametrize("times", TIMES)
def test_whatever_the_store_does_an_upload_is_whole_or_refused_503(far: Far, meet, times: int, record_property):
    dana = meet("dana")
    with Users(dana, dana.make_folder("faults")) as users:
        for fault in SHARES:
            with far.suffering(fault):
                assert strikes(far.proxy, fault, times), fault
            assert go_on(users), fault
        with far.proxy.down():
            assert go_on(users)
        assert go_on(users)

    record_property("files acknowledged and refused", f"{users.statuses[201]} and {users.statuses[503]}")
    assert set(users.statuses) == {201, 503}
    assert set(users.others) <= {200, 204}
    assert set(users.reads) <= {200, 404, 503}
    assert users.altered == []
    assert users.lost() == []


@pytest.mark.parametrize(
    ("fault", "victims"),
    [
        (Fault.HELD, ("web",)),
        *(
            pytest.param(fault, victims, marks=pytest.mark.slow)
            for fault in (Fault.SILENT, Fault.HELD)
            for victims in ((), ("web",))
        ),
    ],
)
def test_a_kill_while_the_store_is_written_leaves_nothing(far: Far, meet, fault: Fault, victims: tuple[str, ...]):
    dana = meet("dana")
    with Senders(dana, dana.make_folder("kills")) as senders:
        assert go_on(senders)
        with far.proxy.suffering(fault, 1, "PUT"):
            assert process.wait_until(lambda: far.proxy.held > 2, RECOVERY)
            assert killed_and_back(far.server, *victims)
        assert go_on(senders)

    assert set(senders.statuses) <= {0, 201, 409, 503}
    assert senders.lost() == []
