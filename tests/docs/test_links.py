"""The examples in docs/links.md, against a real server."""

from pathlib import Path

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD
from tests.visitors import Visitor, asked

PAGE = ROOT / "docs/links.md"


def test_the_examples_about_links_work(alice: Visitor, tmp_path: Path):
    folder = alice.make_folder("Letters")
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
    assert (tmp_path / "letter.txt").read_bytes() == b"Dear Ben"
    assert (tmp_path / "folder.zip").read_bytes()[:2] == b"PK"
    content = asked(alice.get(f"/api/v1/store/folders/{folder}/content"))["items"]
    assert {one["name"]: one["content_type"] for one in content} == {
        "answer.txt": "text/plain",
        "data.csv": "text/csv",
        "letter.txt": "text/plain",
    }
    assert len(asked(alice.get("/api/v1/store/links"))["items"]) == 5
