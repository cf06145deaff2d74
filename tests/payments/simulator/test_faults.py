"""The simulator misbehaves as asked for, and only so."""

import time

import pytest
import requests

from payments.simulator import Faults, Simulator, Trouble
from payments.simulator.faults import WrongFault
from tests.payments.simulator.conftest import KEY, ORDER, Shop


def test_faults_are_set_while_it_runs(shop: Shop, simulator: Simulator) -> None:
    set_to = shop.put("/simulator/faults", drop=0.5, troubles=[{"call": "verify", "status": 502}]).json()["data"]

    assert (set_to["drop"], set_to["duplicate"]) == (0.5, 0)
    assert simulator.faults.troubles == (Trouble(call="verify", status=502),)
    assert shop.get("/simulator/faults").json()["data"] == set_to
    assert shop.put("/simulator/faults").json()["data"]["drop"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"plunge": 0.5},
        {"drop": 2},
        {"drop": "half"},
        {"duplicate": -1},
        {"forge": ["money"]},
        {"forge": "amount"},
        {"troubles": [{"call": "vouch"}]},
        {"troubles": [{"status": 200}]},
        {"troubles": ["all"]},
        {"refund_end": "lost"},
    ],
)
def test_a_fault_that_there_is_not_is_refused_by_name(
    shop: Shop, simulator: Simulator, wrong: dict[str, object]
) -> None:
    answer = shop.put("/simulator/faults", **wrong)

    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["message"] or "trouble" in answer.json()["message"]
    with pytest.raises(WrongFault):
        simulator.misbehave(**wrong)


@pytest.mark.parametrize(("after", "charges"), [(False, 0), (True, 1)])
def test_an_error_is_answered_before_or_after_the_effect(
    shop: Shop, simulator: Simulator, after: bool, charges: int
) -> None:
    simulator.misbehave(troubles=(Trouble(call="initialize", status=502, after=after, times=1),))

    answer = shop.session.post(f"{simulator.url}/transaction/initialize", json=ORDER, timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert len(simulator.charges) == charges
    assert shop.begin().ok is not after  # the trouble is over


def test_the_connection_is_cut_though_the_refund_was_made(shop: Shop, simulator: Simulator) -> None:
    shop.begin()
    simulator.pay("cb-1")
    simulator.misbehave(troubles=(Trouble(call="refund", cut=True, after=True),))

    with pytest.raises(requests.ConnectionError):
        shop.post("/refund", transaction="cb-1")

    assert len(simulator.refunds) == 1


def test_a_call_hangs_and_ends_with_the_simulator() -> None:
    with Simulator(KEY) as simulator:
        simulator.misbehave(troubles=(Trouble(hang=60),))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{simulator.url}/transaction", headers={"Authorization": f"Bearer {KEY}"}, timeout=0.2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("faults", "changed"),
    [
        ({"amount": -100}, {"requested_amount": 29950, "amount": 29950}),
        ({"currency": "USD"}, {"currency": "USD"}),
        ({"domain": "live"}, {"domain": "live"}),
        ({"bearer": "customer"}, {"requested_amount": 30050, "amount": 30501, "fees": 451}),
    ],
)
def test_what_is_charged_is_not_what_was_asked_for(
    shop: Shop, simulator: Simulator, faults: dict[str, object], changed: dict[str, object]
) -> None:
    shop.begin()
    simulator.misbehave(**faults)

    simulator.pay("cb-1")

    said = shop.verify()
    assert {name: said[name] for name in changed} == changed


def test_money_arrives_late_even_after_a_refusal() -> None:
    now = [1_800_000_000.0]
    with Simulator(KEY, clock=lambda: now[0]) as simulator:
        simulator.till.initialize(ORDER)
        simulator.fail("cb-1")
        assert simulator.pay("cb-1", after=3600).status == "pending"
        simulator.till.arrivals()
        assert simulator.charge("cb-1").status == "pending"

        now[0] += 3600

        simulator.till.arrivals()
        assert simulator.charge("cb-1").status == "success"
        assert [webhook.event for webhook in simulator.webhooks] == ["charge.success"]


@pytest.mark.parametrize("end", ["processed", "failed", "needs-attention"])
def test_refunds_go_on_by_themselves(simulator: Simulator, end: str) -> None:
    simulator.misbehave(refund_after=0, refund_end=end)
    simulator.till.initialize(ORDER)
    simulator.pay("cb-1")

    simulator.returns.refund({"transaction": "cb-1"})
    simulator.returns.moves()
    simulator.returns.moves()

    told = [webhook.event for webhook in simulator.webhooks]
    assert told == ["charge.success", "refund.pending", "refund.processing", f"refund.{end}"]


def test_what_it_does_at_other_times_is_left_by_misbehaviour() -> None:
    with Simulator(KEY, faults=Faults(refund_after=3)) as simulator:
        shop = Shop(simulator)
        shop.put("/simulator/faults", drop=1)
        assert (simulator.faults.drop, simulator.faults.refund_after) == (1, 3)

        shop.put("/simulator/faults")

        assert simulator.faults == Faults(refund_after=3)
        shop.session.close()


def test_a_copy_of_it_that_has_lost_its_books_gives_no_id_twice(simulator: Simulator) -> None:
    first = simulator.till.initialize(ORDER)

    simulator.forget()
    time.sleep(0.002)

    assert simulator.till.initialize(ORDER).id > first.id > 2**32
