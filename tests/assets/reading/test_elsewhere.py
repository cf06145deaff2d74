"""Bytes that have moved, are missing or cannot be had while they are read, and what reading costs."""

import errno
import tracemalloc
from collections.abc import Iterator
from functools import partial

import pytest

from assets.blobs import read_blob
from assets.digests import BLOCK
from assets.models import Blob, BlobPart
from cloudbox.errors import ContentDamaged, NotFound, StoreUnavailable
from tests.assets.reading.faulty import (
    LARGE,
    SMALL,
    alter,
    broken,
    composite,
    cut,
    damages,
    move,
    pattern,
    plain,
    read,
    read_until_it_breaks,
)


@pytest.mark.django_db
class TestMoved:
    def test_a_blob_that_has_moved_since_it_was_looked_up_is_read_where_it_lies_now(self, far, other):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        move(blob, other, "k2")

        assert read(blob) == data
        assert damages() == []

    def test_a_blob_that_moves_away_under_its_reader_is_read_on_from_the_byte_reached(self, far, other):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(cut, BLOCK + 9)]
        blocks = read_blob(blob, 5, LARGE)
        came = next(blocks)

        move(blob, other, "k2")

        assert came + b"".join(blocks) == data[5:]
        assert damages() == []

    def test_a_key_that_vanishes_while_it_is_read_is_looked_for_again(self, far, other):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(broken, BLOCK + 9, FileNotFoundError)]
        blocks = read_blob(blob, 0, LARGE)
        came = next(blocks)

        move(blob, other, "k2")

        assert came + b"".join(blocks) == data

    def test_a_part_that_moves_under_the_reader_of_the_whole_is_read_where_it_lies_now(self, far, other):
        parts = [pattern(size, seed) for seed, size in enumerate((SMALL, LARGE, SMALL))]
        whole = composite(far, *parts)
        blocks = read_blob(whole, 0, whole.size)
        came = next(blocks)

        for number in (1, 2):
            move(Blob.objects.get(key=f"{whole.id.hex}-{number}"), other, f"moved{number}")

        assert came + b"".join(blocks) == b"".join(parts)

    def test_a_composite_that_is_compacted_under_its_reader_is_read_on_as_one(self, far, other):
        parts = [pattern(size, seed) for seed, size in enumerate((SMALL, LARGE, SMALL))]
        data = b"".join(parts)
        whole = composite(far, *parts)
        blocks = read_blob(whole, 0, whole.size)
        came = next(blocks)

        one = plain(other, "whole", data)
        one.delete()
        Blob.objects.filter(pk=whole.pk).update(kind="plain", store="other", key="whole", crcs=one.crcs)
        BlobPart.objects.filter(blob=whole).delete()
        for number in range(3):
            far.delete(f"{whole.id.hex}-{number}")

        assert came + b"".join(blocks) == data
        assert damages() == []

    def test_what_was_altered_where_it_was_is_right_where_it_is(self, far, other):
        data = pattern(SMALL)
        blob = plain(far, "k1", data)
        plain(other, "k2", data).delete()
        alter(far, "k1", 5)
        Blob.objects.filter(pk=blob.pk).update(store="other", key="k2")

        assert read(blob) == data
        assert damages() == []


@pytest.mark.django_db
class TestMissing:
    def test_missing_bytes_are_damage(self, far):
        blob = plain(far, "k1", b"data")
        far.delete("k1")

        with pytest.raises(ContentDamaged) as refusal:
            read(blob)

        assert refusal.value.facts == {"kind": "missing"}
        assert damages() == [("k1", "missing")]

    def test_a_missing_part_breaks_the_whole_off_where_it_begins(self, far):
        whole = composite(far, pattern(SMALL), pattern(SMALL, 1), pattern(SMALL, 2))
        far.delete(f"{whole.id.hex}-1")

        assert read_until_it_breaks(whole, ContentDamaged) == pattern(SMALL)
        assert damages() == [(f"{whole.id.hex}-1", "missing")]

    def test_what_comes_before_a_missing_part_is_served(self, far):
        whole = composite(far, pattern(SMALL), pattern(SMALL, 1))
        far.delete(f"{whole.id.hex}-1")

        assert read(whole, 0, SMALL) == pattern(SMALL)

    def test_a_blob_that_was_deleted_meanwhile_is_not_found(self, far):
        blob = plain(far, "k1", b"data")
        Blob.objects.filter(pk=blob.pk).delete()
        far.delete("k1")

        with pytest.raises(NotFound):
            read(blob)

        assert damages() == []


@pytest.mark.django_db
class TestUnavailable:
    @pytest.mark.parametrize("error", [partial(OSError, errno.EIO, "I/O error"), PermissionError, StoreUnavailable])
    @pytest.mark.parametrize("size", [0, 2 * BLOCK + 1])
    def test_a_store_that_fails_is_unavailable_and_nothing_is_called_damaged(self, far, error, size):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(broken, size, error)]

        assert read_until_it_breaks(blob, StoreUnavailable) == data[: size // BLOCK * BLOCK]
        assert damages() == []

    @pytest.mark.usefixtures("far")
    def test_a_store_that_no_setting_knows_any_more_is_unavailable(self):
        blob = Blob.objects.create(store="gone", key="k1", size=4, crcs=b"0000")

        with pytest.raises(StoreUnavailable) as refusal:
            read(blob)

        assert (refusal.value.status, refusal.value.facts) == (503, {"retry_after": 10})


@pytest.mark.django_db
class TestCost:
    def test_a_small_blob_is_read_without_a_query(self, far, django_assert_num_queries):
        blob = plain(far, "k1", b"data")

        with django_assert_num_queries(0):
            assert read(blob) == b"data"

    def test_parts_are_looked_up_a_few_at_a_time_and_opened_one_by_one(self, far, django_assert_num_queries):
        parts = [pattern(8, number) for number in range(70)]
        whole = composite(far, *parts)

        with django_assert_num_queries(3):
            assert read(whole) == b"".join(parts)

        far.delete(f"{whole.id.hex}-69")
        assert read(whole, 0, 69 * 8) == b"".join(parts[:69])

    def test_memory_stays_flat(self, far):
        blob = plain(far, "k1", pattern(32 * BLOCK))
        whole = composite(far, *[pattern(4 * BLOCK)] * 8)
        for one in (blob, whole):
            tracemalloc.start()
            for _ in read_blob(one, 3, one.size - 3):
                pass
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

            assert most < 4 * BLOCK

    def test_a_range_reads_its_blocks_and_no_more(self, far):
        blob = plain(far, "k1", pattern(LARGE))
        spans: list[tuple[int, int]] = []

        def noting(blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
            found = list(blocks)
            spans.append((start, start + sum(map(len, found))))
            return iter(found)

        far.faults = [noting, noting]

        assert read(blob, BLOCK + 5, BLOCK + 6) == pattern(LARGE)[BLOCK + 5 : BLOCK + 6]
        assert read(blob, 3 * BLOCK + 5) == pattern(LARGE)[3 * BLOCK + 5 :]
        assert spans == [(BLOCK, 2 * BLOCK), (3 * BLOCK, LARGE)]
