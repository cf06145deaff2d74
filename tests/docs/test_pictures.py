"""The examples in docs/pictures.md, against a real server that makes the pictures itself."""

import json

from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.assets.previews.samples import opened, picture
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD

PAGE = ROOT / "docs/pictures.md"


def test_the_examples_about_pictures_work(alice, tmp_path):
    file = alice.store("photo.png", picture(4000, 3000))
    address = f"/api/v1/store/files/{file['id']}/"
    assert process.wait_until(lambda: alice.get(address).json()["preview"]["state"] == "made", 60, pause=0.1)

    done = bash(
        LOUD + "".join(blocks(PAGE, "bash")),
        tmp_path,
        API=f"{alice.url}/api/v1",
        TOKEN=alice.token,
        FILE=file["id"],
    )

    assert (done.returncode, done.stderr) == (0, "")
    [shown] = blocks(PAGE, "json")
    assert json.loads(done.stdout)["preview"] == json.loads(shown)
    assert opened((tmp_path / "small.webp").read_bytes()).size == (256, 192)
