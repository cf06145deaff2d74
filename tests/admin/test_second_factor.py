"""The staff sign in here with a code, too, and look after their own two-factor."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp import models

from accounts.models import Session
from activity.models import AuditEntry
from tests.accounts.authenticator import Authenticator, set_up
from tests.admin.test_actions import fill_in, last_entry
from tests.admin.use import browser_of
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN, CODE, INDEX, OWN = (reverse(f"admin:{name}") for name in ("login", "login_code", "index", "two_factor"))
BOTH = {"username": "dora", "password": PASSWORD}


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    """Let no step of 30 seconds end in the middle of a test."""
    monkeypatch.setattr(models, "time", SimpleNamespace(time=lambda: 1_800_000_015.0))


@pytest.fixture
def needed(settings):
    settings.STAFF_NEED_TWO_FACTOR = True


def test_the_password_leads_to_the_code_and_the_code_to_where_one_was_going(staff):
    phone, _ = set_up(staff)
    browser = Client()

    first = browser.post(f"{SIGN_IN}?next=/admin/accounts/user/", BOTH)
    assert first["Location"] == CODE
    assert browser.get(INDEX).status_code == 302
    asked = browser.get(CODE)
    second = browser.post(CODE, {"code": phone.code()})

    assert "no-store" in asked["Cache-Control"]
    assert second["Location"] == "/admin/accounts/user/"
    assert browser.get(INDEX).status_code == 200
    assert last_entry() == ("staff_signed_in", "dora", "dora")


def test_a_wrong_code_is_told_and_five_begin_again(staff):
    set_up(staff)
    browser = Client()
    browser.post(SIGN_IN, BOTH)

    said = [browser.post(CODE, {"code": "000000"}) for _ in range(4)]

    assert "The code is wrong" in said[0].content.decode()
    assert browser.get(INDEX).status_code == 302
    assert AuditEntry.objects.filter(verb="sign_in_failed").count() == 4


def test_a_next_that_leads_elsewhere_leads_to_the_first_page(staff):
    phone, _ = set_up(staff)
    browser = Client()
    browser.post(f"{SIGN_IN}?next=https://evil.example/", BOTH)

    assert browser.post(CODE, {"code": phone.code()})["Location"] == INDEX


def test_without_a_password_first_there_is_no_code_to_give(db):
    assert Client().get(CODE)["Location"] == SIGN_IN


def test_who_is_not_of_the_staff_is_not_let_in_with_a_code_either(alice):
    phone, _ = set_up(alice)
    browser = Client()
    browser.post(SIGN_IN, BOTH | {"username": "alice"})

    assert browser.post(CODE, {"code": phone.code()})["Location"] == SIGN_IN
    assert "_auth_user_id" not in browser.session


def test_who_has_to_set_it_up_sees_no_other_page(staff, needed):
    browser = Client()
    browser.post(SIGN_IN, BOTH)

    assert {browser.get(page)["Location"] for page in (INDEX, reverse("admin:accounts_user_changelist"))} == {OWN}
    assert fill_in(browser, "add_user", username="erin", password=PASSWORD)["Location"] == OWN
    assert browser.get(OWN).status_code == 200


def test_the_other_pages_open_once_it_is_set_up(staff, needed):
    browser = Client()
    browser.post(SIGN_IN, BOTH)

    begun = browser.post(OWN, {"act": "begin", "current_password": PASSWORD})
    uri = begun.context["confirm"].initial["uri"]
    phone = Authenticator(begun.context["secret"])
    wrong = browser.post(OWN, {"act": "confirm", "uri": uri, "code": "000000"})
    done = browser.post(OWN, {"act": "confirm", "uri": uri, "code": phone.code(-1)})

    assert begun.context["qr"] == wrong.context["qr"]
    assert all("no-store" in answer["Cache-Control"] for answer in (begun, wrong, done))
    assert len(done.context["codes"]) == 10
    assert browser.get(INDEX).status_code == 200


def test_a_wrong_password_begins_nothing(staff):
    answer = browser_of(staff).post(OWN, {"act": "begin", "current_password": "not hers"})

    assert "This is not your password." in answer.content.decode()
    assert "qr" not in answer.context


@pytest.mark.parametrize("uri", ["", "javascript:alert(1)", "otpauth://totp/x y", "https://evil.example"])
def test_only_an_address_of_a_secret_is_shown_as_a_picture(staff, uri):
    answer = browser_of(staff).post(OWN, {"act": "confirm", "uri": uri, "code": "000000"})

    assert answer.status_code == 200
    assert "qr" not in answer.context


def test_codes_are_renewed_and_it_is_turned_off_with_password_and_code(staff):
    phone, _ = set_up(staff)
    browser = browser_of(staff)

    renewed = browser.post(OWN, {"act": "renew", "current_password": PASSWORD, "code": phone.code()})
    refused = browser.post(OWN, {"act": "off", "current_password": PASSWORD, "code": phone.code()})
    off = browser.post(
        OWN, {"act": "off", "current_password": PASSWORD, "code": renewed.context["codes"][0]}, follow=True
    )

    assert "was used before" in refused.content.decode()
    assert "Two-factor is off" in off.content.decode()


def test_this_browser_stands_among_the_sessions_and_ending_that_ends_it(staff):
    browser = Client()
    browser.post(SIGN_IN, BOTH)
    assert browser.get(INDEX).status_code == 200

    Session.objects.filter(user=staff).update(revoked_at="2026-01-01T00:00:00Z")

    assert browser.get(INDEX).status_code == 302


def test_the_staff_take_two_factor_off_somebody(dora, alice):
    set_up(alice)
    assert "on since" in dora.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()

    fill_in(dora, "reset_two_factor", alice.pk, sure="on")

    assert last_entry() == ("two_factor_reset", "dora", "alice")
    again = fill_in(dora, "reset_two_factor", alice.pk, sure="on")
    assert "This account has no two-factor." in again.content.decode()


def test_the_history_of_somebodys_sign_ins_tells_what_failed_and_never_what_was_typed(dora, alice):
    Client().post(SIGN_IN, {"username": "alice", "password": "wild guess"})
    Client().post(SIGN_IN, {"username": "my secret password", "password": "alice"})

    shown = dora.get(reverse("admin:activity_signin_changelist"))
    hers = dora.get(reverse("admin:activity_signin_changelist"), {"q": str(alice.pk)})

    assert "sign in failed: wrong password" in hers.content.decode()
    assert len(hers.context["cl"].result_list) == 1
    assert "an unknown name" in shown.content.decode()
    assert "my secret password" not in shown.content.decode() + str(AuditEntry.objects.values())
