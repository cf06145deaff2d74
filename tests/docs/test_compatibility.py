"""The calls of the ancestors' clients in the documentation, run as a reader runs them."""

import hashlib
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


def test_the_ancestors_calls_for_files_run_word_for_word(server: Server, tmp_path: Path):
    [calls] = blocks(ROOT / "docs/compatibility-files.md", "bash")

    done = bash(calls, tmp_path, CLOUDBOX_URL=server.url)

    assert (done.returncode, done.stderr) == (0, "")
    objects, files, moves, blobs = (
        lines[start:stop]
        for lines in [done.stdout.splitlines()[1:]]
        for start, stop in ((0, 6), (6, 14), (14, 17), (17, 21))
    )
    assert objects == [
        '{"message":"File uploaded successfully"}',
        "hello",
        '{"filename":"test.txt","language":"en","file_identifier":"greetings/first","owner":"jonas"}',
        '{"file_identifiers":["greetings/first"]}',
        '{"error":"File identifier must be globally unique"}',
        '{"message":"File deleted"}',
    ]
    assert files[:5] == [
        '{"_status":"OK"}',
        '{"_status":"OK"}',
        "hello",
        '{"_status":"OK","files":["test.txt"],"folders":["letters","Objects"]}',
        '{"_status":"OK","file":"test.txt","size":5}',
    ]
    assert '"used":15,' in files[5]
    assert files[6] == '{"_status":"OK"}'
    assert f"--data-binary @test.txt {server.url}/api/v1/file/upload/test.txt" in files[7]
    assert moves[:2] == ['{"_status":"OK"}'] * 2
    assert f'"SHA256":"{hashlib.sha256(b"hello").hexdigest()}"' in moves[2]
    assert blobs[0] == '{"message":"Blob stored successfully"}'
    assert '"data":"SGVsbG8gV29ybGQh","size":12,"created_at":"' in blobs[1]
    assert blobs[2] == '{"detail":"A blob with this id already exists"}'
    assert '"msg":"Value error, Data must be a valid base64 string"' in blobs[3]
