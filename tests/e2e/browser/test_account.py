"""Somebody's way through the pages of their account, found by what they can read."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.authenticator import Authenticator
from tests.e2e.browser.signing_in import fill_in, sign_in
from tests.server import Server
from tests.visitors import PASSWORD, Visitor, asked

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
NEW = "four brisk badgers"
SECTIONS = ["Overview", "Profile", "Storage", "Password", "Two-factor", "Access keys", "Teams", "Sessions"]


@pytest.fixture
def without_scripts(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def open_section(page: Page, name: str) -> None:
    """Go to a section of one's account, and see that it is that one."""
    page.goto("/account")
    section = page.get_by_role("navigation", name="Your account").get_by_role("link", name=name)
    section.click()
    expect(section).to_have_attribute("aria-current", "page")


def sign_out(page: Page) -> None:
    page.get_by_label("Account of").click()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def change_password(page: Page, old: str, new: str) -> None:
    open_section(page, "Password")
    page.get_by_label("Your password").fill(old)
    page.get_by_label("New password").fill(new)
    page.get_by_label("Repeat it").fill(new)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status").first).to_contain_text("Your password is changed.")


def test_somebody_registers_changes_their_password_and_ends_a_session(page: Page, server: Server):
    name = f"eve-{server.rows('SELECT count(*) FROM accounts_user')[0][0]}"
    page.goto("/")
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Repeat it").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Welcome, {name}.")

    with Visitor(server.url) as program:
        program.name = name
        program.log_in()
        for section in SECTIONS:
            open_section(page, section)
            assert not page.evaluate(SIDEWAYS)
        page.get_by_role("button", name="End the session of python-requests").click()
        assert program.get("/api/v1/account/usage").status_code == 401

    change_password(page, PASSWORD, NEW)
    sign_out(page)
    sign_in(page, name, NEW)


def test_the_pages_work_without_scripts(without_scripts: Page, charlie: Visitor):
    page = without_scripts
    sign_in(page, charlie.name)
    change_password(page, PASSWORD, NEW)
    change_password(page, NEW, PASSWORD)

    sign_out(page)


def test_a_password_can_be_looked_at_while_it_is_typed(page: Page):
    page.goto("/login")
    password = page.get_by_label("Password", exact=True)
    password.fill("what I type")

    page.get_by_role("button", name="Show what is typed here").click()

    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("what I type")


def test_somebody_follows_an_invitation_whose_secret_no_other_page_learns(page: Page, alice: Visitor, bob: Visitor):
    team = asked(alice.post("/api/v1/teams", json={"name": "Herons"}), 201)["id"]
    invitation = asked(alice.post(f"/api/v1/teams/{team}/invitations", json={"username": bob.name}), 201)["id"]
    link = asked(alice.post(f"/api/v1/teams/{team}/invitations/{invitation}/link"), 200, 201)["url"]
    secret, told = link.rpartition("/")[2], []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))

    page.goto(link)
    page.get_by_role("link", name="Sign in to join").click()
    fill_in(page, bob.name)
    page.get_by_role("button", name="Join the team").click()

    expect(page.get_by_role("status").first).to_contain_text("You are in Herons now.")
    assert not page.evaluate(SIDEWAYS)
    assert [referer for referer in told if secret in referer] == []
    assert any(told)


def test_two_factor_is_set_up_on_a_page_and_asked_for_at_the_next_sign_in(page: Page, meet: Callable[[str], Visitor]):
    dora = meet("dora")
    sign_in(page, dora.name)
    open_section(page, "Two-factor")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="A QR code for your authenticator")).to_be_visible()
    phone = Authenticator(page.locator("code.secret").inner_text())
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Turn it on").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    codes = download.value.path().read_text().split()
    assert len(codes) == 10
    assert not page.evaluate(SIDEWAYS)

    sign_out(page)
    fill_in(page, dora.name)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("navigation", name="Places")).to_be_visible()
