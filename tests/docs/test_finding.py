"""The examples in docs/finding.md, against a real server."""

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD

PAGE = ROOT / "docs/finding.md"


def test_the_examples_about_finding_work(alice, tmp_path):
    folder = alice.make_folder("Letters to find")
    file = alice.store("letter.txt", b"Dear Ben", below=folder)["id"]

    done = bash(
        LOUD + "".join(blocks(PAGE, "bash")),
        tmp_path,
        API=f"{alice.url}/api/v1",
        TOKEN=alice.token,
        FOLDER=folder,
        FILE=file,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('"name":"letter.txt"') >= 5
    assert '{"camera":"M6","lens":"35 mm"}' in done.stdout
