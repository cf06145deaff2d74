"""The way of somebody new through all of it, found by what can be read: on a desktop and a phone, light and dark."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser.uploading import EXPECTED, MIB, PATIENCE, a_file, choose, drop, has_begun, slow_down, tray
from tests.sample.looking import SCHEMES, SIZES, type_of_scheme
from tests.server import Server
from tests.visitors import PASSWORD

FIRST, SECOND = "The otters live at the lake.", "The otters have moved to the fjord."
_numbers = itertools.count(1)
type_of_door = Callable[[], Page]


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SCHEMES)
def a_browser(request: pytest.FixtureRequest, size: str, browser: Browser, server: Server) -> Iterator[type_of_door]:
    """Opens browsers that know nothing of each other, and whose consoles must stay empty."""
    scheme: type_of_scheme = request.param
    width, height = SIZES[size]
    opened: list[BrowserContext] = []
    said: list[str] = []

    def open_one() -> Page:
        viewport = {"width": width, "height": height}
        opened.append(browser.new_context(base_url=server.url, viewport=viewport, color_scheme=scheme))  # type: ignore[arg-type]  # it is one
        page = opened[-1].new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        return page

    yield open_one
    for context in opened:
        context.close()
    assert [text for text in said if EXPECTED not in text] == []


def test_somebody_new_stores_shares_replaces_restores_and_deletes(a_browser: type_of_door, tmp_path: Path):
    page, theirs = a_browser(), a_browser()
    sign_up(page)
    store_a_folder_through_a_reload(page, tmp_path)
    link = share(page)

    theirs.goto(link)
    theirs.get_by_role("link", name="otters.txt", exact=True).click()
    reads(theirs, FIRST)

    page.get_by_role("link", name="Trip", exact=True).click()
    replace(page, tmp_path)
    theirs.reload()
    reads(theirs, SECOND)

    restore(page)
    theirs.reload()
    reads(theirs, FIRST)

    delete_and_undo(page)
    theirs.reload()
    reads(theirs, FIRST)


def sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Username").fill(f"newcomer-{next(_numbers)}")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Repeat it").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text(re.compile("^Welcome, newcomer"))).to_be_visible()
    page.get_by_role("link", name="My files").first.click()
    expect(page.get_by_role("heading", name="Drop files here")).to_be_visible()


def store_a_folder_through_a_reload(page: Page, place: Path) -> None:
    a_file(place, "Trip/film.mp4", 24 * MIB)
    (place / "Trip" / "otters.txt").write_text(FIRST)
    slow_down(page)
    drop(page, place / "Trip")
    has_begun(page)
    page.reload()
    has_begun(page)
    slow_down(page, -1)
    is_uploaded(page)


def share(page: Page) -> str:
    """Make a link to the folder, and return where it leads."""
    act(page, "Trip", "Share…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("New link").click()
    dialog.get_by_role("button", name="Make the link").click()
    link = dialog.get_by_label("Address of the link").first.input_value()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return link


def replace(page: Page, place: Path) -> None:
    (place / "otters.txt").write_text(SECOND)
    choose(page, place / "otters.txt")
    dialog = page.get_by_role("dialog", name=re.compile("already has a"))
    dialog.get_by_label("Replace it").check()
    dialog.get_by_role("button", name="Continue").click()
    is_uploaded(page)


def restore(page: Page) -> None:
    act(page, "otters.txt", "Details")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_text("Version 1 is the current content again.")).to_be_visible()
    page.get_by_role("button", name="Close the details").click()


def delete_and_undo(page: Page) -> None:
    file = page.get_by_role("grid").get_by_role("link", name="otters.txt", exact=True)
    act(page, "otters.txt", "Delete")
    expect(file).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name="Undo").last.click()
    expect(file).to_be_visible()


def act(page: Page, name: str, what: str) -> None:
    page.get_by_role("link", name=f"More about {name}", exact=True).click()
    page.get_by_role("menuitem", name=what, exact=True).click()


def reads(page: Page, words: str) -> None:
    """Show what is in the text of the page, and find the words in it."""
    page.get_by_role("button", name="Show it here").click()
    expect(page.get_by_text(words)).to_be_visible()


def is_uploaded(page: Page) -> None:
    expect(tray(page).get_by_role("heading")).to_have_text(
        re.compile("^[12] files? (is|are) uploaded$"), timeout=PATIENCE
    )
