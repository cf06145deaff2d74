"""What Paystack tells is either understood whole or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.facts import LARGEST_AMOUNT, LARGEST_ID, charge_in, dispute_in, items_in, refund_in
from payments.paystack import PaystackUnavailable
from tests.payments.gateway.samples import CHARGE, DISPUTE, REFUND

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_the_documented_charge_is_read():
    charge = charge_in(CHARGE)

    assert (charge.amount, charge.requested_amount, charge.fees) == (40333, 30050, 10283)
    assert (charge.email, charge.domain, charge.status) == ("demo@test.com", "test", "success")
    assert charge.paid_at == datetime(2024, 8, 22, 9, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize("metadata", ["", "text", {"order": "1"}, None, [1], 5])
def test_metadata_may_be_anything(metadata):
    assert charge_in({**CHARGE, "metadata": metadata}).id == CHARGE["id"]


@pytest.mark.parametrize(("said", "meant"), [("5000", 5000), (5000, 5000), (0, 0), (LARGEST_AMOUNT, LARGEST_AMOUNT)])
def test_an_amount_may_be_a_text(said, meant):
    assert charge_in({**CHARGE, "amount": said}).amount == meant
    assert refund_in({**REFUND, "amount": said}).amount == meant


@pytest.mark.parametrize(
    "said",
    [
        *(None, True, False, 1.5, 100.0, -1, LARGEST_AMOUNT + 1, 10**30, [], {}, ""),
        *("-1", "1e3", "1_000", " 5", "\uff15", "5\n"),
    ],
)
def test_what_is_no_amount_is_none(said):
    with pytest.raises(PaystackUnavailable):
        charge_in({**CHARGE, "amount": said})
    with pytest.raises(PaystackUnavailable):
        refund_in({**REFUND, "amount": said})


def test_what_was_asked_for_is_the_amount_where_nothing_else_is_told():
    told = {name: value for name, value in CHARGE.items() if name != "requested_amount"}

    assert charge_in(told).requested_amount == CHARGE["amount"]
    assert charge_in({**CHARGE, "requested_amount": None}).requested_amount == CHARGE["amount"]


def test_an_unpaid_charge_has_neither_time_nor_fees():
    charge = charge_in({**CHARGE, "status": "abandoned", "paid_at": None, "paidAt": None, "fees": None})

    assert (charge.paid_at, charge.fees) == (None, 0)


def test_times_come_under_two_names_and_are_aware():
    told = {name: value for name, value in CHARGE.items() if name not in {"paid_at", "created_at"}}

    charge = charge_in({**told, "paidAt": "2024-08-22T10:15:02+01:00", "createdAt": "2024-08-22T09:14:24"})

    assert charge.paid_at == datetime(2024, 8, 22, 9, 15, 2, tzinfo=UTC)
    assert charge.created_at == datetime(2024, 8, 22, 9, 14, 24, tzinfo=UTC)


def test_a_refund_names_its_charge_by_id_or_whole():
    assert refund_in(REFUND).charge_id == REFUND["transaction"]
    assert refund_in({**REFUND, "transaction": "12", "transaction_reference": "cb-1"}).reference == "cb-1"
    assert refund_in({**REFUND, "transaction": {"id": 5, "reference": "cb-2"}}).charge_id == 5
    assert refund_in({**REFUND, "transaction": None}).charge_id is None


def test_a_refund_names_the_dispute_that_has_brought_it_about():
    assert refund_in(REFUND).dispute_id is None
    assert refund_in({**REFUND, "dispute": 20}).dispute_id == 20
    assert refund_in({**REFUND, "dispute": {"id": "20"}}).dispute_id == 20


def test_the_documented_dispute_is_read():
    dispute = dispute_in(DISPUTE)

    assert (dispute.id, dispute.charge_id, dispute.reference) == (2867, 5991760, "asjck8gf76zd1dr")
    assert (dispute.amount, dispute.currency, dispute.resolution) == (1002, "NGN", "merchant-accepted")
    assert dispute.due_at == datetime(2019, 8, 29, 15, 23, 31, tzinfo=UTC)


def test_a_dispute_that_names_no_amount_is_about_the_whole_charge():
    dispute = dispute_in({**DISPUTE, "refund_amount": None, "currency": None, "resolution": None, "dueAt": None})

    assert (dispute.amount, dispute.currency, dispute.resolution, dispute.due_at) == (39100, "NGN", "", None)


@pytest.mark.parametrize("name", ["id", "reference", "status", "amount", "currency", "domain"])
def test_what_must_be_told_is_missed(name):
    for said in ({key: value for key, value in CHARGE.items() if key != name}, {**CHARGE, name: []}):
        with pytest.raises(PaystackUnavailable, match=name):
            charge_in(said)


@pytest.mark.parametrize("said", [None, [], "text", 5, {"data": None}, {"data": {}}])
def test_what_is_no_list_is_none(said):
    with pytest.raises(PaystackUnavailable):
        items_in(said if isinstance(said, dict) else {"data": said} if said != [] else {})


@given(changes=st.dictionaries(st.sampled_from([*CHARGE, "customer", "paidAt"]), ANYTHING, max_size=4))
def test_a_charge_is_sound_or_refused(changes):
    try:
        charge = charge_in({**CHARGE, **changes})
    except PaystackUnavailable:
        return
    assert 0 <= charge.id <= LARGEST_ID
    assert all(0 <= amount <= LARGEST_AMOUNT for amount in (charge.amount, charge.requested_amount, charge.fees))
    assert all(text.isprintable() and len(text) <= 255 for text in (charge.reference, charge.email, charge.channel))
    assert charge.paid_at is None or charge.paid_at.tzinfo is not None


@given(said=ANYTHING)
def test_whatever_a_refund_is_it_is_sound_or_refused(said):
    with pytest.raises(PaystackUnavailable):
        refund_in(said)
