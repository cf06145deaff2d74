"""A real browser, as a person of the staff and a passer-by use it. `.ci/run` installs Debian's Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.sample.looking import SIZES, chromium
from tests.server import Server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a phone or of a desktop, whose console must stay empty: no error, no violated policy."""
    width, height = SIZES[request.param]
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": height})
    said: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []
