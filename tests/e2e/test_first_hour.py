"""A newcomer's first hour, at a server that was started with `manage.py up`, whichever store its files go to."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbox.process import wait_until
from tests.console import Console
from tests.curl import Curl
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor, asked, place_of

MB = 10**6
SIZE = 8 * MB  # bytes; the slow tier uploads a real 100 MB file


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The shared server, or one of its own for a store of another kind."""
    if request.param == "local":
        yield request.getfixturevalue("server")
        return
    place = tmp_path_factory.mktemp(request.param)
    s3 = request.param == "s3"
    store = request.getfixturevalue("rclone_s3").make_bucket().settings if s3 else {"CLOUDBOX_STORE": "database"}
    one = Server(place / "data", place / "screen", CLOUDBOX_ADMIN_PASSWORD=STAFF_PASSWORD, **store)
    try:
        one.wait_until_ready()
        yield one
    finally:
        one.stop()


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """The name of the store that the files of the server go to."""
    return str(request.node.callspec.params["server"])


@pytest.mark.parametrize(
    ("server", "size"),
    [
        ("local", SIZE),
        *(pytest.param(store, 100 * MB, marks=pytest.mark.slow) for store in ("local", "s3", "database")),
    ],
    indirect=["server"],
)
def test_a_newcomers_first_hour(server: Server, store: str, curl: Curl, tmp_path: Path, size: int, meet):
    alice, bob, charlie = meet("alice"), meet("bob"), meet("charlie")
    photo, newer = _random_file(tmp_path / "photo.raw", size), _random_file(tmp_path / "newer.raw", size // 2)

    folder = alice.make_folder("Holidays")
    file = _alice_uploads(curl, alice, photo, folder)
    asked(alice.post(f"/api/v1/store/assets/{folder}/viewers", json={"users": [bob.email]}), 201)
    _bob_downloads_it_whole_and_by_ranges(curl, bob, file, photo)
    assert bob.put(f"/api/v1/store/files/{file}/content", data=b"mine now").status_code == 403

    asked(alice.post(f"/api/v1/store/assets/{folder}/editors", json={"users": [bob.email]}), 201)
    _bob_replaces_it(bob, file, newer)
    _alice_sees_both_versions_on_her_quota(alice, file, [newer, photo])
    assert charlie.get(f"/api/v1/store/files/{file}/content").status_code == 404

    _everything_has_arrived(server, store)
    server.kill()
    server.start()
    server.wait_until_ready()
    asked(alice.patch(f"/api/v1/store/assets/{folder}/access-type", json={"any_one_access": "viewer"}))
    anonymous = curl(f"{server.url}/api/v1/store/files/{file}/content")
    assert (anonymous.status, _sha256(anonymous.body)) == (200, _sha256(newer.read_bytes()))
    _the_admin_shows_it_all(server, alice, file, photo.name)


def _alice_uploads(curl: Curl, alice: Visitor, photo: Path, folder: str) -> str:
    uploaded = curl(
        *("-T", photo, "-H", f"Authorization: Bearer {alice.token}"), alice.url + place_of(photo.name, folder)
    ).asked(201)
    assert uploaded["sha256"] == _sha256(photo.read_bytes())
    return str(uploaded["id"])


def _bob_downloads_it_whole_and_by_ranges(curl: Curl, bob: Visitor, file: str, photo: Path) -> None:
    address = f"{bob.url}/api/v1/store/files/{file}/content"
    size, signed_in = photo.stat().st_size, ("-H", f"Authorization: Bearer {bob.token}")
    whole = curl(*signed_in, address)
    pieces = [curl(*signed_in, "-r", part, address) for part in (f"0-{size // 3}", f"{size // 3 + 1}-{size - 9}", "-8")]

    assert (whole.status, [piece.status for piece in pieces]) == (200, [206, 206, 206])
    assert _sha256(whole.body) == _sha256(photo.read_bytes())
    assert _sha256(b"".join(piece.body for piece in pieces)) == _sha256(photo.read_bytes())


def _bob_replaces_it(bob: Visitor, file: str, newer: Path) -> None:
    with newer.open("rb") as body:
        replaced = asked(bob.put(f"/api/v1/store/files/{file}/content", data=body))
    assert (replaced["version"], replaced["sha256"]) == (2, _sha256(newer.read_bytes()))


def _alice_sees_both_versions_on_her_quota(alice: Visitor, file: str, newest_first: list[Path]) -> None:
    versions = asked(alice.get(f"/api/v1/store/files/{file}/versions"))["items"]
    assert [version["sha256"] for version in versions] == [_sha256(path.read_bytes()) for path in newest_first]
    usage = alice.usage()
    assert (usage["used"], usage["reserved"]) == (sum(path.stat().st_size for path in newest_first), 0)


def _everything_has_arrived(server: Server, store: str) -> None:
    """Bytes for another machine are readable before they are there; what comes is read from there."""
    assert wait_until(lambda: not server.rows("SELECT 1 FROM assets_move"), 60)
    assert server.rows("SELECT DISTINCT store FROM assets_blob WHERE size > 0") == [(store,)]


def _the_admin_shows_it_all(server: Server, alice: Visitor, file: str, name: str) -> None:
    with Console(server.url) as console:
        console.log_in("admin", STAFF_PASSWORD)
        assert alice.email in console.list("accounts/user", alice.name)
        assert name in console.list("assets/asset", name)
        assert console.list("assets/version", file).count(name) >= 2
        audit = console.list("activity/auditentry", alice.name)
        assert all(verb in audit for verb in ("registered", "shared", "any one access set")), audit


def _random_file(path: Path, size: int) -> Path:
    path.write_bytes(os.urandom(size))
    return path


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
