"""What the tests of uploads and downloads have in common: erin, who looks at her files, and her hands."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.server import Server
from tests.visitors import Visitor, asked

MIB = 2**20
PATIENCE = 120_000  # milliseconds
SLOW = 6 * MIB  # bytes a second of a line that leaves time to interrupt
EXPECTED = "Failed to load resource"  # what the console says of every refusal and every lost connection


@pytest.fixture
def erin(meet: Callable[[str], Visitor]) -> Visitor:
    return meet("erin")


@pytest.fixture
def page(browser: Browser, server: Server, erin: Visitor) -> Iterator[Page]:
    """Erin's files, in a browser whose console must stay empty but for what the tests bring about."""
    with looking_at_files(browser, server, erin, width=1280) as page:
        yield page


@contextmanager
def looking_at_files(browser: Browser, server: Server, visitor: Visitor, *, width: int) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 860})
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    sign_in(page, visitor.name)
    expect(page.get_by_text("Upload", exact=True)).to_be_visible()  # so its scripts are there
    yield page
    context.close()
    assert [text for text in said if EXPECTED not in text] == []


def a_file(place: Path, name: str, size: int) -> Path:
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders of the disk into the middle of the page, as a hand does."""
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    size = page.viewport_size or {"width": 1280, "height": 960}
    for kind in ("dragEnter", "dragOver", "drop"):
        middle = {"x": size["width"] // 2, "y": size["height"] // 2}
        browser.send("Input.dispatchDragEvent", {"type": kind, **middle, "data": data})


def slow_down(page: Page, speed: int = SLOW) -> CDPSession:
    """Let so many bytes a second go up; -1 lets all go. Return the line, which can be cut."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    _let_through(line, speed)
    return line


@contextmanager
def cut(line: CDPSession) -> Iterator[None]:
    """Take the network away for a while; then all goes."""
    _let_through(line, 0, offline=True)
    yield
    _let_through(line, -1)


def _let_through(line: CDPSession, speed: int, *, offline: bool = False) -> None:
    conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
    line.send("Network.emulateNetworkConditions", conditions)


def tray(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("upload|job", re.IGNORECASE))


def is_told(page: Page, words: str) -> None:
    expect(tray(page).get_by_role("heading")).to_have_text(words, timeout=PATIENCE)


def has_begun(page: Page, least: int = 4) -> None:
    """Wait until so many MiB of the first upload have gone."""
    note = tray(page).get_by_text(re.compile(r"^[\d.]+ MiB of [\d.]+ MiB$")).first
    for _ in range(200):
        if note.count() and float(note.inner_text().split()[0]) >= least:
            return
        page.wait_for_timeout(50)
    raise AssertionError(tray(page).inner_text())


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("Files to upload").set_input_files(paths)


def files_of(visitor: Visitor, folder: str = "") -> dict[str, str]:
    """Return the SHA-256 of what each file contains, by its path below a folder, and the folders with a slash."""
    found: dict[str, str] = {}
    query = "?limit=200"
    while query:
        page = asked(visitor.get(f"/api/v1/store/folders/{folder and folder + '/'}content/{query}"))
        for item in page["items"]:
            if item["kind"] == "folder":
                below = files_of(visitor, item["id"])
                path = f"{item['name']}/"
                found |= {path + name: digest for name, digest in below.items()} or {path: ""}
            else:
                content = visitor.get(f"/api/v1/store/files/{item['id']}/content").content
                found[item["name"]] = hashlib.sha256(content).hexdigest()
        query = f"?limit=200&cursor={page['next']}" if page["next"] else ""
    return found


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
