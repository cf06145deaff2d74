"""The examples in docs/uploads.md, against a real server."""

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.docs.test_files import LOUD
from tests.visitors import Visitor, asked

PAGE = ROOT / "docs/uploads.md"


def test_the_examples_about_resumable_uploads_work(alice: Visitor, tmp_path):
    script = LOUD + "".join(blocks(PAGE, "bash"))

    done = bash(script, tmp_path, API=f"{alice.url}/api/v1", TOKEN=alice.token)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().endswith('{"items":[],"next":null}')
    [file] = asked(alice.get("/api/v1/store/folders/content/"))["items"]
    assert (file["name"], file["content_type"], file["size"]) == ("film.mp4", "video/mp4", 3_000_000)
    content = alice.get(f"/api/v1/store/files/{file['id']}/content").content
    assert content == (tmp_path / "film.mp4").read_bytes()
