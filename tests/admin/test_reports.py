"""Reports of abuse in the administration: who decides them there, and what becomes of the link."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from assets.models import Link, Report
from assets.services import reports
from tests.admin.use import browser_of
from tests.assets.by_link import SOMEWHERE, token_to
from tests.assets.conftest import Hand
from tests.people import caller_for, register

pytestmark = pytest.mark.django_db
LIST = "/admin/assets/report/"


@pytest.fixture
def token(alice) -> str:
    hand = Hand(caller_for(alice))
    token = token_to(hand, hand.folder("Holiday <i>pictures"))
    reports.report(token=token, given_pass="", visitor=SOMEWHERE, reason="malware", details="<script>alert(1)</script>")
    return token


def with_role(name: str, role: str):
    user = register(name)
    User.objects.filter(id=user.id).update(is_staff=True, staff_role=role)
    return browser_of(User.objects.get(id=user.id))


def decide(browser: Client, how: str, reason: str) -> Any:
    address = reverse(f"admin:assets_report_{how}", args=[Report.objects.get().id])
    return browser.post(address, {"_form_submitted": "True", "reason": reason})


def test_support_takes_a_link_down_with_a_reason_and_its_page_says_so(token):
    support = with_role("sam", "support")
    page = support.get(f"{LIST}{Report.objects.get().id}/change/")
    assert "Holiday &lt;i&gt;pictures" in page.text
    assert "<script>alert" not in page.text
    assert token not in page.text
    assert decide(support, "uphold", "").status_code == 200
    assert Report.objects.get().state == "open"

    decide(support, "uphold", "It is a virus.")

    assert (Report.objects.get().state, Link.objects.get().taken_down_reason) == ("upheld", "It is a virus.")
    assert Client().get(f"/l/{token}", headers={"accept": "text/html"}).status_code == 410
    assert Client().get(f"/api/v1/links/{token}/").json()["code"] == "link_taken_down"


def test_support_dismisses_a_report_and_the_link_goes_on(token):
    decide(with_role("sam", "support"), "dismiss", "A holiday.")

    assert Report.objects.get().state == "dismissed"
    assert Client().get(f"/api/v1/links/{token}/").status_code == 200


@pytest.mark.parametrize("role", ["finance", "operator"])
def test_other_staff_neither_see_reports_nor_decide_them(token, role):
    browser = with_role("olga", role)

    assert browser.get(LIST).status_code == 403
    assert decide(browser, "uphold", "No.").status_code == 403
    assert Report.objects.get().state == "open"


def test_those_that_wait_for_a_decision_come_first(token, staff, alice):
    reports.decide(by=caller_for(staff), report_id=Report.objects.get().id, uphold=False, reason="No.")
    first = Report.objects.get().id
    reports.report(token=token, given_pass="", visitor=SOMEWHERE, reason="other", details="again")
    waiting = Report.objects.exclude(id=first).get().id
    Report.objects.filter(id=first).update(id="ffffffff-0000-7000-8000-000000000000")

    page = browser_of(staff).get(LIST).text

    assert page.index(str(waiting)) < page.index("ffffffff-0000-7000-8000-000000000000")
