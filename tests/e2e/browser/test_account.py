"""Somebody's way through the pages of their account, found by what they can read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server import Server
from tests.visitors import PASSWORD, Visitor

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
NEW = "four brisk badgers"
SECTIONS = ["Overview", "Profile", "Password", "Sessions"]


@pytest.fixture
def without_scripts(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto("/login")
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Your account")).to_be_visible()


def change_password(page: Page, old: str, new: str) -> None:
    page.get_by_role("link", name="Password").click()
    page.get_by_label("Your password").fill(old)
    page.get_by_label("New password").fill(new)
    page.get_by_label("Repeat it").fill(new)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")


def test_somebody_registers_changes_their_password_and_ends_a_session(page: Page, server: Server):
    name = f"eve-{server.rows('SELECT count(*) FROM accounts_user')[0][0]}"
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Repeat it").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("status")).to_contain_text(f"Welcome, {name}.")

    with Visitor(server.url) as program:
        program.name = name
        program.log_in()
        for section in SECTIONS:
            page.get_by_role("link", name=section).click()
            expect(page.get_by_role("link", name=section)).to_have_attribute("aria-current", "page")
            assert not page.evaluate(SIDEWAYS)
        page.get_by_role("button", name="End the session of python-requests").click()
        assert program.get("/api/v1/account/usage").status_code == 401

    change_password(page, PASSWORD, NEW)
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, name, NEW)


def test_the_pages_work_without_scripts(without_scripts: Page, alice: Visitor):
    page = without_scripts
    sign_in(page, alice.name)
    change_password(page, PASSWORD, NEW)
    change_password(page, NEW, PASSWORD)

    page.get_by_role("button", name="Sign out").first.click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_password_can_be_looked_at_while_it_is_typed(page: Page):
    page.goto("/login")
    password = page.get_by_label("Password", exact=True)
    password.fill("what I type")

    page.get_by_role("button", name="Show what is typed here").click()

    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("what I type")
