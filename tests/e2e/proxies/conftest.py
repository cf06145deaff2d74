"""CloudBox behind nginx and behind Caddy, with TLS, by the very files in deploy/. `.ci/run` installs the two."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.server import STAFF_PASSWORD, Server, free_port
from tests.visitors import Visitor

NGINX = """\
{user}
pid {place}/nginx.pid;
error_log {place}/errors warn;
daemon off;
events {{ }}
http {{
    log_format sent "$request_method $uri $status $upstream_http_x_accel_redirect";
    access_log {place}/requests sent;
    client_body_temp_path {place}/bodies;
    proxy_temp_path {place}/answers;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/site.conf;
}}
"""
CADDY = """\
{{
	admin off
	auto_https disable_redirects
	storage file_system {place}/caddy
}}
"""


@dataclass(frozen=True)
class Front:
    """A proxy before a server. `place` is the directory of its files, `plain` its port without TLS, if it has one."""

    url: str
    place: Path
    server: Server
    plain: int = 0

    @property
    def certificate(self) -> Path:
        return self.place / "certificate.pem"

    def visitor(self) -> Visitor:
        """Return somebody who comes through the proxy."""
        visitor = Visitor(self.url)
        visitor.verify = str(self.certificate)
        return visitor

    def logged(self, request_id: str) -> dict[str, Any]:
        """Return what the server's log says of a request."""

        def lines() -> list[str]:
            return [line for line in self.server.printed().splitlines() if request_id in line and '"method"' in line]

        assert process.wait_until(lambda: bool(lines()), 10)
        return dict(json.loads(lines()[0].partition("|")[2]))

    def held(self) -> int:
        """Return how many bytes of bodies the proxy has put aside, or is about to."""
        return sum(path.stat().st_size for path in (self.place / "bodies").rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    place, port, plain = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    with serving(place, port, CLOUDBOX_ACCEL="true") as server:
        adapt(
            ROOT / "deploy/nginx/site.conf",
            place / "site.conf",
            {
                "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
                "listen [::]:443 ssl http2;": "",
                "listen 80;": f"listen 127.0.0.1:{plain};",
                "listen [::]:80;": "",
                "server 127.0.0.1:8000;": f"server 127.0.0.1:{server.port};",
                "/etc/ssl/cloud.example.org.pem": str(place / "certificate.pem"),
                "/etc/ssl/cloud.example.org.key": str(place / "key.pem"),
            },
        )
        adapt(
            ROOT / "deploy/nginx/cloudbox.conf",
            place / "cloudbox.conf",
            {"alias /var/lib/cloudbox/blobs/;": f"alias {server.blobs}/;"},
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (place / "nginx.conf").write_text(NGINX.format(place=place, user=user))
        with running(place, "nginx", "-p", place, "-c", place / "nginx.conf", "-e", place / "errors"):
            yield ready(Front(f"https://localhost:{port}", place, server, plain))


@pytest.fixture(scope="session")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    place, port = tmp_path_factory.mktemp("caddy"), free_port()
    with serving(place, port) as server:
        adapt(
            ROOT / "deploy/Caddyfile",
            place / "Caddyfile",
            {
                "\ncloud.example.org {": (
                    CADDY.format(place=place)
                    + f"\nhttps://localhost:{port} {{\n\ttls {place}/certificate.pem {place}/key.pem"
                ),
                "127.0.0.1:8000": f"127.0.0.1:{server.port}",
            },
        )
        with running(place, "caddy", "run", "--config", place / "Caddyfile", "--adapter", "caddyfile"):
            yield ready(Front(f"https://localhost:{port}", place, server))


@pytest.fixture(params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest) -> Front:
    """Each of the two."""
    found: Front = request.getfixturevalue(request.param)
    return found


@contextmanager
def serving(place: Path, port: int, **settings: str) -> Iterator[Server]:
    """Run CloudBox as behind a proxy in production, with a certificate for it."""
    server = Server(
        place / "data",
        place / "screen",
        CLOUDBOX_ENV="production",
        CLOUDBOX_URL=f"https://localhost:{port}",
        CLOUDBOX_PROXIES="127.0.0.1",
        CLOUDBOX_ADMIN_PASSWORD=STAFF_PASSWORD,
        CLOUDBOX_DEFAULT_QUOTA="300 MiB",
        SECRET_KEY="a key that is long enough for production, and random enough for a test",
        **settings,
    )
    try:
        make_certificate(place)
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


@contextmanager
def running(place: Path, program: str, *arguments: str | Path) -> Iterator[None]:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    assert path, f"{program} is not installed."
    homes = {"HOME": str(place), "XDG_CONFIG_HOME": str(place), "XDG_DATA_HOME": str(place)}
    child = process.start([path, *arguments], environment={**os.environ, **homes}, output=place / "proxy")
    try:
        yield
    finally:
        child.signal(15)
        child.ends_within(10)
        child.kill_group()


def ready(front: Front) -> Front:
    """Wait until the proxy serves."""

    def answers() -> bool:
        with front.visitor() as anybody, suppress(OSError):
            return bool(anybody.get("/readyz").ok)
        return False

    assert process.wait_until(answers, 20), (front.place / "proxy").read_text()
    return front


def adapt(source: Path, target: Path, changes: dict[str, str]) -> None:
    """Write a file of ours with other addresses and paths; everything else is as it is delivered."""
    text = source.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, (source, old)
        text = text.replace(old, new)
    target.write_text(text)


def make_certificate(place: Path) -> None:
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(place / "key.pem"), "-out", str(place / "certificate.pem")]
    made = process.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files])
    assert made.code == 0, made.errors
