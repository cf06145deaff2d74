"""The panel of the simulator, in which whoever has the key lets things happen."""

import re
from collections.abc import Iterator

import pytest
import requests

from payments.simulator import Simulator
from tests.payments.simulator.conftest import KEY, ORDER


@pytest.fixture
def browser(simulator: Simulator) -> Iterator[requests.Session]:
    """Somebody who has opened the panel."""
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{simulator.url}/", data={"key": KEY}, timeout=10).ok
        yield session


def press(browser: requests.Session, simulator: Simulator, call: str, **fields: str) -> requests.Response:
    (token,) = set(re.findall(r'name="token" value="(\w+)"', browser.get(f"{simulator.url}/", timeout=10).text))
    return browser.post(f"{simulator.url}/", data={"token": token, "call": call, **fields}, timeout=10)


def test_the_panel_opens_for_the_key_only(simulator: Simulator) -> None:
    simulator.till.initialize(ORDER)

    wrong = requests.post(f"{simulator.url}/", data={"key": "sk_test_another"}, timeout=10)

    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (403, False)
    for answer in (wrong, requests.get(f"{simulator.url}/", cookies={"paystack_simulator": "1"}, timeout=10)):
        assert "Its key" in answer.text
        assert "alice@example.com" not in answer.text


def test_what_is_pressed_happens(simulator: Simulator, browser: requests.Session) -> None:
    simulator.till.initialize(ORDER)

    assert press(browser, simulator, "/simulator/transactions/cb-1/pay").ok
    assert simulator.charge("cb-1").status == "success"
    assert press(browser, simulator, "/simulator/transactions/cb-1/dispute").ok
    assert press(browser, simulator, "/simulator/transactions/cb-1/lose").ok
    assert simulator.charge("cb-1").status == "reversed"


def test_misbehaviour_is_set_by_a_form_that_names_what_is_wrong(
    simulator: Simulator, browser: requests.Session
) -> None:
    press(browser, simulator, "/simulator/faults", drop="0.5", duplicate="1", **{"forge-amount": "on"})
    assert (simulator.faults.drop, simulator.faults.duplicate, simulator.faults.forge) == (0.5, 1, ("amount",))

    wrong = press(browser, simulator, "/simulator/faults", drop="half")

    assert (wrong.status_code, "drop cannot be" in wrong.text) == (400, True)
    assert simulator.faults.drop == 0.5


def test_nothing_is_pressed_from_another_page(simulator: Simulator, browser: requests.Session) -> None:
    simulator.till.initialize(ORDER)

    fields = {"token": "guessed", "call": "/simulator/transactions/cb-1/pay"}

    assert browser.post(f"{simulator.url}/", data=fields, timeout=10).status_code == 400
    assert simulator.charge("cb-1").status == "abandoned"
