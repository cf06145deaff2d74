"""What the tests of the simulator share: one of it, and somebody who asks it as our server does."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from payments.simulator import Simulator
from tests.receivers import Receiver, receiving

KEY = "sk_test_a_key_of_nobody"
BACK = "https://cloud.example.org/payments/done"


class Shop:
    """Asks the simulator over HTTP."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {KEY}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(f"{self.simulator.url}{path}", params=query, timeout=10)

    def post(self, path: str, **fields: Any) -> requests.Response:
        return self.session.post(f"{self.simulator.url}{path}", json=fields, timeout=10)

    def put(self, path: str, **fields: Any) -> requests.Response:
        return self.session.put(f"{self.simulator.url}{path}", json=fields, timeout=10)

    def begin(self, reference: Any = "cb-1", **changes: Any) -> requests.Response:
        fields = {"email": "alice@example.com", "amount": 30050, "currency": "NGN", "callback_url": BACK}
        return self.post("/transaction/initialize", **(fields | {"reference": reference} | changes))

    def verify(self, reference: str = "cb-1") -> dict[str, Any]:
        return dict(self.get(f"/transaction/verify/{reference}").json()["data"])


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(KEY) as simulator:
        yield simulator


@pytest.fixture
def shop(simulator: Simulator) -> Iterator[Shop]:
    shop = Shop(simulator)
    yield shop
    shop.session.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes webhooks, here with the one answer that counts."""
    with receiving() as receiver:
        receiver.acts = [200]
        yield receiver
