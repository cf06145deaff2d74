"""What a page shows beside a new access key, pasted as it stands, against a real server."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.docs.shell import bash
from tests.visitors import PASSWORD, Visitor


def made_on_the_page(somebody: Visitor, **wanted: str | list[str]) -> dict[str, str]:
    """Make a key on the page; return what is shown to be pasted, by what it does."""
    browser = requests.Session()
    for address, given in (("/login", {"name": somebody.name, "password": PASSWORD}), ("/account/keys/new", wanted)):
        form = browser.get(f"{somebody.url}{address}", timeout=60).text
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
        filled_in = {"csrfmiddlewaretoken": token, **given}
        page = browser.post(f"{somebody.url}{address}", filled_in, timeout=60, headers={"Referer": somebody.url})
    found = re.findall(r"<h3>(.*?)</h3>.*?<pre[^>]*><code>(.*?)</code>", page.text, re.DOTALL)
    return {html.unescape(does): html.unescape(text) for does, text in found}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(b"not really")
    return tmp_path


@pytest.mark.parametrize("scoped", [False, True], ids=["everything", "one folder"])
def test_what_is_shown_for_curl_works_as_it_stands(alice, here, scoped):
    folder = alice.make_folder("Pasted") if scoped else ""
    shown = made_on_the_page(alice, name="curl", scopes=["read", "write"], folder=folder, days="7")

    ran = bash("\n".join(text for does, text in shown.items() if text.startswith("curl")), here)

    assert (ran.returncode, ran.stdout.count('"name":"photo.jpg"')) == (0, 2), ran.stderr  # stored, and listed
    assert b"not really" in (here / "files.zip").read_bytes()


def test_what_is_shown_for_python_works_as_it_stands(alice, here):
    folder = alice.make_folder("Pasted in Python")
    shown = made_on_the_page(alice, name="python", scopes=["read", "write"], folder=folder, days="7")
    [script] = [text for text in shown.values() if text.startswith("import")]

    ran = subprocess.run([sys.executable, "-c", f"{script}\n"], cwd=here, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, "photo.jpg 10\n"), ran.stderr


def test_a_key_that_only_reads_is_shown_no_upload(alice):
    shown = made_on_the_page(alice, name="frame", scopes=["read"], folder="", days="7")

    assert "Upload a file" not in shown
    assert "List what is there" in shown
