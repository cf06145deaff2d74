"""A body cut into parts."""

import hashlib
import os
import tracemalloc

import pytest

from assets.storage.parts import MIB, MOST, SMALLEST, parts_of, size_of_part

TIB = 2**40


@pytest.mark.parametrize("size", [0, 1, SMALLEST - 1, SMALLEST])
def test_a_body_within_a_part_is_one_part(size):
    parts = list(parts_of([b"x" * size], None))

    assert [(part.size, part.is_last) for part in parts] == [(size, True)]


def test_chunks_of_any_size_are_cut_where_the_parts_end():
    body = os.urandom(SMALLEST * 2 + 5)
    bodies = [(bytes(part.body), part.is_last) for part in parts_of([body[:3], body[3:]], len(body))]

    assert bodies == [(body[:SMALLEST], False), (body[SMALLEST : SMALLEST * 2], False), (body[SMALLEST * 2 :], True)]


@pytest.mark.parametrize("size", [None, 5 * TIB, 5 * TIB - 1, 100 * 2**30])
def test_five_tebibytes_fit_into_as_many_parts_as_s3_takes(size):
    sizes = [size_of_part(number, size) for number in range(1, MOST + 1)]

    assert sum(sizes) >= (size or 5 * TIB)
    assert max(sizes) <= 5 * 2**30  # S3's limit for one part


def test_parts_of_a_known_size_are_all_alike():
    assert {size_of_part(number, TIB) for number in range(1, MOST + 1)} == {105 * MIB}


def test_a_part_that_is_too_large_for_the_memory_waits_in_a_file():
    chunk, size = os.urandom(MIB), 300 * 2**30
    tracemalloc.start()
    try:
        parts = parts_of((chunk for _ in range(40)), size)
        first = next(parts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (first.size, first.body.read()) == (31 * MIB, chunk * 31)
    assert first.md5 == hashlib.md5(chunk * 31).digest()
    assert peak < 4 * MIB
    parts.close()
