"""Signing in with GitHub and Google in a real browser: the policies of our pages let it go there and come back."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.providers import Providers, Somebody
from tests.server import Server

_numbers = count(1)


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, server: Server, stand_in: Providers) -> Iterator[Page]:
    """A phone that takes the stand-in for the providers."""
    number = next(_numbers)
    stand_in.person = Somebody(f"8000{number}", f"lynx-{number}", f"lynx-{number}@example.net")
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 390, "height": 844},
        proxy={"server": stand_in.environment()["HTTPS_PROXY"], "bypass": "127.0.0.1"},
        ignore_https_errors=True,
        java_script_enabled=request.param,
    )
    yield context.new_page()
    context.close()
    stand_in.tell_the_truth()


def test_somebody_comes_with_github_links_google_and_unlinks_github(page: Page, stand_in: Providers):
    page.goto("/account/password")
    page.get_by_role("button", name="Continue with GitHub").click()
    expect(page.get_by_role("heading", name="Your password")).to_be_visible()

    page.get_by_role("link", name="Other accounts").click()
    page.get_by_role("button", name="Unlink GitHub").click()
    expect(page.get_by_role("status").first).to_contain_text("Without it you could not sign in")
    page.get_by_role("button", name="Link Google").click()
    expect(page.get_by_role("status").first).to_contain_text("You can sign in with Google now.")
    page.get_by_role("button", name="Unlink GitHub").click()
    expect(page.get_by_role("heading", name=f"GitHub: {stand_in.person.login}")).to_have_count(0)

    page.get_by_label("Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/login")
    page.get_by_role("button", name="Continue with Google").click()
    expect(page.get_by_label(f"Account of {stand_in.person.login}")).to_be_visible()


def test_a_provider_that_is_down_is_told_with_the_way_back(page: Page, stand_in: Providers):
    stand_in.lie("api.github.com", "/user", 500, b"")
    page.goto("/login")
    page.get_by_role("button", name="Continue with GitHub").click()

    expect(page.get_by_role("alert")).to_contain_text("GitHub does not answer as it should")
    page.get_by_role("link", name="Back to signing in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
