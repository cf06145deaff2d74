"""A table for a spreadsheet is read again as it was, and runs nothing."""

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from cloudbox.spreadsheets import FORMULAS, PIECE, written


def read(pieces):
    text = b"".join(pieces).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("start", sorted(FORMULAS))
def test_text_that_begins_like_a_formula_gets_an_apostrophe(start):
    for text in (f"{start}HYPERLINK(1)", f" {start}1"):
        assert read(written(["a"], [[text]]))[1] == [f"'{text}"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|", "\n", "; "])
def test_text_becomes_no_formula_where_a_program_splits_it_elsewhere(separator):
    assert read(written(["a"], [[f"x{separator}=1+1"]]))[1] == [f"x{separator}'=1+1"]


def test_numbers_stay_numbers_and_other_text_stays_what_it_is():
    row: list[Any] = [Decimal(-200_000).scaleb(-2), -5, None, 'say "hi", then\r\nleave', "a=b", ""]

    assert read(written("abcdef", [row]))[1] == ["-2000.00", "-5", "", 'say "hi", then\r\nleave', "a=b", ""]


def test_a_table_begins_as_excel_wants_and_comes_in_pieces():
    pieces = list(written(["a", "b"], ([1, "x" * 1000] for _ in range(1000))))

    assert pieces[0].startswith(b"\xef\xbb\xbfa,b\r\n1,x")
    assert len(pieces) > 1000 * 1000 // (2 * PIECE)
    assert len(read(pieces)) == 1001
