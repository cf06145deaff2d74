"""The examples in docs/files.md, against a real server."""

import json
from pathlib import Path

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.visitors import Visitor

PAGE = ROOT / "docs/files.md"
LOUD = 'curl() { command curl -sS --fail-with-body "$@"; }\n'


def test_the_examples_about_files_work(alice: Visitor, bob: Visitor, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Dear Ben")
    (tmp_path / "photo.jpg").write_bytes(b"not really")
    alice.store("draft.txt", b"one")
    file = alice.store("draft.txt", b"two")
    script = LOUD + "".join(blocks(PAGE, "bash")).replace('"ben"', f'"{bob.name}"')

    done = bash(
        script,
        tmp_path,
        API=f"{alice.url}/api/v1",
        TOKEN=alice.token,
        FOLDER=alice.make_folder("Letters"),
        FILE=file["id"],
        REVISION=str(file["revision"] + 1),  # by then: an example takes an old version back
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert f'"username":"{bob.name}"' in done.stdout  # the last example but one


def test_an_asset_looks_as_the_page_shows_it(alice: Visitor):
    [shown] = blocks(PAGE, "json")

    assert list(alice.store("shown.txt", b"!")) == list(json.loads(shown))
