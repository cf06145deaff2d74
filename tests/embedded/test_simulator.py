"""Whether `up` has a simulator of Paystack, and where."""

import socket
from pathlib import Path

import pytest

from cloudbox.embedded import simulator
from cloudbox.embedded.flags import parse
from cloudbox.embedded.places import places_in
from cloudbox.embedded.plan import Plan, make_plan
from cloudbox.embedded.programs import variables
from cloudbox.embedded.simulator import with_simulator
from tests.server import free_port

KEY = "sk_test_0123456789abcdef"
NAMES = ("CLOUDBOX_ENV", "CLOUDBOX_BILLING", "CLOUDBOX_PAYSTACK_URL", "CLOUDBOX_SIMULATOR_PORT", "PAYSTACK_SECRET_KEY")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "PORT", "CLOUDBOX_URL", "CLOUDBOX_DATA"):
        monkeypatch.delenv(name, raising=False)


def planned(data: Path, *flags: str) -> Plan:
    data.mkdir(exist_ok=True)
    return with_simulator(make_plan(parse(["--data", str(data), *(flags or ("--port", str(free_port())))])))


def test_it_stands_beside_the_web_and_keeps_its_port(tmp_path):
    port = free_port()
    with socket.create_server(("127.0.0.1", port + 1)):
        first = planned(tmp_path / "data", "--port", str(port)).simulator_port

    assert first not in {0, port + 1}
    assert planned(tmp_path / "data", "--port", str(port)).simulator_port == first


@pytest.mark.parametrize(
    "settings",
    [
        {"PAYSTACK_SECRET_KEY": KEY},
        {"CLOUDBOX_BILLING": "off"},
        {"CLOUDBOX_ENV": "production"},
        {"CLOUDBOX_PAYSTACK_URL": "http://simulator:8001"},
    ],
)
def test_there_is_none_where_nothing_is_sold_or_paystack_or_another_one_answers(tmp_path, monkeypatch, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert planned(tmp_path).simulator_port == 0


def test_all_programs_know_where_it_is_and_it_knows_no_secret_but_its_key(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "the secret of this installation")
    plan = planned(tmp_path)

    told = variables(plan, places_in(tmp_path))
    own = simulator.environment(told)

    here = f"http://127.0.0.1:{plan.simulator_port}"
    assert (simulator.paying_by(told).url, simulator.paying_by(told).checkout) == (here, here)
    assert own["PAYSTACK_SIMULATOR_KEY"] == simulator.paying_by(told).keys[0]
    assert told["SECRET_KEY"] not in str(own)
