"""`python -m tests.screenshots`: a picture of every page, on a desktop in the light and on a phone in the dark.

It starts a server with the world that the tests look at, and writes into docs/screenshots/.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.sample.looking import Looking, chromium, type_of_scheme
from tests.sample.pages import PAGES, Page
from tests.sample.world import PICTURES, STORE, World, populate
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor

PLACE = ROOT / "docs" / "screenshots"
LOOKS: tuple[tuple[str, type_of_scheme], ...] = (("desktop", "light"), ("phone", "dark"))
SETTLED = 400  # milliseconds, in which what comes late has come: small pictures, what scripts draw
HEAD = """\
# How it looks

Every page, on a desktop in the light and on a phone in the dark; each also has the other. Made by `make screenshots`.
"""


def main(only: list[str]) -> None:
    PLACE.mkdir(exist_ok=True)
    pages = [page for page in PAGES if not only or page.slug in only]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = Server(Path(place) / "data", Path(place) / "screen", CLOUDBOX_ADMIN_PASSWORD=STAFF_PASSWORD)
        try:
            server.wait_until_ready()
            world = populate(lambda: Visitor(server.url))
            _wait_for_small_pictures(world)
            looking = Looking(chromium(playwright), server.url, world)
            for size, scheme in LOOKS:
                for page in pages:
                    _write(looking, page, size, scheme)
        finally:
            server.stop()
    (PLACE / "README.md").write_text(HEAD + "".join(_shown(page) for page in PAGES))


def _wait_for_small_pictures(world: World) -> None:
    last = world.ids[f"picture {PICTURES - 1}"]
    process.wait_until(lambda: world.maria.get(f"{STORE}/files/{last}/thumbnail/").ok, 120)


def _write(looking: Looking, page: Page, size: str, scheme: type_of_scheme) -> None:
    with looking.context(page.by, size, scheme) as context:
        tab = context.new_page()
        looking.open(tab, page)
        tab.wait_for_timeout(SETTLED)
        picture = Image.open(io.BytesIO(tab.screenshot()))
    picture.save(PLACE / _name(page, size), "WEBP", quality=70, method=6)
    sys.stdout.write(f"{_name(page, size)}\n")


def _name(page: Page, size: str) -> str:
    return f"{page.slug}.{size}.webp"


def _shown(page: Page) -> str:
    title = page.slug.replace("-", " ").capitalize()
    desktop, phone = (_name(page, size) for size, _ in LOOKS)
    return f'\n## {title}\n\n<img src="{desktop}" width="640" alt=""> <img src="{phone}" width="200" alt="">\n'


if __name__ == "__main__":
    main(sys.argv[1:])
