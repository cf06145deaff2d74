"""What people do with their files in the lists, by pointer, by touch and by keys."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.visitors import Visitor, at_once

MOST_ROWS = 500
FILES = 700  # in a long list
LAST = "file 0699.txt"


@pytest.fixture
def maria(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody with a folder and three texts."""
    visitor = meet("maria")
    visitor.make_folder("Archive")
    for name in ("apple.txt", "berry.txt", "cherry.txt"):
        visitor.store(name, name.encode())
    return visitor


@pytest.fixture
def files(page: Page, maria: Visitor) -> Page:
    """The page of her files."""
    come_in(page, maria)
    return page


@pytest.fixture(scope="module")
def crowd(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody with more files than a page may have rows."""
    visitor = meet("crowd")
    at_once(lambda number: visitor.store(f"file {number:04}.txt", b""), range(FILES), most=16)
    return visitor


def come_in(page: Page, visitor: Visitor) -> None:
    sign_in(page, visitor.name)
    expect(page.get_by_role("button", name="New folder")).to_be_visible()  # the scripts are there


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def pick(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Choose {name}", exact=True).click()


def act(page: Page, name: str, what: str) -> None:
    """Do something by the menu of a row."""
    page.get_by_role("link", name=f"More about {name}", exact=True).click()
    page.get_by_role("menuitem", name=what).click()


def chosen(page: Page) -> list[str]:
    selected = page.get_by_role("row", selected=True).all()
    return [one.get_by_role("link").first.inner_text() for one in selected]


def undo(page: Page) -> None:
    page.get_by_role("status").get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Undone.")).to_be_visible()


def names_of(maria: Visitor, folder: str = "") -> list[str]:
    at = f"/api/v1/store/folders/{folder}/content" if folder else "/api/v1/store/folders/content"
    return [item["name"] for item in maria.get(at).json()["items"]]


def folder_of(maria: Visitor, name: str) -> str:
    return next(
        str(item["id"]) for item in maria.get("/api/v1/store/folders/content").json()["items"] if item["name"] == name
    )


def test_rows_are_chosen_by_keys_and_by_ticking(files: Page):
    row(files, "Archive").focus()
    files.keyboard.press("ArrowDown")
    files.keyboard.press("Shift+ArrowDown")
    assert chosen(files) == ["apple.txt", "berry.txt"]
    expect(files.get_by_text("2 chosen")).to_be_visible()

    files.keyboard.press("Control+ArrowDown")
    files.keyboard.press("Space")
    assert chosen(files) == ["apple.txt", "berry.txt", "cherry.txt"]

    files.keyboard.press("Escape")
    assert chosen(files) == []
    pick(files, "apple.txt", "cherry.txt")
    assert chosen(files) == ["apple.txt", "cherry.txt"]

    files.keyboard.press("Control+a")
    expect(files.get_by_text("4 chosen")).to_be_visible()
    files.keyboard.press("Home")
    files.keyboard.press("Enter")
    expect(files.get_by_role("heading", name="Archive", level=1)).to_be_visible()


def test_what_is_dragged_onto_a_folder_is_moved_there_and_comes_back(files: Page, maria: Visitor):
    pick(files, "apple.txt", "berry.txt")
    row(files, "apple.txt").get_by_role("link").first.drag_to(row(files, "Archive").get_by_role("link").first)

    expect(files.get_by_text("2 moved to “Archive”.")).to_be_visible()
    expect(row(files, "berry.txt")).to_have_count(0)
    assert names_of(maria, folder_of(maria, "Archive")) == ["apple.txt", "berry.txt"]

    files.keyboard.press("Control+z")
    expect(row(files, "berry.txt")).to_be_visible()
    assert names_of(maria) == ["Archive", "apple.txt", "berry.txt", "cherry.txt"]


def test_a_name_is_changed_where_it_stands_and_a_taken_one_is_refused_beside_it(files: Page, maria: Visitor):
    act(files, "apple.txt", "Rename")
    name = files.get_by_role("textbox", name="New name")
    expect(name).to_have_value("apple.txt")
    files.keyboard.type("berry")
    files.keyboard.press("Enter")
    expect(files.get_by_text("The folder already has something of that name.")).to_be_visible()

    name.fill("zebra.txt")
    files.keyboard.press("Enter")

    expect(row(files, "zebra.txt")).to_be_focused()
    assert names_of(maria) == ["Archive", "berry.txt", "cherry.txt", "zebra.txt"]
    undo(files)
    expect(row(files, "apple.txt")).to_be_visible()


def test_the_menu_of_a_row_is_walked_by_keys_and_gives_the_focus_back(files: Page):
    row(files, "berry.txt").focus()
    files.keyboard.press("Shift+F10")
    expect(files.get_by_role("menu")).to_be_visible()

    files.keyboard.press("End")
    expect(files.get_by_role("menuitem", name="Delete")).to_be_focused()
    files.keyboard.press("Escape")

    expect(files.get_by_role("menu")).to_have_count(0)
    expect(row(files, "berry.txt")).to_be_focused()


def test_a_new_folder_comes_into_the_list_and_has_the_focus(files: Page, maria: Visitor):
    files.get_by_role("button", name="New folder").click()
    files.get_by_role("dialog").get_by_label("Name").fill("Bakery")
    files.keyboard.press("Enter")

    expect(row(files, "Bakery")).to_be_focused()
    assert names_of(maria)[:2] == ["Archive", "Bakery"]


def test_what_is_deleted_comes_back_by_undo_and_the_trash_is_emptied_only_when_confirmed(files: Page, maria: Visitor):
    pick(files, "cherry.txt")
    files.keyboard.press("Delete")
    expect(row(files, "cherry.txt")).to_have_count(0)
    undo(files)
    expect(row(files, "cherry.txt")).to_be_visible()

    act(files, "cherry.txt", "Delete")
    expect(files.get_by_text("“cherry.txt” was moved to the trash.")).to_be_visible()
    files.get_by_role("link", name="Trash").click()
    files.get_by_role("button", name="Empty the trash").click()
    expect(files.get_by_text(re.compile("1 item with .* is deleted for ever"))).to_be_visible()
    files.get_by_role("dialog").get_by_role("button", name="Empty the trash").click()

    expect(files.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert names_of(maria) == ["Archive", "apple.txt", "berry.txt"]


def test_a_copy_to_a_taken_name_asks_and_a_move_replaces_what_then_waits_in_the_trash(files: Page, maria: Visitor):
    archive = folder_of(maria, "Archive")
    maria.store("apple.txt", b"another", below=archive)

    bring(files, "apple.txt", "Copy")
    files.get_by_label("Keep both").check()
    files.get_by_role("button", name="Go on").click()
    expect(files.get_by_text("“apple.txt” was copied to “Archive”.")).to_be_visible()
    assert names_of(maria, archive) == ["apple (1).txt", "apple.txt"]

    bring(files, "apple.txt", "Move")
    files.get_by_label("Replace").check()
    files.get_by_role("button", name="Go on").click()
    expect(files.get_by_text("“apple.txt” was moved to “Archive”.")).to_be_visible()
    assert [item["size"] for item in maria.get("/api/v1/store/trash").json()["items"]] == [len(b"another")]
    assert maria.get(f"/api/v1/store/folders/{archive}/content?name=apple.txt").json()["items"][0]["size"] == 9


def bring(page: Page, name: str, how: str) -> None:
    act(page, name, f"{how} to…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Archive", exact=True).click()
    expect(dialog.get_by_role("strong").or_(dialog.locator("strong"))).to_have_text("Archive")
    dialog.get_by_role("button", name=f"{how} here").click()


def test_a_long_list_keeps_five_hundred_rows_in_the_page_and_what_was_chosen(page: Page, crowd: Visitor):
    come_in(page, crowd)
    pick(page, "file 0001.txt")
    row(page, "file 0010.txt").focus()
    rows = page.get_by_role("row").filter(has=page.get_by_role("checkbox"))

    most = scroll(page, rows, LAST, 1)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    row(page, LAST).focus()
    page.keyboard.press("Home")
    expect(row(page, "file 0000.txt")).to_be_focused()
    assert chosen(page) == ["file 0000.txt"]

    page.keyboard.press("Shift+End")
    expect(row(page, LAST)).to_be_focused()
    expect(page.get_by_text(f"{FILES} chosen")).to_be_visible()
    assert max(most, rows.count()) <= MOST_ROWS


def scroll(page: Page, rows: Locator, until: str, way: int) -> int:
    """Scroll until there is such a row, and return the most rows that were in the page."""
    most = 0
    for _ in range(400):
        most = max(most, rows.count())
        if row(page, until).count():
            return most
        page.evaluate("way => scrollBy(0, way * 2000)", way)
        page.wait_for_timeout(30)
    raise AssertionError(f"{until} never came.")
