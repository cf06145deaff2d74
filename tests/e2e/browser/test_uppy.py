"""Uppy, as npm has it, on a page of another site: it uploads what somebody chooses, and goes on after a kill."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.doors import GUNICORN
from tests.e2e.node.conftest import packages
from tests.server import Server, free_port
from tests.visitors import Visitor, asked, meet

__all__ = ["meet", "packages"]

MIB = 2**20
PAGE = """<!doctype html>
<link rel="stylesheet" href="uppy.min.css">
<div id="dashboard"></div>
<script type="module">
  import { Uppy, Dashboard, Tus } from "./uppy.min.mjs"
  const asked = new URLSearchParams(location.hash.slice(1))
  const uppy = new Uppy({ autoProceed: true })
  uppy.use(Dashboard, { inline: true, target: "#dashboard" })
  uppy.use(Tus, {
    endpoint: asked.get("endpoint"),
    headers: { Authorization: `Bearer ${asked.get("token")}` },
    chunkSize: 1048576,
    retryDelays: [200, 500, 1000, 2000, 4000, 4000],
    onAfterResponse: (request, response) => {
      if (response.getHeader("X-CloudBox-File")) window.file = response.getHeader("X-CloudBox-File")
    },
  })
  uppy.on("progress", (percent) => { window.percent = percent })
  uppy.on("complete", (result) => { window.result = [result.successful.length, result.failed.length] })
  window.ready = true
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another site, which has a page with Uppy."""
    place = tmp_path_factory.mktemp("site")
    (place / "index.html").write_text(PAGE)
    for name in ("uppy.min.mjs", "uppy.min.css"):
        shutil.copy(packages / "node_modules/uppy/dist" / name, place)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(place))) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


class Web:
    """A web server on the shared server's data that lets pages of a site call, and can be killed."""

    def __init__(self, server: Server, site: str, screen: Path) -> None:
        self.port, self._screen = free_port(), screen
        settings = {"PYTHONPATH": str(ROOT), "PORT": str(self.port), "CLOUDBOX_CORS_ORIGINS": site}
        self._environment = {**server.environment(), **settings}
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{self.port}", "cloudbox.wsgi:application"]
        self.child = process.start(command, environment=self._environment, output=self._screen)
        assert process.wait_until(self._answers, 30), self._screen.read_text()

    def _answers(self) -> bool:
        with Visitor(self.url) as visitor:
            try:
                return visitor.get("/healthz").ok
            except OSError:
                return False


@pytest.fixture(scope="module")
def web(server: Server, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web = Web(server, site, tmp_path_factory.mktemp("web") / "screen")
    yield web
    web.child.kill_group()


@pytest.fixture
def uppy(browser: Browser, site: str, web: Web, meet: Callable[[str], Visitor]) -> Iterator[tuple[Page, Visitor]]:
    erin = meet("erin")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/#endpoint={web.url}/api/v1/uploads/&token={erin.token}")
    page.wait_for_function("window.ready")
    yield page, erin
    context.close()


def a_file(place: Path, name: str, size: int) -> Path:
    path = place / name
    path.write_bytes(os.urandom(size))
    return path


def choose(page: Page, *paths: Path) -> None:
    page.locator("input.uppy-Dashboard-input").first.set_input_files(paths)


def contents(visitor: Visitor) -> dict[str, str]:
    """Return the SHA-256 of each file in the root, by its name."""
    items = asked(visitor.get("/api/v1/store/folders/content/"))["items"]
    return {
        item["name"]: hashlib.sha256(visitor.get(f"/api/v1/store/files/{item['id']}/content").content).hexdigest()
        for item in items
    }


def test_what_somebody_chooses_on_a_page_of_another_site_arrives_whole(uppy: tuple[Page, Visitor], tmp_path: Path):
    page, erin = uppy
    files = [a_file(tmp_path, "Möwe 🦦.png", 3 * MIB + 1), a_file(tmp_path, "b.bin", 10)]

    choose(page, *files)
    page.wait_for_function("window.result", timeout=30_000)

    assert page.evaluate("window.result") == [2, 0]
    assert contents(erin) == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert page.evaluate("window.file") in {  # a header of ours that other sites may read
        item["id"] for item in asked(erin.get("/api/v1/store/folders/content/"))["items"]
    }


def test_an_upload_goes_on_after_a_kill(uppy: tuple[Page, Visitor], web: Web, tmp_path: Path):
    page, erin = uppy
    film = a_file(tmp_path, "film.mp4", 60 * MIB)

    choose(page, film)
    page.wait_for_function("window.percent > 10", timeout=30_000)
    web.child.kill_group()
    web.start()
    page.wait_for_function("window.result", timeout=60_000)

    assert page.evaluate("window.result") == [1, 0]
    assert contents(erin) == {"film.mp4": hashlib.sha256(film.read_bytes()).hexdigest()}
