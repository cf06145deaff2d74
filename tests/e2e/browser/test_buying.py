"""Somebody's way to more room, found by what they can read: on our pages, and on the page on which they pay."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.payments.beside import Paystack
from tests.payments.pdf import text_of_pdf
from tests.server import Server
from tests.visitors import Visitor

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SECONDS = 1000  # milliseconds


@pytest.fixture
def paystack(server: Server) -> Iterator[Paystack]:
    with Paystack(server) as paystack:
        yield paystack
        paystack.misbehave()


@pytest.fixture
def buyer(page: Page, meet: Callable[[str], Visitor]) -> Page:
    """A browser in which somebody is signed in who has never bought anything, at the price list."""
    sign_in(page, meet("buyer").name)
    page.goto("/account")
    page.get_by_role("navigation", name="Your account").get_by_role("link", name="Plan").click()
    expect(page.get_by_role("heading", name="Free plan")).to_be_visible()
    return page


def go_to_pay(page: Page, name: str) -> None:
    """Order a pack, and stop at the page of the payment provider."""
    page.get_by_role("link", name=f"Buy: {name}").click()
    expect(page.get_by_role("heading", name=f"Buy {name}")).to_be_visible()
    assert not page.evaluate(SIDEWAYS)
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_text("no money moves").first).to_be_visible()


def test_somebody_buys_a_pack_though_no_webhook_comes_and_keeps_the_receipt(buyer: Page, paystack: Paystack):
    page = buyer
    paystack.misbehave(drop=1)
    page.get_by_role("link", name="USD").click()
    expect(page.get_by_text("USD\xa03.50")).to_be_visible()
    go_to_pay(page, "Standard")

    page.get_by_role("button", name="Pay USD 3.50").click()

    expect(page.get_by_role("heading", name="Thank you, your payment has arrived.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Places")).to_contain_text("of 10 GiB used")
    assert not page.evaluate(SIDEWAYS)
    page.get_by_role("link", name="Receipt R-").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PDF").click()
    assert "USD" in text_of_pdf(download.value.path().read_bytes())
    page.get_by_role("link", name="Orders and receipts").click()
    expect(page.get_by_role("listitem").filter(has_text="Standard")).to_contain_text("Paid")
    page.get_by_role("link", name="Your plan").click()
    expect(page.get_by_role("heading", name="Standard").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("of 10 GiB used")


def test_somebody_closes_the_browser_while_paying_and_finds_the_room_there(buyer: Page, paystack: Paystack):
    page = buyer
    paystack.misbehave(duplicate=2)
    go_to_pay(page, "Basic")

    paystack.press(page.url, "pay")

    page.goto("/account/orders")
    for _ in range(60):
        if page.get_by_text("Waiting for your payment").count() == 0:
            break
        page.wait_for_timeout(SECONDS / 2)
        page.reload()
    expect(page.get_by_role("listitem").filter(has_text="Basic")).to_contain_text("Paid")
    page.get_by_role("link", name="Your plan").click()
    expect(page.get_by_role("main")).to_contain_text("of 6 GiB used")


def test_somebody_whose_card_is_declined_tries_again_and_whoever_leaves_pays_later(buyer: Page):
    page = buyer
    go_to_pay(page, "Basic")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("heading", name="The payment did not succeed.")).to_be_visible()

    page.get_by_role("link", name="Try again").click()
    page.get_by_role("button", name="Go on to payment").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Not paid yet")).to_be_visible()
    page.get_by_role("link", name="Pay now").click()
    page.get_by_role("button", name="Pay NGN 2,000.00").click()

    expect(page.get_by_role("heading", name="Thank you, your payment has arrived.")).to_be_visible()
