"""First pages of searches in a tree of a million, under a tenth of a second."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from accounts.callers import Caller
from assets.filters import Filters
from assets.services import finding
from assets.words import Kind
from benchmarks import forest
from tests.people import caller_for, register

MOST = 0.1  # seconds
RUNS = 7
WORDS = {
    "a rare word": Filters(word=forest.RARE),
    "a word of every hundredth": Filters(word=forest.MIDDLE),
    "what is in every name": Filters(word=forest.EVERYWHERE),
    "a word that is nowhere": Filters(word=forest.NOWHERE),
    "a word in files of a type": Filters(word=forest.MIDDLE, type="image"),
    "a rare tag": Filters(tags=[forest.RARE_TAG]),
    "a tag of every hundredth": Filters(tags=[forest.TAG]),
    "metadata of every hundredth": Filters(metadata=dict([forest.METADATA])),
    "a rare type": Filters(type="application/zip"),
    "a common type": Filters(type="image/*"),
    "a type that is nowhere": Filters(type="font"),
    "large pictures of two months": Filters(
        type="image",
        min_size=1_000_000,
        modified_after=datetime(2024, 1, 1, tzinfo=UTC),
        modified_before=datetime(2024, 3, 1, tzinfo=UTC),
    ),
    "folders": Filters(kind=Kind.FOLDER),
    "everything": Filters(),
}
SORTS = ("name", "-name", "-modified", "-size")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.django_db(transaction=True)
def test_first_pages_come_in_a_tenth_of_a_second_in_a_tree_of_a_million():
    owner, reader = register("owner"), register("reader")
    planted = forest.plant(owner.id)
    forest.grant([planted.branches[0]], [reader.id], given_by=owner.id)
    forest.analyze()
    assert planted.assets > 980_000
    everywhere, below, large = None, planted.branches[0], planted.wide
    callers = [
        ("the owner, everywhere", caller_for(owner), everywhere),
        ("the owner, below a folder of 100 000", caller_for(owner), below),
        ("the owner, in a folder of 50 000", caller_for(owner), large),
        ("the reader of 100 000", caller_for(reader), everywhere),
    ]

    measured = {
        f"{who}: {what}, by {sort}": seconds
        for who, by, folder in callers
        for what, filters in WORDS.items()
        for sort, seconds in _measured(by, filters, folder)
    }
    slow = {what: round(seconds, 3) for what, seconds in measured.items() if seconds >= MOST}
    assert slow == {}


def _measured(by: Caller, filters: Filters, folder) -> Iterator[tuple[str, float]]:
    """Yield the median of some runs, for each order."""
    for sort in SORTS:
        runs = []
        for _ in range(RUNS):
            began = time.perf_counter()
            finding.search(by=by, filters=filters, folder_id=folder, sort=sort)
            runs.append(time.perf_counter() - began)
        yield sort, statistics.median(runs)
