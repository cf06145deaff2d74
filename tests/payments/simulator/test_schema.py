"""What the simulator says is what Paystack's documentation shows."""

import json
from typing import Any

import pytest
from jsonschema import ValidationError

from payments.simulator import Simulator, schema
from tests.payments.gateway import samples
from tests.payments.simulator.conftest import Shop, check

REFUND = {**samples.REFUND, "merchant_note": "", "customer_note": "", "transaction": 1004723697}
REFUND_EVENTS: list[dict[str, Any]] = [  # the amount is a text in some, and the reference null
    {"status": "pending", "refund_reference": None, "amount": "10000"},
    {"status": "processing", "refund_reference": None, "amount": "10000"},
    {"status": "processed", "refund_reference": "132013318360", "amount": "5000"},
    {"status": "failed", "refund_reference": "TRF_9vgfawjnoz58uxy", "amount": 20000},
    {"status": "needs-attention", "refund_reference": "TRF_7jn17u9vkqm91efk", "amount": 5306, "id": "123456"},
]


def test_every_call_and_every_webhook_is_as_documented(shop: Shop, simulator: Simulator) -> None:
    for reference in ("cb-1", "cb-2", "cb-3"):
        shop.begin(reference, metadata={"order": "1"} if reference == "cb-1" else None)
        simulator.pay(reference)
    for end in ("processed", "failed"):
        refund = shop.post("/refund", transaction="cb-1", amount=100).json()["data"]
        for status in ("processing", "needs-attention", end):
            simulator.move_refund(refund["id"], status)
            shop.get(f"/refund/{refund['id']}")
    for reference, lost in (("cb-2", True), ("cb-3", False)):
        dispute = simulator.dispute(reference)
        simulator.returns.remind(reference)
        simulator.resolve(reference, lost=lost)
        shop.get(f"/dispute/{dispute.id}")
    shop.get(f"/transaction/{shop.verify('cb-2')['id']}")
    shop.get("/transaction")
    shop.get("/refund")
    shop.get("/dispute")
    shop.get("/refund/1")

    assert shop.calls == set(schema.ANSWERS)
    assert {webhook.event for webhook in simulator.webhooks} == set(schema.EVENTS)


@pytest.mark.parametrize("metadata", [None, "", "cart=1", {"order": "1"}])
def test_metadata_comes_back_as_it_was_given_and_none_of_it_in_three_ways(
    shop: Shop, simulator: Simulator, metadata: object
) -> None:
    shop.begin(metadata=metadata)
    simulator.pay("cb-1")

    listed = shop.get("/transaction").json()["data"][0]["metadata"]
    told = json.loads(simulator.webhooks[0].body)["data"]["metadata"]

    assert (shop.verify()["metadata"], listed, told) == ((metadata,) * 3 if metadata else ("", None, 0))


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        (samples.CHARGE, schema.CHARGE),
        (REFUND, schema.REFUND),
        (samples.DISPUTE, schema.DISPUTE),
        *(
            (
                {"transaction_reference": "T1_2_3", "currency": "NGN", "domain": "live", **event}
                | {"customer": {"email": "demo@email.com"}},
                schema.REFUND_EVENT,
            )
            for event in REFUND_EVENTS
        ),
    ],
)
def test_paystacks_own_examples_fit(sample: object, wanted: schema.Schema) -> None:
    check(sample, wanted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "paid"},
        {"amount": "403.33"},
        {"amount": -1},
        {"paid_at": "yesterday"},
        {"currency": "EUR"},
        {"id": 0},
    ],
)
def test_what_paystack_never_says_does_not_fit(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        check(samples.CHARGE | wrong, schema.CHARGE)
