"""The examples in docs/events.md, against a real server."""

import json
import re
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD
from tests.visitors import Visitor, asked

PAGE = ROOT / "docs/events.md"


def test_the_commands_about_events_work(alice: Visitor, tmp_path: Path):
    alice.make_folder("before")
    listening, *others = blocks(PAGE, "bash")
    making = Timer(3, alice.make_folder, ["while it listens"])  # when curl is there, or it is among what comes first
    making.start()

    heard = bash(listening.replace("curl", "curl --silent").replace("|", "2> errors |"), tmp_path, **told(alice))
    making.join()
    done = bash(LOUD + "".join(others), tmp_path, **told(alice))

    assert heard.stdout.startswith("retry: 3000\n\nid: ")
    assert (done.returncode, done.stderr) == (0, "")
    names = re.findall(r'"label":"([^"]*)"', done.stdout)
    assert {"before", "while it listens"} <= set(names)
    assert [hook["label"] for hook in asked(alice.get("/api/v1/webhooks"))["items"]] == ["CI"]


def test_the_program_that_listens_hears_what_it_missed_too(alice: Visitor):
    program: dict[str, Any] = {}
    listener = next(block for block in blocks(PAGE, "python") if "def events" in block)
    exec(listener, program)
    start = asked(alice.get("/api/v1/events", params={"poll": "1"}))["next"]
    alice.make_folder("missed")

    (event,) = islice(program["events"](alice.url, alice.token, str(start)), 1)

    assert (event["type"], event["data"]["target"]["label"]) == ("folder_made", "missed")
    (shown,) = blocks(PAGE, "json")
    assert alike(json.loads(shown), event)


def alike(shown: dict[str, Any], event: dict[str, Any]) -> bool:
    """Say whether an event has the fields that the page shows."""
    parts = [(shown, event), (shown["data"], event["data"]), (shown["data"]["target"], event["data"]["target"])]
    return all(ours.keys() == theirs.keys() for ours, theirs in parts)


def told(visitor: Visitor) -> dict[str, str]:
    return {"API": f"{visitor.url}/api/v1", "TOKEN": visitor.token}
