"""The examples in docs/teams.md, against a real server."""

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD

PAGE = ROOT / "docs/teams.md"


def test_the_examples_about_teams_work(alice, tmp_path):
    folder = alice.make_folder("Ours")

    done = bash(
        LOUD + "".join(blocks(PAGE, "bash")), tmp_path, API=f"{alice.url}/api/v1", TOKEN=alice.token, FOLDER=folder
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert '"email":"ben@example.com"' in done.stdout
    assert '"teams":[{"id":' in done.stdout
