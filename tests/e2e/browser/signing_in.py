"""How somebody signs in with a browser."""

from playwright.sync_api import Page, expect

from tests.visitors import PASSWORD


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Go to the page for it, and on from there to one's files."""
    page.goto("/login")
    fill_in(page, name, password)
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()


def fill_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Say who one is, on a page that asks."""
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
