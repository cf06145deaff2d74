import json
from datetime import UTC, datetime

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.errors import BadInput
from cloudbox.strict_json import DEEPEST, MalformedJson, dumps, loads

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


@given(value=VALUES)
def test_what_is_json_is_read_as_it_is(value):
    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body", [b"{", b"", b"{'a': 1}", b'{"a": 1,}', b"[1 2]", b"\xff", b'\xef\xbb\xbf{"a": 1}', b"nul"]
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(MalformedJson):
        loads(body)


def test_the_refusal_says_where_the_json_ends():
    with pytest.raises(MalformedJson) as refused:
        loads(b'{"a": 1,\n "b": }')

    assert refused.value.facts == {"line": 2, "column": 7}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_json_does_not_have_is_refused(number):
    with pytest.raises(MalformedJson, match=number.decode()):
        loads(b'{"size": %s}' % number)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"a": {"size": 1e999}}', "a.size"),
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"tags": ["ok", "\\ud800"]}', "tags[1]"),
        (b'{"a": [{"b": "\\udc00"}]}', "a[0].b"),
        (b'{"name": 1, "name": 2}', "name"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "body"),
        (b'{"a": {"\\u0000": 1}}', "a"),
        (b'"\\ud83d"', "body"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_the_name_of_its_field(body, field):
    with pytest.raises(BadInput) as refused:
        loads(body)

    assert refused.value.field == field


def test_a_pair_of_surrogates_is_a_character():
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("depth", [DEEPEST + 1, 100_000])
def test_deep_nesting_is_refused(depth):
    with pytest.raises(MalformedJson, match="deeper"):
        loads(b"[" * depth + b"]" * depth)


def test_the_deepest_nesting_allowed_is_read():
    assert loads(b"[" * DEEPEST + b"]" * DEEPEST)


def test_an_integer_too_long_to_read_is_refused():
    with pytest.raises(MalformedJson, match="too long"):
        loads(b"1" * 5000)


def test_times_are_written_in_utc_and_translations_as_texts():
    value = {"at": datetime(2026, 11, 20, tzinfo=UTC), "title": gettext_lazy("Yes")}

    assert dumps(value) == b'{"at":"2026-11-20T00:00:00Z","title":"Yes"}'


def test_what_is_not_json_is_not_written():
    with pytest.raises(TypeError):
        dumps({"a": object()})
