"""The calls of the ancestors' clients in the documentation, run as a reader runs them."""

from pathlib import Path

from cloudbox.embedded.bootstrap import ROOT
from tests.docs.markdown import blocks
from tests.docs.shell import bash
from tests.server import Server


def test_the_ancestors_calls_run_word_for_word(server: Server, tmp_path: Path):
    [calls] = blocks(ROOT / "docs/compatibility.md", "bash")

    done = bash(calls, tmp_path, CLOUDBOX_URL=server.url)

    assert (done.returncode, done.stderr) == (0, "")
    created, first, second, third, changed, *refused = done.stdout.splitlines()
    assert created == '{"message":"User created"}'
    assert first == second == third
    assert '"used":0' in first
    assert changed.startswith('{"_status":"OK","access_token":"')
    assert [line.partition(". ")[0] for line in refused] == [
        '{"_status":"ERR","_error":{"code":401,"message":"The token does not count (any more)',
        '{"error":"Invalid username or password"}',
        '{"error":"Send JSON, and say so: Content-Type: application/json',
    ]
    assert f"{server.url}/users/login" in refused[-1]
