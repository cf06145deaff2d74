"""What the tests of the simulator share: one of it, and somebody who asks it as our server does."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator

from payments.simulator import Simulator, schema
from tests.receivers import Receiver, receiving

KEY = "sk_test_a_key_of_nobody"
ORDER: dict[str, Any] = {"email": "alice@example.com", "amount": 30050, "currency": "NGN", "reference": "cb-1"}
BACK = "https://cloud.example.org/payments/done"


class Shop:
    """Asks the simulator over HTTP."""

    def __init__(self, simulator: Simulator | None = None, url: str = "") -> None:
        self.url = simulator.url if simulator else url
        self.calls: set[str] = set()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {KEY}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self._fits(self.session.get(f"{self.url}{path}", params=query, timeout=10))

    def post(self, path: str, **fields: Any) -> requests.Response:
        return self._fits(self.session.post(f"{self.url}{path}", json=fields, timeout=10))

    def put(self, path: str, **fields: Any) -> requests.Response:
        return self.session.put(f"{self.url}{path}", json=fields, timeout=10)

    def _fits(self, answer: requests.Response) -> requests.Response:
        """Return an answer that is as Paystack documents it."""
        if call := call_of(answer.request):
            check(answer.json(), schema.ANSWERS[call] if answer.ok else schema.REFUSAL)
            self.calls.add(call)
        return answer

    def is_answered(self, path: str = "/simulator/faults") -> bool:
        try:
            return self.get(path).ok
        except requests.ConnectionError:
            return False

    def begin(self, reference: Any = "cb-1", **changes: Any) -> requests.Response:
        fields = ORDER | {"callback_url": BACK, "reference": reference}
        return self.post("/transaction/initialize", **(fields | changes))

    def verify(self, reference: str = "cb-1") -> dict[str, Any]:
        return dict(self.get(f"/transaction/verify/{reference}").json()["data"])


def call_of(request: requests.PreparedRequest) -> str:
    """Return the name of the call, "" for one that Paystack does not have."""
    _, first, *rest = urlsplit(request.url or "").path.split("/")
    name = "/".join((str(request.method), first, *rest[:1])).rstrip("/0123456789")
    return {
        "POST/transaction/initialize": "initialize",
        "GET/transaction/verify": "verify",
        "GET/transaction": "charge" if rest else "charges",
        "POST/refund": "refund",
        "GET/refund": "refund_of" if rest else "refunds",
        "GET/dispute": "dispute_of" if rest else "disputes",
    }.get(name, "")


def check(said: Any, wanted: schema.Schema) -> None:
    Draft202012Validator(wanted).validate(said)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """One that has told, at the end, nothing that is not as Paystack documents it."""
    with Simulator(KEY) as simulator:
        yield simulator
        for webhook in simulator.webhooks:
            check(json.loads(webhook.body), schema.EVENTS[webhook.event])


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
