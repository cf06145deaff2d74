"""An altered byte is never served: whatever the store does, a reader gets the right bytes or an error."""

import itertools
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assets.digests import BLOCK
from cloudbox.errors import ContentDamaged
from cloudbox.ids import new_id
from tests.assets.reading.faulty import (
    LARGE,
    SMALL,
    Fault,
    alter,
    composite,
    cut,
    damages,
    flipped,
    pattern,
    plain,
    read,
    read_until_it_breaks,
)


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
