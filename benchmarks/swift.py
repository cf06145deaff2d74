"""OpenStack's Swift on one node with one replica: a peer that has users, tokens, and bytes on a disk before it answers.

Debian has it (swift-proxy, swift-account, swift-container, swift-object, memcached); CloudBox needs none of that.
"""

import getpass
import http.client
import shutil
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.servers import Peer
from cloudbox import process
from tests.server import free_port

NEEDED = ("memcached", "swift-ring-builder", "swift-proxy-server", "swift-object-server")
HASHES = Path("/etc/swift/swift.conf")  # no setting leads elsewhere
STORES = ("account", "container", "object")
BUCKET = "/v1/AUTH_test/bucket"
KEY = "testing"  # of the account, for as long as it lasts
_ALL = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
swift_dir = {place}
devices = {place}/devices
mount_check = false
log_level = ERROR
"""
_STORE = """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """
[pipeline:main]
pipeline = cache tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {key} .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
"""


def swift_in(place: Path) -> Peer | None:
    """Start it, each of its four servers with a worker a core; None when it is not installed."""
    if not (all(map(shutil.which, NEEDED)) and HASHES.exists()):
        return None
    (place / "devices" / "disk").mkdir(parents=True)
    for kind in STORES:
        port = free_port()
        _configure(place, kind, port, _STORE.format(kind=kind))
        _make_ring(place / f"{kind}.builder", port)
    port, memcached = free_port(), free_port()
    _configure(place, "proxy", port, _PROXY.format(key=KEY, memcached=memcached))
    start = [f"memcached -l 127.0.0.1 -p {memcached} -u {getpass.getuser()} &"]
    start += [f"swift-{kind}-server {place}/{kind}.conf &" for kind in STORES]
    start += [f"exec swift-proxy-server {place}/proxy.conf"]
    peer = Peer("Swift", place, port, ["sh", "-c", "\n".join(start)], bucket=BUCKET, has_users=True)
    if not process.wait_until(lambda: _has_a_bucket(peer), 20):
        peer.stop()
        raise RuntimeError("Swift's servers do not start.")
    return peer


def _configure(place: Path, kind: str, port: int, rest: str) -> None:
    text = _ALL.format(port=port, user=getpass.getuser(), place=place) + rest
    (place / f"{kind}.conf").write_text(text, encoding="utf-8")


def _make_ring(builder: Path, port: int) -> None:
    """Say where everything lies: on the one disk that there is."""
    for command in (["create", "4", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/disk", "1"], ["rebalance"]):
        done = process.run(["swift-ring-builder", builder, *command])
        if done.code:
            raise RuntimeError(done.output + done.errors)


def _has_a_bucket(peer: Peer) -> bool:
    """Sign in and make one, if the servers behind the proxy are there by now."""
    with closing(http.client.HTTPConnection("127.0.0.1", peer.port, timeout=10)) as connection:
        connection.request("GET", "/auth/v1.0", headers={"X-Auth-User": "test:tester", "X-Auth-Key": KEY})
        peer.headers = {"X-Auth-Token": str(connection.getresponse().headers["X-Auth-Token"])}
    with suppress(AssertionError):  # refused
        peer.wire().put(peer.bucket, b"")
        return True
    return False
