"""The pages that people see, found by what they can read."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.server import STAFF_PASSWORD
from tests.visitors import Visitor

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_the_welcome_leads_to_the_api(page: Page):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not page.evaluate(SIDEWAYS)

    page.get_by_role("link", name="Explore the API").click()
    page.get_by_role("heading", name=re.compile("^auth ")).click()

    expect(page.get_by_text("/api/v1/auth/register/")).to_be_visible()


def test_the_staff_sign_in_and_find_somebodys_files(page: Page, alice: Visitor):
    name = f"of {alice.name}.txt"
    alice.store(name, b"content")
    sign_in_as_staff(page)
    assert not page.evaluate(SIDEWAYS)

    page.goto("/admin/assets/asset/")
    page.get_by_placeholder(re.compile("part of a name", re.IGNORECASE)).fill(name)
    page.keyboard.press("Enter")

    expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text(alice.name).first).to_be_attached()


def test_the_staff_take_a_table_of_what_was_paid(page: Page):
    sign_in_as_staff(page)
    page.goto("/admin/exports/")
    page.get_by_label("From").fill(f"{timezone.now():%Y-%m}-01")

    with page.expect_download() as table:
        page.get_by_role("button", name="Download").click()

    assert table.value.suggested_filename.startswith("cloudbox-orders-")


def sign_in_as_staff(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name=re.compile("log in|sign in", re.IGNORECASE)).click()
    expect(page.get_by_text("Uploads in flight").last).to_be_attached()
