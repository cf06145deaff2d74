"""Names in archives are safe on every system."""

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from assets.portable import portable

FORBIDDEN = set('/\\:*?"<>|') | {chr(code) for code in (*range(32), 127)}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("letter.txt", "letter.txt"),
        ("Ünïcode ☃ 文件.txt", "Ünïcode ☃ 文件.txt"),
        ("e\u0301", "é"),
        ("..", "__"),
        (".", "_"),
        ("", "_"),
        (".profile", ".profile"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\Windows", "C__Windows"),
        ('a*b?"<>|', "a_b_____"),
        ("ends with a dot.", "ends with a dot_"),
        ("ends with spaces  ", "ends with spaces__"),
        ("con", "_con"),
        ("aux.txt", "_aux.txt"),
        ("LPT1 .tar.gz", "_LPT1 .tar.gz"),
        ("COM³", "_COM³"),
        ("console", "console"),
        ("gpj\u202eexe", "gpj_exe"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("é" * 200, "é" * 127),
    ],
)
def test_a_name_is_safe_and_looks_alike(name, safe):
    assert portable(name) == safe


@given(st.text(max_size=400))
@run(max_examples=50)
def test_whatever_a_name_is_it_becomes_one_that_every_system_takes(name):
    safe = portable(name)

    assert 0 < len(safe.encode()) <= 255
    assert not FORBIDDEN & set(safe)
    assert safe[-1] not in ". "
    assert portable(safe) == safe
