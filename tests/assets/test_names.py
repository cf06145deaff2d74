import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import names
from cloudbox.errors import BadInput

EMPTY = ["", " ", "\t"]
PLACES = [".", "..", "a/b", "/"]
CONTROLS = ["a\x00b", "a\nb", "\x7f", "txt.\u202efdp", "\u2066a"]
NOT_TEXT = ["\ud800"]
TOO_LONG = ["x" * 256, "ä" * 128]
LEGAL = ["a", ".hidden", "...", "a b", "ä" * 127, "x" * 255, "日本語.txt", "👩‍👩‍👧.png", "C:\\x", "-rf", "%2e"]


@pytest.mark.parametrize("name", EMPTY + PLACES + CONTROLS + NOT_TEXT + TOO_LONG)
def test_a_name_that_cannot_be_is_refused_by_field(name):
    with pytest.raises(BadInput) as refusal:
        names.clean(name)

    assert refusal.value.facts["field"] == "name"


@pytest.mark.parametrize("name", LEGAL)
def test_a_name_that_people_use_is_kept(name):
    assert names.clean(name) == name


def test_a_name_is_kept_in_nfc():
    assert names.clean("e\u0301.txt") == "\u00e9.txt"


@given(st.text(max_size=300))
def test_whatever_is_clean_stays_clean(text):
    try:
        name = names.clean(text)
    except BadInput:
        return

    assert names.clean(name) == name == unicodedata.normalize("NFC", name)
    assert 0 < len(name.encode()) <= names.NAME_BYTES


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("a.txt", 1, "a (1).txt"),
        ("a (1).txt", 2, "a (2).txt"),
        ("report.tar.gz", 2, "report (2).tar.gz"),
        ("Makefile", 1, "Makefile (1)"),
        (".env", 1, ".env (1)"),
        ("v1.2 final notes", 1, "v1.2 final notes (1)"),
        ("a (0).txt", 1, "a (0) (1).txt"),
    ],
)
def test_a_number_goes_before_the_ending(name, number, expected):
    assert names.numbered(name, number) == expected


@given(st.text(min_size=1, max_size=255), st.integers(1, 10**6))
def test_a_numbered_name_is_a_name(text, number):
    try:
        name = names.clean(text)
    except BadInput:
        return

    assert names.clean(names.numbered(name, number)) == names.numbered(name, number)


def test_a_search_does_not_see_case_and_accents():
    assert names.fold("Crème BRÛLÉE") == names.fold("creme brulee") == "creme brulee"


def test_a_name_shorter_than_three_letters_has_no_grams():
    assert names.grams("ab") == []


def test_grams_are_every_three_letters():
    assert names.grams("abcab") == ["abc", "bca", "cab"]


@given(st.text(max_size=400))
def test_any_text_can_be_shortened_to_a_name(text):
    assert names.clean(names.shorten(text)) == names.shorten(text)
