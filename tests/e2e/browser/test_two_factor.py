"""Somebody of the staff sets two-factor up in a browser, and comes in with a code from then on."""

import time
from base64 import b32decode

import pytest
import requests
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from tests.people import PASSWORD
from tests.server import Server


@pytest.fixture
def rosa(page: Page, server: Server) -> str:
    """Somebody of the staff, in support: the name."""
    name = f"rosa{time.time_ns()}"
    new = {"username": name, "password": PASSWORD}
    assert requests.post(f"{server.url}/api/v1/auth/register", json=new, timeout=30).status_code == 201
    server.rows(
        "UPDATE accounts_user SET is_staff = true, staff_role = 'support' WHERE username = %s RETURNING id", name
    )
    return name


def sign_in(page: Page, name: str) -> None:
    page.goto("/admin/accounts/user/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")


def code(secret: str, step: int) -> str:
    return f"{TOTP(b32decode(secret), drift=step).token():06d}"


def test_the_staff_set_two_factor_up_and_come_in_with_a_code(page: Page, rosa: str) -> None:
    sign_in(page, rosa)
    page.goto("/admin/two-factor/")
    page.fill("[name=current_password]", PASSWORD)
    page.click("text=Set it up")
    expect(page.get_by_alt_text("The QR code of your new secret")).to_be_visible()
    secret = page.locator(".console-form code").inner_text()
    page.fill("[name=code]", code(secret, 0))
    page.click("button:has-text('Turn it on')")
    expect(page.locator(".console-codes li")).to_have_count(10)

    page.context.clear_cookies()
    sign_in(page, rosa)
    page.fill("[name=code]", "000000")
    page.click("text=Go on")
    expect(page.get_by_text("The code is wrong")).to_be_visible()
    page.fill("[name=code]", code(secret, 1))
    page.click("text=Go on")

    assert page.url.endswith("/admin/accounts/user/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/admin/activity/signin/")
    expect(page.get_by_text("sign in failed: wrong code").first).to_be_visible()
