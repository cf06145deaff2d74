"""The simulator's webhooks are signed, sent until they are taken, and as unreliable as asked for."""

import hashlib
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from payments.simulator import Faults, Simulator
from tests.payments.simulator.conftest import KEY, ORDER, Shop
from tests.receivers import Receiver
from tests.server import free_port


def paid(simulator: Simulator, *references: str) -> None:
    """Begin and pay transactions, one after the other."""
    for reference in references:
        simulator.till.initialize(ORDER | {"reference": reference})
        simulator.pay(reference)


def references(receiver: Receiver) -> list[str]:
    return [call.json["data"]["reference"] for call in receiver.calls]


def signed(body: bytes) -> str:
    """Return the signature that Paystack's documentation tells to expect."""
    return hmac.new(KEY.encode(), body, hashlib.sha512).hexdigest()


def sent(simulator: Simulator) -> bool:
    return process.wait_until(lambda: not [each for each in simulator.webhooks if each.state == "waiting"], 10)


def test_a_success_is_told_signed_over_the_raw_body(simulator: Simulator, receiver: Receiver) -> None:
    simulator.webhook_url = receiver.url

    paid(simulator, "cb-1")

    assert sent(simulator)
    (call,) = receiver.calls
    assert call.headers["x-paystack-signature"] == signed(call.body)
    assert (call.json["event"], call.json["data"]["reference"]) == ("charge.success", "cb-1")


def test_anything_but_200_is_tried_again(receiver: Receiver) -> None:
    receiver.acts = [204, 500, "close", 200]
    with Simulator(KEY, receiver.url, retries=(0.01,) * 5) as simulator:
        paid(simulator, "cb-1")

        assert sent(simulator)
        assert (simulator.webhooks[0].state, simulator.webhooks[0].attempts) == ("delivered", 4)


def test_what_is_never_taken_is_given_up_and_can_be_sent_again(receiver: Receiver) -> None:
    receiver.acts = [500, 500, 200]
    with Simulator(KEY, receiver.url, retries=(0.01,)) as simulator:
        paid(simulator, "cb-1")

        assert sent(simulator)
        (webhook,) = simulator.webhooks
        assert (webhook.state, webhook.attempts, webhook.answer) == ("failed", 2, "500")

        Shop(simulator).post(f"/simulator/webhooks/{webhook.id}/again")

        assert sent(simulator)
        assert simulator.webhooks[0].state == "delivered"


def test_failures_and_abandoned_payments_are_told_by_no_webhook(simulator: Simulator) -> None:
    simulator.till.initialize(ORDER)
    simulator.fail("cb-1")
    simulator.till.leave("cb-1")

    assert simulator.webhooks == []


def test_webhooks_come_more_than_once_and_the_newest_first(simulator: Simulator, receiver: Receiver) -> None:
    simulator.misbehave(duplicate=1, reorder=0.3)
    simulator.webhook_url = receiver.url

    paid(simulator, "cb-1", "cb-2")

    assert sent(simulator)
    assert references(receiver) == ["cb-2", "cb-2", "cb-1", "cb-1"]


def test_webhooks_come_late(simulator: Simulator, receiver: Receiver) -> None:
    simulator.misbehave(delay=0.3)
    simulator.webhook_url = receiver.url
    begun = time.monotonic()

    paid(simulator, "cb-1")

    assert sent(simulator)
    assert time.monotonic() - begun >= 0.3


def test_a_share_of_the_webhooks_never_comes_and_the_same_ones_each_time() -> None:
    names = [f"cb-{number}" for number in range(40)]
    dropped = []
    for _ in range(2):
        with Simulator(KEY, faults=Faults(drop=0.5, duplicate=2, seed=7)) as simulator:
            paid(simulator, *names)
            dropped.append({each.reference for each in simulator.webhooks if each.state == "dropped"})

    assert dropped[0] == dropped[1]
    assert 10 < len(dropped[0]) < 30


def test_each_so_many_th_webhook_never_comes(simulator: Simulator) -> None:
    simulator.misbehave(drop_every=3)

    paid(simulator, *(f"cb-{number}" for number in range(1, 7)))

    assert [each.reference for each in simulator.webhooks if each.state == "dropped"] == ["cb-3", "cb-6"]


def test_forgeries_come_before_the_truth(simulator: Simulator) -> None:
    simulator.misbehave(forge=("signature", "amount", "reference"))

    paid(simulator, "cb-1")

    unsigned, amount, reference, true = simulator.webhooks
    assert [each.signature == signed(each.body) for each in simulator.webhooks] == [False, True, True, True]
    assert unsigned.body == true.body
    assert json.loads(amount.body)["data"]["requested_amount"] != json.loads(true.body)["data"]["requested_amount"]
    assert json.loads(reference.body)["data"]["reference"] == "nobody.s-order"


@pytest.fixture
def program(tmp_path: Path, receiver: Receiver) -> Callable[[], tuple[process.Child, str]]:
    """Start the simulator as a program, again and again on the same books."""
    port = free_port()
    where = ["--port", str(port), "--directory", str(tmp_path / "books"), "--webhook", receiver.url]

    def start() -> tuple[process.Child, str]:
        child = process.start(
            [sys.executable, "-m", "payments.simulator", *where],
            environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PAYSTACK_SIMULATOR_KEY": KEY},
            output=tmp_path / "screen",
        )
        return child, f"http://127.0.0.1:{port}"

    return start


def test_what_was_paid_is_told_after_a_kill_and_is_still_known(
    program: Callable[[], tuple[process.Child, str]], receiver: Receiver
) -> None:
    receiver.acts = [500]
    killed, url = program()
    shop = Shop(url=url)
    try:
        assert process.wait_until(shop.is_answered, 20)
        shop.begin()
        assert shop.post("/simulator/transactions/cb-1/pay").ok
        assert process.wait_until(lambda: bool(receiver.calls), 10)
    finally:
        killed.kill_group()
    killed.ends_within(5)
    told, receiver.acts = len(receiver.calls), [200]

    again, _ = program()
    try:
        assert process.wait_until(lambda: len(receiver.calls) > told, 20)
        assert shop.verify()["status"] == "success"
    finally:
        again.signal(signal.SIGTERM)
        assert again.ends_within(10)
        shop.session.close()
    assert again.code() == 0


def test_its_end_waits_for_no_receiver_that_hangs(receiver: Receiver) -> None:
    receiver.acts = ["hang"]
    with Simulator(KEY, receiver.url) as simulator:
        paid(simulator, "cb-1")
        assert process.wait_until(lambda: bool(receiver.calls), 10)
        begun = time.monotonic()

    assert time.monotonic() - begun < 5
