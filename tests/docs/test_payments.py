"""The examples in docs/payments-api.md, against a real server and the simulator beside it."""

from uuid import uuid4

from cloudbox.embedded.bootstrap import ROOT
from payments.words import State
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD

PAGE = ROOT / "docs/payments-api.md"


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
