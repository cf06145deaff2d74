"""The examples in docs/bulk.md, against a real server."""

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD

PAGE = ROOT / "docs/bulk.md"


def test_the_examples_about_copies_and_many_at_once_work(alice, tmp_path):
    file, folder = alice.store("first.txt", b"one"), alice.make_folder("Copies")
    script = LOUD + "".join(blocks(PAGE, "bash"))

    done = bash(script, tmp_path, API=f"{alice.url}/api/v1", TOKEN=alice.token, FOLDER=folder, FILE=file["id"])

    assert (done.returncode, done.stderr) == (0, "")
    assert '"name":"second.txt"' in done.stdout
    assert "Location: /api/v1/jobs/" in done.stdout or "location: /api/v1/jobs/" in done.stdout
    assert f'"subject":"{file["id"]}"' in done.stdout
