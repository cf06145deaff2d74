"""Somebody buys packs with nothing but HTTP, while webhooks are lost and doubled, processes die, and time passes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from cloudbox import process
from tests.faults.conftest import killed_and_back
from tests.payments.beside import Paystack
from tests.payments.time import let_pass
from tests.server import Server
from tests.visitors import Visitor, asked, place_of

PAYMENTS = "/api/v1/payments"
GIB = 2**30
UNTIL_TOLD = 60  # seconds in which a webhook must have come and counted, retries and all


@pytest.fixture
def paystack(server: Server) -> Iterator[Paystack]:
    with Paystack(server) as paystack:
        yield paystack
        paystack.misbehave()


def ordered(payer: Visitor, plan: str) -> dict[str, Any]:
    body, key = {"plan": plan, "currency": "NGN"}, {"Idempotency-Key": str(uuid4())}
    return asked(payer.post(f"{PAYMENTS}/checkout", json=body, headers=key), 201)


def state_of(payer: Visitor, order: dict[str, Any], *, check: bool) -> str:
    address = f"{PAYMENTS}/orders/{order['id']}"
    return str(asked(payer.post(f"{address}/check") if check else payer.get(address))["state"])


def becomes_paid(payer: Visitor, order: dict[str, Any], *, check: bool) -> bool:
    return process.wait_until(lambda: state_of(payer, order, check=check) == "paid", UNTIL_TOLD, pause=0.3)


def test_a_new_person_buys_packs_while_webhooks_are_lost_and_doubled(server, meet, paystack):
    payer = meet("payer")
    paystack.misbehave(drop_every=2, duplicate=2)
    free = payer.usage()["limit"]
    plans = asked(payer.get(f"{PAYMENTS}/plans"))["items"]
    orders = []

    for plan in plans[:2]:  # the smaller ones first, so that the second takes the first over
        orders.append(ordered(payer, plan["code"]))
        back = paystack.press(orders[-1]["authorization_url"], "pay")
        assert back.startswith(f"{server.url}/account/orders/return?")
        assert f"reference={orders[-1]['reference']}" in back
        assert becomes_paid(payer, orders[-1], check=True)

    sent = [Counter(webhook["state"] for webhook in paystack.webhooks(order["reference"])) for order in orders]
    assert sorted(state for states in sent for state in states if state == "dropped") == ["dropped"]
    assert process.wait_until(lambda: not waiting(paystack, orders), UNTIL_TOLD)
    assert payer.usage()["limit"] == free + plans[1]["bytes"]
    assert [allowance["bytes"] for allowance in payer.usage()["allowances"]] == [plans[1]["bytes"]]
    assert asked(payer.get(f"{PAYMENTS}/plan"))["term"]["order"] == orders[1]["id"]
    history = asked(payer.get(f"{PAYMENTS}/"))["items"]
    assert [(item["reference_id"], item["status"]) for item in history] == [
        (order["reference"], "success") for order in reversed(orders)
    ]
    settled = [step for order in orders for step in timeline(payer, order) if step == "settled"]
    assert len(settled) == len(orders)
    receipts = asked(payer.get(f"{PAYMENTS}/receipts"))["items"]
    assert [receipt["order"] for receipt in receipts] == [order["id"] for order in reversed(orders)]
    pdf = payer.get(f"{PAYMENTS}/receipts/{receipts[0]['number']}.pdf")
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def waiting(paystack: Paystack, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    every = [webhook for order in orders for webhook in paystack.webhooks(order["reference"])]
    return [webhook for webhook in every if webhook["state"] == "waiting"]


def timeline(payer: Visitor, order: dict[str, Any]) -> list[str]:
    items = asked(payer.get(f"{PAYMENTS}/orders/{order['id']}/timeline"))["items"]
    return [step["kind"] for step in items]


def test_what_is_paid_while_web_and_worker_are_killed_counts_once_they_are_back(server, meet, paystack):
    payer = meet("payer")
    order = ordered(payer, "premium")
    paystack.misbehave(delay=1)

    paystack.press(order["authorization_url"], "pay")
    assert killed_and_back(server, "web", "worker")

    assert becomes_paid(payer, order, check=False)
    assert timeline(payer, order).count("settled") == 1
    assert [allowance["bytes"] for allowance in payer.usage()["allowances"]] == [10 * GIB]
    assert server.manage("payments_prove").output == "No differences.\n"


def test_money_that_goes_back_takes_the_room_and_after_the_end_a_new_pack_gives_it_again(server, meet, paystack):
    payer, small = meet("payer"), 1000
    server.rows(
        "UPDATE accounts_usage SET base_bytes = %s, limit_bytes = %s WHERE owner_id = %s", small, small, payer.id
    )

    def buy() -> dict[str, Any]:
        order = ordered(payer, "basic")
        paystack.press(order["authorization_url"], "pay")
        assert becomes_paid(payer, order, check=True)
        return order

    first = buy()
    paystack.send_back(first["reference"])
    assert process.wait_until(lambda: state_of(payer, first, check=False) == "refunded", UNTIL_TOLD, pause=0.3)
    assert (payer.usage()["limit"], stands(payer)) == (small, "free")
    assert [receipt["is_refund"] for receipt in asked(payer.get(f"{PAYMENTS}/receipts"))["items"]] == [True, False]

    buy()
    stored = payer.store("a.txt", b"a" * 2 * small)
    let_pass(31, server=server)
    assert stands(payer) == "grace"
    let_pass(7, server=server)
    assert stands(payer) == "read_only"
    refused = payer.put(place_of("b.txt"), data=b"b")
    assert (refused.status_code, refused.json()["code"]) == (402, "plan_expired")
    assert payer.get(f"/api/v1/store/files/{stored['id']}/content").content == b"a" * 2 * small

    buy()
    assert stands(payer) == "active"
    payer.store("b.txt", b"b")
    assert unbalanced(server) == []


def stands(payer: Visitor) -> str:
    return str(asked(payer.get(f"{PAYMENTS}/plan"))["state"])


def unbalanced(server: Server) -> list[Any]:
    """Return the transactions of the ledger whose entries do not sum to zero."""
    return server.rows(
        "SELECT transaction_id FROM payments_ledgerentry GROUP BY transaction_id HAVING sum(amount_minor) <> 0"
    )


@pytest.mark.parametrize(("button", "state"), [("decline", "failed"), ("cancel", "pending")])
def test_a_payment_that_is_declined_or_left_gives_nothing(meet, paystack, button, state):
    payer = meet("payer")
    order = ordered(payer, "basic")

    paystack.press(order["authorization_url"], button)

    assert state_of(payer, order, check=True) == state
    assert payer.usage()["allowances"] == []
