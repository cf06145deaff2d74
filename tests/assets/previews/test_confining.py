"""What a program may do that looks at the bytes of strangers, and what is believed of what it says."""

import io
import json
import re
import signal
import socket
import sys

import pytest

from assets import confining, pictures
from assets.confining import NothingToSee
from assets.words import Reason
from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT


def told_by(tmp_path, code: str) -> tuple[bool, bytes]:
    """Let Python run under the limits, on a file with two bytes, and return whether it succeeded and what it wrote."""
    with (tmp_path / "in").open("w+b") as source, (tmp_path / "out").open("w+b") as into:
        source.write(b"in")
        into.write(b"what was there before")
        return confining.run([*confining.PYTHON, "-c", code], source, into), into.read()


def test_a_program_reads_one_file_and_writes_another(tmp_path):
    assert told_by(tmp_path, "import sys; print(sys.stdin.read(), 'out')") == (True, b"in out\n")


def test_a_program_sees_no_setting_and_no_secret_and_lets_everybody_else_go_first(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "nobody may know")
    code = "import json, os; print(json.dumps([sorted(os.environ), os.getcwd(), os.nice(0), os.listdir('/dev/fd')]))"

    names, place, urgency, files = json.loads(told_by(tmp_path, code)[1])

    assert (set(names) <= {"LANG", "LC_CTYPE", "PATH"}, place, urgency) == (True, "/", 19)
    assert set(files) <= {"0", "1", "2", "3"}  # the fourth lists them


def test_a_program_has_no_network_where_the_kernel_lets_us_take_it(tmp_path):
    taking = "import ctypes, socket; print(ctypes.CDLL(None).unshare(0x50000000), socket.if_nameindex())"
    alone = process.run([sys.executable, "-c", taking]).output

    interfaces = told_by(tmp_path, "import socket; print(socket.if_nameindex())")[1].decode()

    assert interfaces == (alone.removeprefix("0 ") if alone.startswith("0 ") else f"{socket.if_nameindex()}\n")


def test_a_program_that_works_too_long_is_ended(tmp_path, settings):
    settings.CLOUDBOX_PREVIEW_SECONDS = 1

    with pytest.raises(NothingToSee) as ended:
        told_by(tmp_path, "while True: pass")

    assert (ended.value.reason, ended.value.again) == (Reason.TOOK_TOO_LONG, False)


def test_a_program_that_only_waits_is_ended_with_what_it_has_started_and_may_try_again(tmp_path, monkeypatch):
    monkeypatch.setattr(confining, "PATIENCE", 0.01)

    with pytest.raises(NothingToSee) as ended:
        told_by(tmp_path, "import time; time.sleep(60)")

    assert (ended.value.reason, ended.value.again) == (Reason.TOOK_TOO_LONG, True)


def test_a_program_that_was_killed_may_try_again(tmp_path):
    with pytest.raises(NothingToSee) as ended:
        told_by(tmp_path, f"import os; os.kill(os.getpid(), {signal.SIGKILL})")

    assert (ended.value.reason, ended.value.again) == (Reason.TOO_MUCH_MEMORY, True)


def test_a_program_gets_no_more_memory_than_it_may(tmp_path, settings):
    settings.CLOUDBOX_PREVIEW_MEMORY = 256 * 2**20

    assert told_by(tmp_path, "print(len(bytearray(2**26)))") == (True, b"67108864\n")
    assert told_by(tmp_path, "print(len(bytearray(2**28)))") == (False, b"")


def test_what_a_program_may_write_ends_where_its_limit_is(tmp_path, monkeypatch):
    monkeypatch.setattr(confining, "LARGEST_OUTPUT", 1000)

    succeeded, written = told_by(tmp_path, "print('x' * 100_000, flush=True)")

    assert (succeeded, len(written)) == (False, 1000)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b"[" * 3000,
        b'{"refused": "because"}\n',
        b'{"refused": []}\n',
        b'{"width": 1, "height": 1, "pictures": []}\n',
        b'{"width": 1, "height": 1, "pictures": [[256, 14]]}\n<html></html>',
        b'{"width": 99999999999, "height": 1, "pictures": [[256, 12]]}\nRIFF0000WEBP',
        b'{"width": 1, "height": 1, "pictures": [[99, 12]]}\nRIFF0000WEBP',
    ],
)
def test_what_a_decoder_says_that_was_overcome_is_not_believed(nonsense):
    with pytest.raises(NothingToSee):
        pictures._told(io.BytesIO(nonsense))


def test_only_one_module_calls_ffmpeg():
    ours = (
        path
        for app in ("accounts", "activity", "assets", "cloudbox", "jobs", "web")
        for path in (ROOT / app).rglob("*.py")
    )

    callers = [path.relative_to(ROOT) for path in ours if re.search(r'"ff(mpeg|probe)"', path.read_text())]

    assert list(map(str, callers)) == ["assets/media.py"]
