"""The examples about payments, against a real server and the simulator beside it."""

import dataclasses
import json
from uuid import uuid4

from cloudbox.embedded.bootstrap import ROOT
from payments.simulator.faults import Faults
from payments.words import State
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD
from tests.payments.beside import Paystack
from tests.server import Server

PAGE = ROOT / "docs/payments-api.md"
TRYING = ROOT / "docs/payments.md"


def test_the_examples_about_buying_work(alice, tmp_path):
    free = alice.usage()["limit"]

    done = bash(
        LOUD + "".join(blocks(PAGE, "bash")), tmp_path, API=f"{alice.url}/api/v1", TOKEN=alice.token, KEY=str(uuid4())
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert '"state":"active","term":{' in done.stdout
    assert alice.usage()["limit"] == free + 2**30
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")


def test_every_state_of_an_order_is_explained():
    explained = PAGE.read_text()

    assert [state for state in State.values if f"`{state}`" not in explained] == []


def test_the_simulator_misbehaves_as_shown(server: Server, tmp_path):
    with Paystack(server) as paystack:
        [shown] = blocks(TRYING, "bash")
        key = str(paystack.headers["Authorization"]).removeprefix("Bearer ")

        done = bash(LOUD + shown.replace("http://127.0.0.1:8001", paystack.url), tmp_path, KEY=key)
        paystack.misbehave()

    assert (done.returncode, done.stderr) == (0, "")
    faults = json.loads(done.stdout)["data"]
    assert (faults["drop"], faults["duplicate"]) == (0.5, 1)


def test_every_fault_of_the_simulator_is_explained():
    explained = TRYING.read_text()

    assert [fault.name for fault in dataclasses.fields(Faults) if f"`{fault.name}`" not in explained] == []
