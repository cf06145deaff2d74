"""With what money is taken, as the settings say."""

from urllib.parse import urlsplit

import pytest

from cloudbox.environment import Environment, WrongSetting
from cloudbox.paying import Paying, paying

LIVE, FORMER, OTHER = "sk_live_0123456789abcdef", "sk_live_abcdef0123456789", "sk_test_fedcba9876543210"


def chosen(*, production: bool = False, secret: str = "s", own: str = "http://nas.local:8000", **given: str) -> Paying:
    return paying(Environment(given), production=production, own=urlsplit(own), port=8000, secret=secret)


def test_on_a_fresh_machine_the_simulator_stands_in_for_paystack():
    how = chosen()

    assert (how.billing, how.simulated, how.mode) == (True, True, "simulated")
    assert (how.url, how.checkout) == ("http://127.0.0.1:8001", "http://nas.local:8001")


def test_each_installation_has_a_simulator_key_of_its_own():
    assert chosen(secret="one").keys != chosen(secret="another").keys


def test_the_simulator_listens_where_it_is_told_to():
    assert chosen(CLOUDBOX_SIMULATOR_PORT="9123").checkout == "http://nas.local:9123"


def test_the_simulator_may_be_another_machine_while_browsers_reach_it_beside_the_web():
    how = chosen(CLOUDBOX_PAYSTACK_URL="http://simulator:8001")

    assert (how.simulated, how.url, how.checkout) == (True, "http://simulator:8001", "http://nas.local:8001")


def test_with_a_key_paystack_itself_is_asked_and_its_page_is_where_people_pay():
    how = chosen(PAYSTACK_SECRET_KEY=LIVE, PAYSTACK_PREVIOUS_SECRET_KEY=FORMER)

    assert (how.billing, how.simulated, how.mode) == (True, False, "live")
    assert how.keys == (LIVE, FORMER)
    assert (how.url, how.checkout) == ("https://api.paystack.co", "https://checkout.paystack.com")


@pytest.mark.parametrize(("present", "previous"), [(LIVE, OTHER), (OTHER, LIVE)])
def test_keys_of_test_money_and_of_real_money_never_stand_in_for_each_other(present, previous):
    with pytest.raises(WrongSetting, match=r"both live, or both test\.$"):
        chosen(PAYSTACK_SECRET_KEY=present, PAYSTACK_PREVIOUS_SECRET_KEY=previous)


def test_a_test_key_takes_test_money():
    assert chosen(PAYSTACK_SECRET_KEY=OTHER).mode == "test"


def test_production_without_a_key_sells_nothing_unless_it_is_told_to():
    assert chosen(production=True).billing is False


def test_production_with_a_key_sells():
    assert chosen(production=True, PAYSTACK_SECRET_KEY=LIVE).billing is True


def test_production_without_a_key_does_not_start_with_billing_on():
    with pytest.raises(WrongSetting, match=r"^PAYSTACK_SECRET_KEY must be set in production"):
        chosen(production=True, CLOUDBOX_BILLING="on")


@pytest.mark.parametrize("production", [True, False])
def test_billing_can_be_off_whatever_else_is_set(production):
    how = chosen(production=production, CLOUDBOX_BILLING="off", PAYSTACK_SECRET_KEY=LIVE)

    assert (how.billing, how.simulated) == (False, False)


@pytest.mark.parametrize("name", ["PAYSTACK_SECRET_KEY", "PAYSTACK_PREVIOUS_SECRET_KEY"])
@pytest.mark.parametrize("key", ["pk_live_0123456789abcdef", "sk_live_short", "sk_live_with space", "0123456789abcdef"])
def test_what_is_no_secret_key_is_refused_and_not_repeated(name, key):
    with pytest.raises(WrongSetting, match=f"^{name} must be a secret key of Paystack") as refused:
        chosen(**{name: key})

    assert key not in str(refused.value)


def test_production_asks_paystack_over_https_only():
    with pytest.raises(WrongSetting, match=r"^CLOUDBOX_PAYSTACK_URL must begin with https://"):
        chosen(production=True, PAYSTACK_SECRET_KEY=LIVE, CLOUDBOX_PAYSTACK_URL="http://pay.example.org")


def test_keys_are_not_shown_where_the_settings_are():
    assert LIVE not in repr(chosen(PAYSTACK_SECRET_KEY=LIVE))
