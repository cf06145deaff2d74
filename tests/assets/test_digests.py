import hashlib
import itertools

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.digests import BLOCK, THREADED_FROM, BlockChecksums, Expected, Measuring
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


def crcs_of(data: bytes) -> bytes:
    blocks = [data[start : start + BLOCK] for start in range(0, len(data), BLOCK)]
    return b"".join(google_crc32c.value(block).to_bytes(4, "big") for block in blocks)


def test_the_checksum_of_known_bytes_is_the_one_of_rfc_3720():
    checksums = BlockChecksums()
    checksums.update(bytes(32))

    assert checksums.value() == bytes.fromhex("8a9136aa")


def test_checksums_are_computed_in_c():
    assert google_crc32c.implementation == "c"


def test_nothing_has_no_checksums():
    assert BlockChecksums().value() == b""


LARGE = b"".join(bytes([number % 251]) * 9973 for number in range(330))  # 3.1 MiB


@given(st.lists(st.integers(0, len(LARGE)), max_size=8), st.sampled_from([0, 1, BLOCK - 1, BLOCK, len(LARGE)]))
def test_however_the_bytes_are_cut_each_mebibyte_has_one_checksum(cuts, size):
    checksums, data = BlockChecksums(), LARGE[:size]
    for start, stop in itertools.pairwise([0, *sorted(cuts), len(LARGE)]):
        checksums.update(data[start:stop])

    assert checksums.value() == crcs_of(data)


def test_a_body_is_measured_with_its_checksums():
    result, _ = measure([LARGE[:5], LARGE[5:]], Expected(digests={"md5": hashlib.md5(LARGE).digest()}))

    assert result.crcs == crcs_of(LARGE)
