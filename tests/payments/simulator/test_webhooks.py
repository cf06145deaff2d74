"""The simulator's webhooks are signed, sent until they are taken, and as unreliable as asked for."""

import hashlib
import hmac

from cloudbox import process
from payments.simulator import Simulator
from tests.payments.simulator.conftest import KEY, Shop
from tests.receivers import Receiver

ORDER = {"email": "alice@example.com", "amount": 30050, "currency": "NGN", "reference": "cb-1"}


def events(receiver: Receiver) -> list[str]:
    return [call.json["event"] for call in receiver.calls]


def test_a_success_is_told_signed_over_the_raw_body(shop: Shop, receiver: Receiver) -> None:
    shop.simulator.webhook_url = receiver.url
    shop.begin()

    shop.simulator.pay("cb-1")

    assert process.wait_until(lambda: shop.simulator.webhooks[0].state == "delivered", 10)
    (call,) = receiver.calls
    signed = hmac.new(KEY.encode(), call.body, hashlib.sha512).hexdigest()
    assert call.headers["x-paystack-signature"] == signed
    assert (call.json["event"], call.json["data"]["reference"]) == ("charge.success", "cb-1")


def test_anything_but_200_is_tried_again(receiver: Receiver) -> None:
    receiver.acts = [204, 500, "close", 200]
    with Simulator(KEY, receiver.url, retries=(0.01,) * 5) as simulator:
        simulator.till.initialize(ORDER)
        simulator.pay("cb-1")

        assert process.wait_until(lambda: simulator.webhooks[0].state == "delivered", 10)

        assert (simulator.webhooks[0].attempts, len(receiver.calls)) == (4, 4)


def test_what_is_never_taken_is_given_up(receiver: Receiver) -> None:
    receiver.acts = [500]
    with Simulator(KEY, receiver.url, retries=(0.01,)) as simulator:
        simulator.till.initialize(ORDER)
        simulator.pay("cb-1")

        assert process.wait_until(lambda: simulator.webhooks[0].state == "failed", 10)
        assert (simulator.webhooks[0].attempts, simulator.webhooks[0].answer) == (2, "500")
