import base64
import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.digests import Digests, digests_in
from cloudbox.errors import BadInput

SHA256 = hashlib.sha256(b"hello").digest()
MD5 = hashlib.md5(b"hello").digest()


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
def test_a_digest_is_read_from_a_structured_dictionary(header):
    assert digests_in({header: f"sha-256=:{encoded(SHA256)}:"}) == Digests(sha256=SHA256)


def test_several_digests_and_the_old_header_are_read_together():
    value = f"unknown=:AAAA:, sha-256=:{encoded(SHA256)}:;p=1 , md5=:{encoded(MD5)}:"

    assert digests_in({"Content-Digest": value, "Content-MD5": encoded(MD5)}) == Digests(sha256=SHA256, md5=MD5)


def test_an_unknown_algorithm_alone_is_no_digest():
    assert not digests_in({"Content-Digest": "unixsum=:AAAA:"})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Digest", "sha-256"),
        ("Content-Digest", f"sha-256={encoded(SHA256)}"),
        ("Content-Digest", "sha-256=:AAAA:"),
        ("Content-Digest", f"sha-256=:{encoded(SHA256)[:-1]}:"),
        ("Repr-Digest", "sha-256=:****:"),
        ("Content-MD5", encoded(SHA256)),
        ("Content-MD5", "5d41402abc4b2a76b9719d911017c592"),
        ("Content-MD5", "\u00e9"),
    ],
)
def test_a_malformed_digest_is_refused_by_the_name_of_its_header(header, value):
    with pytest.raises(BadInput) as refused:
        digests_in({header: value})

    assert refused.value.field == header


def test_two_digests_that_contradict_each_other_are_refused():
    other = encoded(hashlib.md5(b"other").digest())

    with pytest.raises(BadInput, match="two different md5 digests"):
        digests_in({"Content-Digest": f"md5=:{encoded(MD5)}:", "Content-MD5": other})


@pytest.mark.parametrize("header", ["Content-Digest", "Content-MD5"])
@given(value=st.text())
def test_no_header_breaks_the_parser(header, value):
    with suppress(BadInput):
        assert isinstance(digests_in({header: value}), Digests)
