from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.errors import PreconditionFailed, RangeNotSatisfiable
from cloudbox.ranges import Conditions, byte_range, is_unmodified, range_applies

THEN = datetime(2026, 11, 20, 12, 0, 0, 500_000, tzinfo=UTC)
AT_THEN = "Fri, 20 Nov 2026 12:00:00 GMT"
BEFORE = "Fri, 20 Nov 2026 11:59:59 GMT"


def unmodified(reads: bool = True, etag: str = "abc", **headers: str) -> bool:
    return is_unmodified(Conditions(**headers), reads=reads, etag=etag, modified=THEN)


@pytest.mark.parametrize(
    ("header", "size", "part"),
    [
        ("bytes=0-4", 10, (0, 5)),
        ("bytes=5-", 10, (5, 10)),
        ("bytes=-3", 10, (7, 10)),
        ("bytes=-30", 10, (0, 10)),
        ("bytes=0-99999999999999999999999999", 10, (0, 10)),
        ("BYTES = 0-0 ", 10, (0, 1)),
        ("bytes=9-9", 10, (9, 10)),
    ],
)
def test_one_range_is_the_part_of_the_file_it_asks_for(header, size, part):
    assert byte_range(header, size) == part


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,4-5", "items=0-1", "bytes=a-b", "bytes=٣-٤"]
)
def test_several_ranges_or_a_malformed_one_are_answered_with_everything(header):
    assert byte_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_without_a_byte_of_the_file_is_refused_with_its_size(header, size):
    with pytest.raises(RangeNotSatisfiable) as refused:
        byte_range(header, size)

    assert refused.value.facts == {"size": size}


@given(header=st.text() | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), size=st.integers(0, 2**63))
def test_whatever_is_asked_for_the_part_lies_within_the_file(header, size):
    try:
        part = byte_range(header, size)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= size


@given(size=st.integers(1, 10**15), data=st.data())
def test_a_part_has_the_bytes_from_the_first_to_the_last_inclusive(size, data):
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, 2 * size))

    assert byte_range(f"bytes={first}-{last}", size) == (first, min(last + 1, size))


@pytest.mark.parametrize("header", ['"abc"', 'W/"abc"', '"x", "abc"', "*", "abc"])
def test_a_reader_who_has_it_already_is_told_so(header):
    assert unmodified(if_none_match=header)


@pytest.mark.parametrize("header", ['"x"', '"x", W/"y"', '"ab"', '"abc'])
def test_a_reader_who_has_another_one_gets_it(header):
    assert not unmodified(if_none_match=header)


def test_a_tag_decides_and_a_date_beside_it_does_not():
    assert not unmodified(if_none_match='"x"', if_modified_since=AT_THEN)


@pytest.mark.parametrize(("date", "answer"), [(AT_THEN, True), (BEFORE, False), ("yesterday", False)])
def test_a_date_is_compared_to_the_second(date, answer):
    assert unmodified(if_modified_since=date) is answer


def test_a_date_does_not_stop_a_writer():
    assert not unmodified(reads=False, if_modified_since=AT_THEN)


@pytest.mark.parametrize(
    "headers",
    [
        {"if_match": '"x"'},
        {"if_match": 'W/"abc"'},
        {"if_none_match": "*"},
        {"if_none_match": '"abc"'},
        {"if_unmodified_since": BEFORE},
    ],
)
def test_a_writer_whose_precondition_fails_is_refused(headers):
    with pytest.raises(PreconditionFailed):
        unmodified(reads=False, **headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"if_match": '"abc"'},
        {"if_match": '"x", "abc"'},
        {"if_match": "*"},
        {"if_match": '"abc"', "if_unmodified_since": BEFORE},
        {"if_unmodified_since": AT_THEN},
        {"if_match": "token eyJhbGciOiJIUzI1NiJ9.e30.c2ln"},
    ],
)
def test_a_writer_whose_precondition_holds_goes_on(headers):
    assert not unmodified(reads=False, **headers)


def test_what_does_not_exist_matches_no_star():
    with pytest.raises(PreconditionFailed):
        unmodified(reads=False, etag="", if_match="*")
    assert not unmodified(reads=False, etag="", if_none_match="*")


@given(header=st.text())
def test_no_list_of_tags_breaks_the_parser(header):
    assert unmodified(if_none_match=header, etag="") is False


@pytest.mark.parametrize(
    ("header", "answer"),
    [("", True), ('"abc"', True), ('"x"', False), ('W/"abc"', False), (AT_THEN, True), (BEFORE, False), ("x", False)],
)
def test_a_range_counts_only_for_the_version_it_was_asked_of(header, answer):
    assert range_applies(header, etag="abc", modified=THEN) is answer
