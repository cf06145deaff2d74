"""Somebody who buys, in a browser without scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.test import Client

from payments.simulator import Simulator
from tests.web.browsing import text_of

type_of_buying = Callable[..., Any]


@pytest.fixture
def buying(alices: Client, paystack: Simulator) -> type_of_buying:
    """Order a pack as alice, press a button on Paystack's page, and return the page to which that leads back.

    Its script has asked by then what became of the payment.
    """

    def buy(plan: str = "standard", currency: str = "NGN", *, press: str = "pay") -> Any:
        leading = alices.post(f"/account/plan/{plan}", {"currency": currency})
        assert leading.status_code == 303, text_of(leading)
        pressed = requests.post(leading["Location"], data={"do": press}, allow_redirects=False, timeout=5)
        back = re.sub(r"^https?://[^/]+", "", pressed.headers["Location"])
        [address] = re.findall(r'data-check="([^"]+)"', alices.get(back).text)
        alices.post(address, headers={"HX-Request": "true"})
        return alices.get(back)

    return buy
