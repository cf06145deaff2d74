"""What somebody sees first of their account: what is well, and what would make it safer."""

import re

import pytest

from accounts import services
from accounts.services import two_factor
from tests.accounts.authenticator import Authenticator
from tests.people import PASSWORD, caller_for
from tests.web.browsing import text_of

pytestmark = pytest.mark.django_db


def test_the_overview_says_what_would_make_the_account_safer(alices, alice):
    services.change_profile(by=caller_for(alice), changes={"email": "ada@example.com"}, current_password=PASSWORD)

    page = text_of(alices.get("/account"))

    assert "You have one. A new one signs out all else." in page
    assert "Off. Whoever knows your password gets in." in page
    assert "things would make your account safer" in page


def test_the_overview_counts_the_recovery_codes_that_are_left(alices, alice):
    setup = two_factor.begin_setup(by=caller_for(alice), current_password=PASSWORD)
    alices.post("/account/two-factor/confirm", {"code": Authenticator(setup.secret).code()})

    page = text_of(alices.get("/account"))

    assert "On. Signing in needs a code of your phone." in page
    assert "10 are left." in page


def test_somebody_takes_all_their_files_home_from_their_account(alices):
    [address] = re.findall('href="(/api/v1/store/assets/[^"]+/download/)"', alices.get("/account").text)

    assert alices.get(address).headers["Content-Type"] == "application/zip"


def test_a_picture_is_removed_by_a_button(alices):
    answer = alices.post("/account/profile/picture/remove")

    assert "Your picture is removed." in text_of(alices.get(answer.headers["Location"]))
    assert alices.get("/account/profile/picture/remove").status_code == 405
