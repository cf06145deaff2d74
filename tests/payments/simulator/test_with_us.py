"""What CloudBox asks, the simulator answers, and both mean the same."""

from datetime import UTC, datetime, timedelta

import pytest

from payments import paystack as ours
from payments.simulator import Simulator
from tests.paystack import waiting

NOW = datetime.now(UTC)
SINCE, UNTIL = NOW - timedelta(days=1), NOW + timedelta(days=1)


def begin(reference: str = "cb-1") -> str:
    return ours.initialize(
        reference=reference,
        email="alice@example.com",
        amount=30050,
        currency="NGN",
        callback_url="https://cloud.example.org/back",
        metadata={"order": "1"},
    )


def test_a_charge_is_begun_found_listed_and_told(paystack: Simulator) -> None:
    page = begin()
    assert ours.verify("cb-1") is not None
    with pytest.raises(ours.DuplicateReference):
        begin()

    paystack.pay("cb-1")

    charge = ours.verify("cb-1")
    assert charge is not None
    assert page.startswith(f"{paystack.url}/pay/")
    assert (charge.status, charge.requested_amount, charge.email) == ("success", 30050, "alice@example.com")
    assert [each.id for each in ours.charges(since=SINCE, until=UNTIL)] == [charge.id]
    (webhook,) = waiting(paystack)
    assert ours.is_signed(webhook.body, webhook.signature)


@pytest.mark.parametrize("status", [400, 404])
def test_what_is_not_known_is_nothing(paystack: Simulator, status: int) -> None:
    paystack.misbehave(unknown=status)

    assert ours.verify("cb-1") is None


def test_a_refund_is_made_found_and_listed(paystack: Simulator) -> None:
    begin()
    charge = paystack.pay("cb-1")

    refund = ours.refund(charge_id=charge.id, amount=50, note="Sorry.")

    paystack.move_refund(refund.id)
    found = ours.refund_of(refund.id)
    assert found is not None
    assert (refund.status, found.status, found.charge_id, found.amount) == ("pending", "processed", charge.id, 50)
    assert [each.id for each in ours.refunds(since=SINCE, until=UNTIL)] == [refund.id]
