"""An altered byte is never served: whatever the store does, a reader gets the right bytes or an error."""

import errno
import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assets import storage
from assets.blobs import read_blob
from assets.digests import BLOCK, BlockChecksums
from assets.models import Blob, BlobPart, Damage
from assets.storage.filesystem import FilesystemStore
from cloudbox.errors import ContentDamaged, NotFound, StoreUnavailable
from cloudbox.ids import new_id

Fault = Callable[[Iterator[bytes], int], Iterator[bytes]]  # what a store gives, from which offset on -> what comes

SMALL, LARGE = 1000, 3 * BLOCK + 1234


class FaultyStore(FilesystemStore):
    """A store on a disk whose reads go wrong: each takes the next of `faults`, and is right when none is left."""

    faults: list[Fault]

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        blocks = super().read(key, start, stop)
        return self.faults.pop(0)(blocks, start) if self.faults else blocks


def flipped(offset: int, blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """A bit of the byte at `offset` is another on the way."""
    for block in blocks:
        there = offset - start
        yield block[:there] + bytes([block[there] ^ 4]) + block[there + 1 :] if 0 <= there < len(block) else block
        start += len(block)


def cut(size: int, blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """The store says nothing after so many bytes."""
    for block in blocks:
        yield block[:size]
        size -= len(block)
        if size <= 0:
            return


def broken(size: int, error: Callable[[], OSError], blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    """The store fails after so many bytes."""
    yield from cut(size, blocks, start)
    raise error()


def pattern(size: int, seed: int = 0) -> bytes:
    """Return bytes in which no two blocks are the same."""
    return random.Random(seed).randbytes(size)


@pytest.fixture
def far(tmp_path, monkeypatch) -> FaultyStore:
    """The store called local, with faults; one called other lies beside it."""
    stores = {name: FaultyStore(name, tmp_path / name) for name in ("local", "other")}
    for store in stores.values():
        store.faults = []

    def store_named(name: str) -> FaultyStore:
        if name not in stores:
            raise LookupError(name)
        return stores[name]

    monkeypatch.setattr(storage, "store_named", store_named)
    return stores["local"]


@pytest.fixture
def other(far) -> FaultyStore:
    found = storage.store_named("other")
    assert isinstance(found, FaultyStore)
    return found


def plain(store, key: str, data: bytes, **more) -> Blob:
    checksums = BlockChecksums()
    checksums.update(data)
    store.write(key, [data])
    return Blob.objects.create(
        **{"store": store.name, "key": key, "size": len(data), "crcs": checksums.value(), **more}
    )


def composite(store, *parts: bytes) -> Blob:
    whole = Blob.objects.create(kind="composite", store=store.name, size=sum(map(len, parts)))
    start = 0
    for position, data in enumerate(parts):
        part = plain(store, f"{whole.id.hex}-{position}", data)
        BlobPart.objects.create(blob=whole, position=position, start=start, part=part)
        start += len(data)
    return whole


def read(blob: Blob, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(read_blob(blob, start, blob.size if stop is None else stop))


def read_until_it_breaks(blob: Blob, error: type[Exception], start: int = 0, stop: int | None = None) -> bytes:
    """Return what came before the error, which must come."""
    came: list[bytes] = []
    with pytest.raises(error):
        came.extend(read_blob(blob, start, blob.size if stop is None else stop))
    return b"".join(came)


def alter(store, key: str, offset: int) -> None:
    """Flip a bit in the store."""
    with store.path(key).open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def damages() -> list[tuple[str | None, str]]:
    return list(Damage.objects.values_list("blob__key", "kind"))


def move(blob: Blob, there, key: str) -> None:
    """Carry a plain blob to another store and take it from where it was, as a move does."""
    here = storage.store_named(blob.store)
    there.write(key, here.read(blob.key or ""))
    Blob.objects.filter(pk=blob.pk).update(store=there.name, key=key)
    here.delete(blob.key or "")


@pytest.mark.django_db
class TestAltered:
    @pytest.mark.parametrize(
        ("size", "offset", "before"),
        [
            (SMALL, 0, 0),
            (SMALL, 999, 0),
            (LARGE, 0, 0),
            (LARGE, BLOCK - 1, 0),
            (LARGE, BLOCK, BLOCK),
            (LARGE, 2 * BLOCK + 77, 2 * BLOCK),
            (LARGE, LARGE - 1, 3 * BLOCK),
        ],
    )
    def test_nothing_is_handed_on_from_the_block_with_an_altered_byte_on(self, far, size, offset, before):
        data = pattern(size)
        blob = plain(far, "k1", data)
        alter(far, "k1", offset)

        assert read_until_it_breaks(blob, ContentDamaged) == data[:before]
        assert damages() == [("k1", "altered")]

    @pytest.mark.parametrize("span", [(100, 200), (BLOCK - 1, BLOCK + 1), (BLOCK + 5, BLOCK + 6), (0, LARGE)])
    def test_a_range_is_refused_when_a_byte_beside_it_in_its_block_is_altered(self, far, span):
        blob = plain(far, "k1", pattern(LARGE))
        alter(far, "k1", 300 if span[0] < BLOCK - 1 else BLOCK + 300)

        came = read_until_it_breaks(blob, ContentDamaged, *span)

        assert came == pattern(LARGE)[span[0] : span[0] + len(came)]

    def test_what_lies_in_other_blocks_is_still_served(self, far):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        alter(far, "k1", BLOCK)

        assert read(blob, 0, BLOCK) + read(blob, 2 * BLOCK) == data[:BLOCK] + data[2 * BLOCK :]
        assert damages() == []

    @pytest.mark.parametrize("part", [0, 1, 2])
    def test_an_altered_byte_of_a_part_is_never_served(self, far, part):
        parts = [pattern(size, seed) for seed, size in enumerate((SMALL, BLOCK + 9, SMALL))]
        whole = composite(far, *parts)
        alter(far, f"{whole.id.hex}-{part}", 500)

        assert read_until_it_breaks(whole, ContentDamaged) == b"".join(parts[:part])
        assert damages() == [(f"{whole.id.hex}-{part}", "altered")]

    def test_the_refusal_says_what_is_wrong_and_nothing_of_the_place(self, far):
        blob = plain(far, "k1", b"data")
        alter(far, "k1", 2)

        with pytest.raises(ContentDamaged) as refusal:
            read(blob)

        assert (refusal.value.status, refusal.value.facts) == (503, {"kind": "altered"})

    def test_bytes_cut_off_are_altered(self, far):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.path("k1").write_bytes(data[: BLOCK + 5])

        assert read_until_it_breaks(blob, ContentDamaged) == data[:BLOCK]
        assert damages() == [("k1", "altered")]

    @pytest.mark.parametrize("left", [0, 2 * BLOCK, 2 * BLOCK + 7])
    def test_bytes_cut_off_are_noticed_without_checksums_too(self, far, left):
        data = pattern(LARGE)
        blob = plain(far, "k1", data, crcs=None)
        far.path("k1").write_bytes(data[:left])

        assert read_until_it_breaks(blob, ContentDamaged) == data[: left // BLOCK * BLOCK]


@pytest.mark.django_db
class TestHealing:
    @pytest.mark.parametrize("times", [1, 2])
    def test_a_bit_that_flips_on_the_way_is_read_again(self, far, times):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(flipped, BLOCK + 5)] * times

        assert read(blob) == data
        assert damages() == []

    def test_a_flip_in_many_blocks_heals_each_time(self, far):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(flipped, block * BLOCK + 5) for block in (0, 0, 1, 1, 2, 2, 3, 3)]

        assert read(blob) == data
        assert far.faults == []

    def test_what_is_wrong_three_times_is_not_read_a_fourth_time(self, far):
        blob = plain(far, "k1", pattern(SMALL))
        far.faults = [partial(flipped, 5)] * 4

        assert read_until_it_breaks(blob, ContentDamaged) == b""
        assert len(far.faults) == 1

    @pytest.mark.parametrize("size", [0, 7, BLOCK, BLOCK + 1, 3 * BLOCK + 1])
    def test_a_stream_that_ends_too_early_is_taken_up_again(self, far, size):
        data = pattern(LARGE)
        blob = plain(far, "k1", data)
        far.faults = [partial(cut, size)] * 2

        assert read(blob, 3) == data[3:]

    def test_without_checksums_a_stream_that_ends_too_early_is_taken_up_again_too(self, far):
        data = pattern(LARGE)
        blob = plain(far, "k1", data, crcs=None)
        far.faults = [partial(cut, BLOCK + 1)] * 2

        assert read(blob, 3) == data[3:]


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


SIZES = st.sampled_from([0, 1, 5, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
DATA = pattern(8 * BLOCK)


@hypothesis_settings(max_examples=40)
@given(st.data())
@pytest.mark.django_db
def test_any_range_of_any_blob_is_exact_whatever_happens_on_the_way_once(far, data):
    sizes = data.draw(st.lists(SIZES, min_size=1, max_size=4))
    fault = st.builds(partial, st.sampled_from([flipped, cut]), st.integers(0, 3 * BLOCK))
    faults: list[Fault] = data.draw(st.lists(fault, max_size=2))  # after the third in a row it would be damage
    total = sum(sizes)
    start, stop = sorted(data.draw(st.tuples(st.integers(0, total), st.integers(0, total))))
    parts = [DATA[low:high] for low, high in itertools.pairwise([0, *itertools.accumulate(sizes)])]
    blob = composite(far, *parts) if len(parts) > 1 else plain(far, new_id().hex, parts[0])
    far.faults = faults

    assert read(blob, start, stop) == DATA[start:stop]
    assert damages() == []
