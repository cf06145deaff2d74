"""A browser at the pages of the world, in which everybody is signed in already."""

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Playwright
from playwright.sync_api import Page as Tab

from tests.sample.pages import NOBODY, STAFF, Page
from tests.sample.world import World
from tests.server import STAFF_PASSWORD
from tests.visitors import PASSWORD

# The last four keep it from asking hosts of its own, which nobody needs.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}
type_of_scheme = Literal["light", "dark"]
SCHEMES: tuple[type_of_scheme, ...] = ("light", "dark")


def chromium(playwright: Playwright) -> Browser:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


class Looking:
    """Opens pages for whoever looks at them; everybody signs in once."""

    def __init__(self, browser: Browser, url: str, world: World) -> None:
        self._browser, self._url, self._world = browser, url, world
        self._states: dict[str, Any] = {}

    @contextlib.contextmanager
    def context(self, by: str, size: str, scheme: type_of_scheme) -> Iterator[BrowserContext]:
        width, height = SIZES[size]
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": height},
            has_touch=size == "phone",
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=self._state_of(by),
        )
        yield context
        context.close()

    def open(self, tab: Tab, page: Page) -> None:
        """Go to a page and press what has to be pressed first."""
        tab.goto(page.at(self._world))
        if page.press:
            tab.get_by_role("button", name=page.press).first.click()

    def _state_of(self, by: str) -> Any:
        if by == NOBODY:
            return None
        if by not in self._states:
            context = self._browser.new_context(base_url=self._url)
            _sign_in(context.new_page(), by)
            self._states[by] = context.storage_state()
            context.close()
        return self._states[by]


def _sign_in(tab: Tab, by: str) -> None:
    tab.goto("/admin/login/" if by == STAFF else "/login")
    tab.get_by_label("Username").fill(by)
    tab.get_by_label("Password", exact=by != STAFF).fill(STAFF_PASSWORD if by == STAFF else PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: "login" not in url)
