"""Looking into files and their details, as a person does who only reads what stands on the pages."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.sample import made
from tests.visitors import Visitor, asked

RUNS = b"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><script>alert(1)</script></svg>"
EVIL = '"><img src=x onerror=alert(1)>.txt'


@pytest.fixture
def alice(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody new, for each test."""
    return meet("alice")


@pytest.fixture
def folder(page: Page, alice: Visitor) -> str:
    """A folder of alice's, who is signed in."""
    sign_in(page, alice.name)
    return alice.make_folder("Things to look at")


def look(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_each_kind_of_file_is_shown_over_the_list_and_the_arrow_keys_go_on(page: Page, alice: Visitor, folder: str):
    for name, data in {
        "1 picture.jpg": made.landscape(1),
        "2 drawing.svg": RUNS,
        "3 document.pdf": made.document(),
        "4 page.html": b"<script>alert(1)</script>",
        "5 sound.wav": made.sound(),
        "6 film.webm": made.film(),
        "7 broken.png": b"no picture",
    }.items():
        alice.store(name, data, below=folder)
    page.goto(f"/files/{folder}")
    list_address = page.url
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))

    look(page, "1 picture.jpg")
    assert page.url.endswith("/view")
    _is_drawn(page, "1 picture.jpg")
    _next(page, "2 drawing.svg")
    _is_drawn(page, "2 drawing.svg")
    _next(page, "3 document.pdf")
    expect(page.locator("iframe").content_frame.locator("body")).to_be_attached()
    _next(page, "4 page.html")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    _next(page, "5 sound.wav")
    _plays(page, "audio")
    _next(page, "6 film.webm")
    _plays(page, "video")
    _next(page, "7 broken.png")
    expect(page.get_by_text("This file cannot be shown.")).to_be_visible()

    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Things to look at")).to_be_visible()
    assert page.url == list_address
    page.go_forward()
    expect(page.get_by_role("heading", name="7 broken.png", level=1)).to_be_visible()


def _next(page: Page, name: str) -> None:
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def _is_drawn(page: Page, name: str) -> None:
    picture = page.get_by_role("img", name=name)
    expect(picture).to_be_visible()
    page.wait_for_function("(picture) => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())


def _plays(page: Page, kind: str) -> None:
    player = page.locator(f"dialog {kind}").element_handle()
    page.wait_for_function("(player) => player.readyState >= 1 && player.error === null", arg=player)


def test_an_older_version_is_restored_in_the_details(page: Page, alice: Visitor, folder: str):
    file = alice.store("notes.txt", b"the first words", below=folder)
    alice.store("notes.txt", b"other words", below=folder)
    page.goto(f"/files/{file['id']}/view")
    expect(page.get_by_text("other words")).to_be_visible()

    page.get_by_role("button", name="Details", exact=True).click()
    page.get_by_role("button", name="Restore version 1").click()

    expect(page.get_by_text("Version 1 is the current content again.")).to_be_visible()
    expect(page.get_by_text("the first words")).to_be_visible()
    expect(page.get_by_text("Version 3", exact=True)).to_be_visible()
    expect(page.get_by_text("Version 1 of “notes.txt” was restored.")).to_be_visible()
    assert alice.get(f"/api/v1/store/files/{file['id']}/content").content == b"the first words"


def test_the_list_goes_on_following_behind_a_file_that_is_looked_at(page: Page, alice: Visitor, folder: str):
    alice.store("notes.txt", b"words", below=folder)
    with page.expect_response("**/api/v1/events"):  # the page listens
        page.goto(f"/files/{folder}")
    look(page, "notes.txt")

    alice.store("later.txt", b"words", below=folder)

    behind = page.get_by_role("link", name="later.txt", exact=True, include_hidden=True)
    expect(behind).to_be_attached(timeout=20_000)
    page.keyboard.press("Escape")
    expect(behind).to_be_visible()


def test_labels_are_changed_beside_the_list(page: Page, alice: Visitor, folder: str):
    file = alice.store(EVIL, b"words", below=folder)
    page.goto(f"/files/{file['id']}/details")

    page.get_by_label("Add tags").fill("Red, blue")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Take the tag blue away").click()
    expect(page.get_by_role("button", name="Take the tag blue away")).to_have_count(0)
    page.get_by_label("New name").fill("colour")
    page.get_by_label("New value").fill("deep red")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("Value of colour")).to_have_value("deep red")
    shown = asked(alice.get(f"/api/v1/store/assets/{file['id']}/metadata/"))
    assert (asked(alice.get(f"/api/v1/store/assets/{file['id']}/tags/")), shown) == (
        {"tags": ["red"]},
        {"colour": "deep red"},
    )


def test_details_follow_what_is_chosen_in_the_list(page: Page, alice: Visitor, folder: str):
    alice.store("a.txt", b"words", below=folder)
    page.goto(f"/files/{folder}")

    page.get_by_role("link", name="Details of this folder").click()
    side = page.get_by_role("complementary", name="Details")
    expect(side.get_by_text("1 file, 0 folders")).to_be_visible()
    side.get_by_role("button", name="Close the details").click()
    page.get_by_role("link", name="More about a.txt").click()
    page.get_by_role("menuitem", name=re.compile("^Details")).click()

    expect(side.get_by_role("heading", name="a.txt")).to_be_visible()
    expect(side.get_by_text("All of them together take 5 bytes.")).to_be_visible()
