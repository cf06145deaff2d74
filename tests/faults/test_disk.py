"""A disk that is full, or lets no file grow: 507; one that fails: 503. Nothing is left behind, taken or lost."""

import os

import pytest
from requests import Response

from cloudbox import process
from tests.faults.disks import BROKEN, DOES_NOT, FITS, WAYS, Full
from tests.faults.senders import content_of
from tests.invariants import stored
from tests.server import Server
from tests.visitors import Visitor, place_of

NAME = "filename ZGlzay5iaW4="
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


@pytest.mark.parametrize("full", WAYS)
def test_an_upload_goes_on_where_the_full_disk_stopped_it(shaken: Server, meet, full: Full):
    dana: Visitor = meet("dana")
    body = os.urandom(DOES_NOT)
    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    begun = dana.post("/api/v1/uploads/", headers=tus | {"Upload-Length": str(DOES_NOT), "Upload-Metadata": NAME})
    where = begun.headers["Location"]

    def go_on(offset: int, stop: int) -> Response:
        return dana.patch(where, data=body[offset:stop], headers=tus | {"Upload-Offset": str(offset)})

    def offset() -> int:
        return int(dana.head(where, headers=tus).headers["Upload-Offset"])

    with full(shaken, shaken.blobs) as make_room:
        acknowledged = go_on(0, FITS).status_code
        refused = go_on(FITS, DOES_NOT)
        came = offset()
        held = dana.usage()
        make_room()
        finished = go_on(came, DOES_NOT).status_code
        (file,) = dana.get("/api/v1/store/folders/content").json()["items"]
        kept = dana.get(content_of(file["id"])).content
        used = dana.usage()
        dana.delete(f"/api/v1/store/files/{file['id']}?purge=1")
        assert process.wait_until(lambda: shaken.rows(PURGING) == [(0,)], 30)

    assert (acknowledged, refused.status_code, finished) == (204, 507, 204)
    assert FITS <= came < DOES_NOT
    assert (held["used"], held["reserved"]) == (0, DOES_NOT)
    assert (used["used"], used["reserved"], kept) == (DOES_NOT, 0, body)
