"""The tour in the README, run as a reader runs it."""

from pathlib import Path

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.server import Server


def test_the_tour_of_the_readme_runs_word_for_word(server: Server, tmp_path: Path):
    [tour] = blocks(ROOT / "README.md", "bash")

    done = bash(tour, tmp_path, CLOUDBOX_URL=server.url)

    assert done.returncode == 0, done.stderr
    assert done.stderr == "curl: (22) The requested URL returned error: 403\n"  # Ben's change, and nothing else
    said = done.stdout.splitlines()
    assert "herons" in said  # the part of the letter that Ben reads
    assert "Ben may look, not write." in said
    assert '"used":63' in done.stdout  # 31 bytes and 32
    assert "Dear Ben, the herons have left." in said  # what anyone downloads
    assert '"verb":"file_restored"' in done.stdout
