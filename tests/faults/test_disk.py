"""A disk that is full, or lets no file grow: 507; one that fails: 503. Nothing is left behind, taken or lost."""

import os

import pytest

from cloudbox import process
from tests.faults.disks import BROKEN, DOES_NOT, FITS, WAYS, Full
from tests.faults.senders import content_of
from tests.invariants import stored
from tests.server import Server
from tests.visitors import Visitor, place_of

PURGING = "SELECT count(*) FROM assets_asset WHERE purging_at IS NOT NULL"


@pytest.mark.parametrize("full", WAYS)
def test_a_full_disk_is_507_loses_nothing_and_leaves_nothing(shaken: Server, meet, full: Full):
    dana: Visitor = meet("dana")
    bodies = [os.urandom(FITS), os.urandom(FITS)]
    with full(shaken, shaken.blobs) as make_room:
        sent = {dana.store(f"{number}.bin", body)["id"]: body for number, body in enumerate(bodies)}
        files = stored(shaken)
        refused = dana.put(place_of("too-big.bin"), data=bytes(DOES_NOT))
        left = stored(shaken).keys() - files.keys()
        usage = dana.usage()
        kept = {file: dana.get(content_of(file)).content for file in sent}
        browsed = dana.get("/api/v1/store/folders/content").status_code
        make_room()
        after = dana.put(place_of("after.bin"), data=bytes(DOES_NOT))
        for item in dana.get("/api/v1/store/folders/content").json()["items"]:  # they go with the disk
            dana.delete(f"/api/v1/store/files/{item['id']}?purge=1")
        assert process.wait_until(lambda: shaken.rows(PURGING) == [(0,)], 30)

    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    assert left == set()
    assert (usage["used"], usage["reserved"]) == (2 * FITS, 0)
    assert kept == sent
    assert browsed == 200
    assert after.status_code == 201


@pytest.mark.parametrize("broken", BROKEN)
def test_a_disk_that_takes_nothing_is_503_until_it_does(shaken: Server, meet, broken: Full):
    dana: Visitor = meet("dana")
    with broken(shaken, shaken.blobs) as mend:
        before = stored(shaken).keys()
        refused = dana.put(place_of("a.bin"), data=bytes(FITS))
        left = stored(shaken).keys() - before
        usage = dana.usage()
        browsed = dana.get("/api/v1/store/folders/content").json()["items"]
        mend()
        after = dana.put(place_of("a.bin"), data=bytes(FITS))
        kept = dana.get(content_of(after.json()["id"])).content
        dana.delete(f"/api/v1/store/files/{after.json()['id']}?purge=1")
        assert process.wait_until(lambda: shaken.rows(PURGING) == [(0,)], 30)

    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
        503,
        "store_unavailable",
        "10",
    )
    assert (left, browsed, usage["used"], usage["reserved"]) == (set(), [], 0, 0)
    assert (after.status_code, kept) == (201, bytes(FITS))
