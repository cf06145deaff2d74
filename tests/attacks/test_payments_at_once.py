"""Against a running server: whatever comes at once about a payment, however often, it counts once."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from cloudbox import process
from cloudbox.paying import simulator_key
from tests.payments.beside import Paystack
from tests.server import Server
from tests.visitors import Visitor, asked

PAYMENTS = "/api/v1/payments"
GIB = 2**30
COPIES = 200
BESIDE = 40  # payers' browsers that ask, of those that come with the webhooks


@pytest.fixture
def paystack(server: Server) -> Iterator[Paystack]:
    with Paystack(server) as paystack:
        yield paystack
        paystack.misbehave()


@pytest.fixture
def payer(meet: Callable[[str], Visitor]) -> Visitor:
    return meet("payer")


def paid(payer: Visitor, paystack: Paystack) -> dict[str, Any]:
    """Order and pay, while Paystack tells nobody."""
    paystack.misbehave(drop=1)
    order = asked(payer.post(f"{PAYMENTS}/checkout", json={"plan": "standard", "currency": "NGN"}), 201)
    paystack.press(order["authorization_url"], "pay")
    return order


def tell(server: Server, body: bytes) -> int:
    """Deliver a webhook as Paystack does, and return the status of the answer."""
    key = simulator_key(server.environment()["SECRET_KEY"]).encode()
    signed = {"x-paystack-signature": hmac.new(key, body, hashlib.sha512).hexdigest()}
    return requests.post(f"{server.url}{PAYMENTS}/webhook", body, headers=signed, timeout=60).status_code


def counts(server: Server, order: dict[str, Any]) -> list[tuple[Any, ...]]:
    return server.rows(
        """SELECT (SELECT count(*) FROM payments_payment WHERE order_id = o.id),
                  (SELECT count(*) FROM payments_receipt WHERE order_id = o.id),
                  (SELECT count(*) FROM payments_ledgertransaction WHERE order_id = o.id),
                  (SELECT count(*) FROM accounts_allowance WHERE source = 'order:' || o.id),
                  (SELECT count(*) FROM payments_step WHERE order_id = o.id AND kind = 'settled')
           FROM payments_order o WHERE id = %s""",
        order["id"],
    )


def is_paid(payer: Visitor, order: dict[str, Any]) -> bool:
    return bool(asked(payer.get(f"{PAYMENTS}/orders/{order['id']}"))["state"] == "paid")


def test_two_hundred_copies_of_one_webhook_settle_once(server, payer, paystack):
    order, free = paid(payer, paystack), payer.usage()["limit"]
    (webhook,) = paystack.webhooks(order["reference"])

    with ThreadPoolExecutor(COPIES) as pool:
        answers = list(pool.map(lambda _: tell(server, webhook["body"].encode()), range(COPIES)))

    assert set(answers) == {200}
    assert process.wait_until(lambda: is_paid(payer, order), 60)
    assert counts(server, order) == [(1, 1, 1, 1, 1)]
    assert payer.usage()["limit"] == free + 5 * GIB
    assert server.rows("SELECT times FROM payments_providerevent WHERE reference = %s", order["reference"]) == [
        (COPIES,)
    ]


def test_webhooks_payers_and_the_reconciler_at_once_settle_once(server, payer, paystack):
    """Each webhook is another one, as if Paystack wrote the time into it."""
    order, free = paid(payer, paystack), payer.usage()["limit"]
    (webhook,) = paystack.webhooks(order["reference"])

    def act(number: int) -> int:
        if number == 0:
            return 200 if server.manage("payments_reconcile", "--days", "1").code == 0 else 503  # if Paystack is busy
        if number <= BESIDE:
            address = f"{server.url}{PAYMENTS}/orders/{order['id']}/check"
            return requests.post(address, headers=payer.headers, timeout=60).status_code
        return tell(server, webhook["body"].encode() + b" " * number)

    with ThreadPoolExecutor(COPIES) as pool:
        answers = list(pool.map(act, range(COPIES)))

    assert set(answers) <= {200, 503}
    assert process.wait_until(lambda: is_paid(payer, order), 60)
    assert counts(server, order) == [(1, 1, 1, 1, 1)]
    assert payer.usage()["limit"] == free + 5 * GIB
    assert server.rows("SELECT kind FROM payments_finding WHERE resolved_at IS NULL") == []
    assert server.manage("payments_prove").output == "No differences.\n"
