"""The ways of starting that the ancestors had, and make."""

import re

import pytest

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT


@pytest.mark.parametrize("command", [["run.sh", "start"], ["start.sh"]], ids=" ".join)
def test_the_ancestors_scripts_are_two_lines_that_call_up(command):
    refused = process.run(["sh", ROOT / command[0], *command[1:], "--port", "many"])

    assert len((ROOT / command[0]).read_text().splitlines()) == 2
    assert refused.code == 2
    assert "manage.py up: error: argument --port: a port is a whole number" in refused.errors


def test_make_help_explains_every_target():
    targets = re.findall(r"^[a-z0-9]+:.*$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert "help" in {target.partition(":")[0] for target in targets}
    assert [target for target in targets if "## " not in target] == []
