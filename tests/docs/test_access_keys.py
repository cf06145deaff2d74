"""The examples in docs/access-keys.md, against a real server."""

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD
from tests.visitors import asked

PAGE = ROOT / "docs/access-keys.md"


def test_the_examples_about_access_keys_work(alice, tmp_path):
    folder = alice.make_folder("Photos")
    alice.store("sea.jpg", b"not really", below=folder)

    done = bash(
        LOUD + "".join(blocks(PAGE, "bash")), tmp_path, API=f"{alice.url}/api/v1", TOKEN=alice.token, FOLDER=folder
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('"name":"sea.jpg"') == 2  # by Bearer and by Basic
    assert asked(alice.get("/api/v1/account/keys"))["items"] == []
