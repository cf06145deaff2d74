"""The page on which people pay nothing."""

from http import HTTPStatus

import pytest
import requests

from payments.simulator import Simulator
from tests.payments.simulator.conftest import BACK, ORDER


@pytest.fixture
def url(simulator: Simulator) -> str:
    charge = simulator.till.initialize(ORDER | {"callback_url": f"{BACK}?order=1", "email": "<b>alice@example.com"})
    return f"{simulator.url}/pay/{charge.access_code}"


def press(url: str, button: str) -> requests.Response:
    return requests.post(url, data={"do": button}, allow_redirects=False, timeout=10)


@pytest.mark.parametrize(
    ("button", "status"),
    [("pay", "success"), ("decline", "failed"), ("cancel", "abandoned"), ("transfer", "pending")],
)
def test_each_button_does_what_it_says_and_leads_back(simulator: Simulator, url: str, button: str, status: str) -> None:
    answer = press(url, button)

    assert simulator.charge("cb-1").status == status
    assert answer.headers["Location"] == f"{BACK}?order=1&trxref=cb-1&reference=cb-1"


def test_a_payer_who_looks_is_at_it(simulator: Simulator, url: str) -> None:
    page = requests.get(url, timeout=10)

    assert simulator.charge("cb-1").status == "ongoing"
    assert "Simulator: no money moves" in page.text
    assert "NGN 300.50" in page.text
    assert "&lt;b&gt;alice@example.com" in page.text


def test_a_declined_payment_can_be_tried_again_on_the_same_page(simulator: Simulator, url: str) -> None:
    press(url, "decline")
    assert "The payment was declined." in requests.get(url, timeout=10).text

    press(url, "pay")

    assert simulator.charge("cb-1").status == "success"


def test_nothing_is_paid_twice(simulator: Simulator, url: str) -> None:
    press(url, "pay")

    assert press(url, "pay").status_code == HTTPStatus.BAD_REQUEST
    assert len(simulator.webhooks) == 1
    assert 'value="pay"' not in requests.get(url, timeout=10).text


def test_pages_run_no_script_and_send_nobody_but_back(url: str) -> None:
    policy = requests.get(url, timeout=10).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self' https://cloud.example.org;" in policy


def test_a_page_that_there_is_not_is_told(simulator: Simulator) -> None:
    answer = requests.get(f"{simulator.url}/pay/nothing", timeout=10)

    assert (answer.status_code, "Transaction reference not found" in answer.text) == (404, True)
