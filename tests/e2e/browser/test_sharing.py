"""Sharing as people do it: with somebody who has an account, and by links with those who have none."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor, asked

SECRET = "seven quiet geese"


@pytest.fixture
def alice(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody new, for each test."""
    return meet("alice")


@pytest.fixture
def bob(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody new as well."""
    return meet("bob")


@pytest.fixture
def folder(page: Page, alice: Visitor) -> str:
    """A folder of alice's, who is signed in."""
    folder = alice.make_folder("Letters")
    alice.store("to Ben.txt", b"Dear Ben", below=folder)
    sign_in(page, alice.name)
    return folder


@pytest.fixture
def elsewhere(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A second browser, of somebody else."""
    context = browser.new_context(base_url=server.url)
    yield context
    context.close()


def open_sharing(page: Page) -> None:
    page.get_by_role("row", name=re.compile("Letters")).get_by_label("More about Letters").click()
    page.get_by_role("menuitem", name="Share…").click()
    expect(page.get_by_role("dialog", name="Share “Letters”")).to_be_visible()


def link_in(page: Page) -> str:
    return page.get_by_label("Address of the link").first.input_value()


def test_somebody_is_let_in_and_out_again(page: Page, folder: str, elsewhere: BrowserContext, bob: Visitor):
    open_sharing(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Add people").fill(f"{bob.name}, nobody-at-all")
    dialog.get_by_label("What they may do").select_option("Can edit")
    dialog.get_by_role("button", name="Share", exact=True).click()

    expect(dialog.get_by_role("status")).to_contain_text("Nobody is called so: nobody-at-all.")
    expect(dialog.get_by_label(f"What {bob.name} may do")).to_have_value("editor")
    theirs = elsewhere.new_page()
    sign_in(theirs, bob.name)
    theirs.goto("/shared")
    theirs.get_by_role("link", name="Letters", exact=True).click()
    expect(theirs.get_by_role("link", name="to Ben.txt", exact=True)).to_be_visible()
    dialog.get_by_label(f"What {bob.name} may do").select_option("Can view")
    expect(dialog.get_by_role("status")).to_contain_text("Changed.")
    assert asked(bob.get(f"/api/v1/store/folders/{folder}/"))["abilities"] == ["read"]
    dialog.get_by_role("button", name=f"Remove {bob.name}").click()
    expect(dialog.get_by_role("status")).to_contain_text("no access here any more")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert theirs.goto(f"/files/{folder}").status == 404  # type: ignore[union-attr]  # an answer


def test_a_link_with_a_password_is_opened_in_another_browser(page: Page, folder: str, elsewhere: BrowserContext):
    open_sharing(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("New link").click()
    dialog.get_by_label("Password").fill(SECRET)
    dialog.get_by_label("What it is for").fill("for Ben")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("status")).to_contain_text("ready to be copied")
    address = link_in(page)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()

    theirs = elsewhere.new_page()
    theirs.goto(address)
    expect(theirs.get_by_text("Letters")).to_have_count(0)
    theirs.get_by_label("Password of the link").fill("seven noisy geese")
    theirs.get_by_role("button", name="Open").click()
    expect(theirs.get_by_role("alert")).to_be_visible()
    theirs.get_by_label("Password of the link").fill(SECRET)
    theirs.get_by_role("button", name="Open").click()
    theirs.get_by_role("link", name="to Ben.txt", exact=True).click()
    theirs.get_by_role("button", name="Show it here").click()
    expect(theirs.get_by_text("Dear Ben")).to_be_visible()
    with theirs.expect_download() as downloading:
        theirs.get_by_role("link", name="Download").click()
    assert downloading.value.path().read_bytes() == b"Dear Ben"
    dialog.get_by_text("Revoke", exact=True).click()
    dialog.get_by_role("button", name="Revoke the link").click()
    expect(dialog.get_by_role("status")).to_contain_text("revoked")
    theirs.goto(address)
    expect(theirs.get_by_role("heading", name="Nothing is here")).to_be_visible()


def test_strangers_put_files_where_they_see_nothing(page: Page, alice: Visitor, folder: str, elsewhere: BrowserContext):
    open_sharing(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("New link").click()
    dialog.get_by_label("Only add files, and see nothing").check()
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("status")).to_contain_text("ready to be copied")

    theirs = elsewhere.new_page()
    theirs.goto(link_in(page))
    expect(theirs.get_by_role("heading", name="Put files into “Letters”")).to_be_visible()
    large: FilePayload = {"name": "large.bin", "mimeType": "application/octet-stream", "buffer": b"x" * (9 * 2**20)}
    again: FilePayload = {"name": "to Ben.txt", "mimeType": "text/plain", "buffer": b"Dear Alice"}
    theirs.get_by_label("Choose files").set_input_files([large, again])

    expect(theirs.get_by_text("Sent", exact=True)).to_have_count(2)
    content = asked(alice.get(f"/api/v1/store/folders/{folder}/content/"))["items"]
    assert {one["name"]: one["size"] for one in content} == {
        "large.bin": 9 * 2**20,
        "to Ben.txt": 8,
        "to Ben (1).txt": 10,
    }
    theirs.reload()
    expect(theirs.get_by_text("large.bin")).to_have_count(0)


def test_whom_a_link_lets_edit_upload_rename_and_delete_on_its_page(alice: Visitor, elsewhere: BrowserContext):
    empty = alice.make_folder("Drafts")
    link = asked(alice.post(f"/api/v1/store/assets/{empty}/links/", json={"role": "editor"}), 201)
    theirs = elsewhere.new_page()
    theirs.goto(link["url"])
    draft = {"name": "draft.txt", "mimeType": "text/plain", "buffer": b"a draft"}
    theirs.get_by_label("Choose files").set_input_files(draft)  # type: ignore[arg-type]  # as Playwright takes it

    expect(theirs.get_by_role("link", name="draft.txt", exact=True)).to_be_visible()
    theirs.get_by_label("More about draft.txt").click()
    theirs.get_by_label("New name").fill("letter.txt")
    theirs.get_by_role("button", name="Rename").click()
    expect(theirs.get_by_role("link", name="letter.txt", exact=True)).to_be_visible()
    theirs.get_by_label("More about letter.txt").click()
    theirs.get_by_role("button", name="Delete").click()
    expect(theirs.get_by_text("This folder is empty")).to_be_visible()


def test_abuse_is_reported_and_the_staff_take_the_link_down(
    page: Page, alice: Visitor, folder: str, elsewhere: BrowserContext
):
    link = asked(alice.post(f"/api/v1/store/assets/{folder}/links/", json={"role": "viewer"}), 201)
    theirs = elsewhere.new_page()
    theirs.goto(link["url"])
    theirs.get_by_role("link", name="Report abuse").click()
    theirs.get_by_label("It harms computers").check()
    theirs.get_by_label("What the staff should know").fill(f"of {alice.name}")
    theirs.get_by_role("button", name="Send the report").click()
    expect(theirs.get_by_role("heading", name="Thank you")).to_be_visible()

    staff = elsewhere.new_page()
    staff.goto("/admin/assets/report/")
    staff.get_by_label("Username").fill("admin")
    staff.get_by_label("Password").fill(STAFF_PASSWORD)
    staff.get_by_role("button", name=re.compile("log in|sign in", re.IGNORECASE)).click()
    staff.get_by_role("row", name=re.compile(alice.name)).get_by_role("link").first.click()
    staff.get_by_text("Take the link down").click()
    staff.get_by_label("Why").fill("It harms computers.")
    staff.get_by_role("button", name="Take down").click()
    staff.wait_for_url("**/report/")

    theirs.goto(link["url"])
    expect(theirs.get_by_role("heading", name="The link was taken down")).to_be_visible()
    page.goto("/links")
    expect(page.get_by_text("taken down by the staff")).to_be_visible()
