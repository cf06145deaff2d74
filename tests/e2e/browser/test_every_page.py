"""What is true of every page in a browser, on a desktop in the light and on a phone in the dark, from one list."""

import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Request, ViewportSize
from playwright.sync_api import Page as Tab

from tests.sample.looking import SIZES, Looking
from tests.sample.pages import PAGES, STAFF, Page
from tests.sample.world import populate
from tests.server import Server
from tests.visitors import Visitor

AXE = Axe().axe_script
OWN = ("chrome://", "chrome-extension://")  # of the browser, which shows a PDF by itself
MOST_BYTES = 100 * 2**10  # of our own files, as they are sent
NARROW = (640, 320)  # CSS pixels: a desktop at 200 %, and at 400 %
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
LOADED = "performance.getEntriesByType('resource').map((entry) => entry.name)"
BASICS = """[document.documentElement.lang, document.title, document.querySelector("h1")?.textContent.trim()]"""


@dataclass
class Seen:
    """What a page did; `faults` are sentences, `loaded` the addresses of all that it has loaded."""

    faults: list[str] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def looking(browser: Browser, server: Server) -> Looking:
    return Looking(browser, server.url, populate(lambda: Visitor(server.url)))


@pytest.fixture(scope="module", params=SIZES)
def seen(request: pytest.FixtureRequest, looking: Looking, server: Server) -> dict[str, Seen]:
    """Every page, once looked at in light and in dark."""
    found: dict[str, Seen] = {}
    pages = defaultdict(list)
    for page in PAGES:
        pages[page.by].append(page)
    for by, theirs in pages.items():
        with looking.context(by, request.param, "light" if request.param == "desktop" else "dark") as context:
            for page in theirs:
                found[page.slug] = _look(looking, context.new_page(), page, server)
    return found


def test_no_page_breaks_a_rule_of_accessibility_or_its_policy_or_complains(seen):
    faults = [f"{slug}: {fault}" for slug, page in seen.items() for fault in page.faults]

    assert not faults, "\n".join(faults)


def test_every_page_is_light(seen, server):
    weights = {slug: _weight(page, server) for slug, page in seen.items() if not slug.startswith("admin")}

    assert {slug: weight for slug, weight in weights.items() if weight > MOST_BYTES} == {}
    assert min(weights.values()) > 0


def _look(looking: Looking, tab: Tab, page: Page, server: Server) -> Seen:
    seen = Seen()
    tab.on("console", lambda message: _heard(seen, message, page))
    tab.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
    tab.on("requestfailed", lambda request: _failed(seen, request))
    tab.on("request", lambda request: _asked(seen, request, server))
    looking.open(tab, page)
    seen.faults += _basics(tab)
    tab.evaluate(AXE)
    seen.faults += _broken_rules(tab, WCAG)
    seen.loaded = set(tab.evaluate(LOADED))
    if page.by != STAFF:
        seen.faults += _sideways(tab)
    tab.close()
    return seen


def _heard(seen: Seen, message: ConsoleMessage, page: Page) -> None:
    of_the_page_itself = "status of 4" in message.text and not page.by  # a browser tells of it as of an error
    if message.type == "error" and not of_the_page_itself:
        seen.faults.append(f"console: {message.text}")


def _asked(seen: Seen, request: Request, server: Server) -> None:
    if not request.url.startswith((server.url, "data:", "blob:", *OWN)):
        seen.faults.append(f"another host: {request.url}")


def _failed(seen: Seen, request: Request) -> None:
    if not request.url.startswith(OWN):
        seen.faults.append(f"failed: {request.url} {request.failure}")


def _basics(tab: Tab) -> list[str]:
    named: list[str | None] = tab.evaluate(BASICS)
    return [f"no {what}" for what, text in zip(("language", "title", "h1"), named, strict=True) if not text]


def _broken_rules(tab: Tab, rules: list[str]) -> list[str]:
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    violations = tab.evaluate("(options) => axe.run(options).then((found) => found.violations)", options)
    return [
        f"{violation['id']}: {node['html'][:160]} {_why(node)}"
        for violation in violations
        for node in violation["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    return " ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])[:200]


def _sideways(tab: Tab) -> Iterator[str]:
    shown: ViewportSize = tab.viewport_size or {"width": 0, "height": 0}
    for narrow in (shown["width"], *NARROW):
        if narrow <= shown["width"]:
            tab.set_viewport_size({"width": narrow, "height": shown["height"]})
            if tab.evaluate(SIDEWAYS):
                yield f"sideways at {narrow} px"


def _weight(page: Seen, server: Server) -> int:
    ours = {urlsplit(address).path for address in page.loaded if "/static/" in address or "/strings" in address}
    return sum(_bytes_of(server, path) for path in ours)


_sent: dict[str, int] = {}


def _bytes_of(server: Server, path: str) -> int:
    if path not in _sent:
        with Visitor(server.url) as visitor:
            answer = visitor.get(path, headers={"Accept-Encoding": "gzip"})
            _sent[path] = int(answer.headers["Content-Length"])
            assert len(gzip.compress(answer.content)) * 2 > _sent[path] or _sent[path] < 1000, path
    return _sent[path]
