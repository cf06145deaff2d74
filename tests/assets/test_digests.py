import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.digests import THREADED_FROM, Expected, Measuring
from cloudbox.errors import DigestMismatch, LengthMismatch

BODY = [b"hello ", b"world"]


def measure(chunks, expected=None):
    measuring = Measuring(chunks, expected or Expected())
    seen = b"".join(measuring)
    return measuring.result, seen


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_the_bytes_pass_unchanged_and_are_measured(chunks):
    result, seen = measure(chunks)

    assert seen == b"".join(chunks)
    assert (result.size, result.hex("sha256")) == (len(seen), hashlib.sha256(seen).hexdigest())


def test_a_shorter_body_is_refused_at_its_end():
    with pytest.raises(LengthMismatch) as refusal:
        measure(BODY, Expected(size=12))

    assert refusal.value.facts == {"announced": 12, "received": 11}


def test_a_longer_body_is_refused_before_it_is_passed_on():
    passed: list[bytes] = []
    with pytest.raises(LengthMismatch):
        passed.extend(Measuring(BODY, Expected(size=6)))

    assert passed == [b"hello "]


def test_a_wrong_digest_is_refused_by_its_name():
    with pytest.raises(DigestMismatch) as refusal:
        measure(BODY, Expected(digests={"md5": b"0" * 16}))

    assert refusal.value.facts == {"algorithm": "md5"}


def test_right_digests_are_kept():
    md5 = hashlib.md5(b"hello world").digest()
    result, _ = measure(BODY, Expected(size=11, digests={"md5": md5}))

    assert result.hex("md5") == md5.hex()


def test_a_large_body_with_two_digests_is_hashed_in_threads_and_right():
    chunks = [bytes([n]) * 2**20 for n in range(9)]
    whole = b"".join(chunks)
    result, seen = measure(chunks, Expected(size=len(whole), digests={"md5": hashlib.md5(whole).digest()}))

    assert len(whole) >= THREADED_FROM
    assert (seen == whole, result.hex("sha256")) == (True, hashlib.sha256(whole).hexdigest())


def test_a_body_that_breaks_off_has_no_result():
    def breaking():
        yield b"some"
        raise ConnectionResetError

    measuring = Measuring(breaking(), Expected(digests={"md5": b"0" * 16}))
    with pytest.raises(ConnectionResetError):
        list(measuring)

    assert measuring.result is None
