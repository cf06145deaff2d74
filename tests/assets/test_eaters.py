"""What eats somebody's space, told of their own tree only."""

import statistics
import time
from dataclasses import replace

import pytest

from accounts.callers import Limits
from accounts.refusals import KeyNotEnough
from assets.services import eaters, trash
from assets.storage import Store
from benchmarks import forest
from cloudbox.errors import BadInput
from tests.assets.conftest import Hand
from tests.people import caller_for, register

pytestmark = pytest.mark.django_db

QUICK = 0.2  # seconds


@pytest.fixture
def full(me: Hand, store: Store) -> Hand:
    """Somebody with a folder in a folder, and files of some kinds in both."""
    films = me.folder("Films")
    old = me.folder("Old", films)
    me.file("letter.pdf", data=b"x" * 10, content_type="application/pdf")
    me.file("sea.mp4", films, data=b"x" * 300, content_type="video/mp4")
    me.file("hill.mp4", old, data=b"x" * 200, content_type="video/mp4")
    return me


def test_the_largest_files_come_first_and_page_by_page(full):
    first = eaters.largest_files(by=full.caller, limit=2)
    rest = eaters.largest_files(by=full.caller, limit=2, cursor=first.next)

    told = [(file.name, file.size, file.folder_name) for file in [*first.items, *rest.items]]
    assert told == [("sea.mp4", 300, "Films"), ("hill.mp4", 200, "Old"), ("letter.pdf", 10, "")]
    assert rest.next is None


def test_a_folder_counts_with_all_that_lies_below_it(full):
    told = [(folder.name, folder.size, folder.files) for folder in eaters.largest_folders(by=full.caller)]

    assert told == [("Films", 500, 2), ("Old", 200, 1)]


def test_what_lies_deep_counts_for_the_folders_above(me, store):
    folder = None
    for name in ("one", "two", "three", "four"):
        folder = me.folder(name, folder)
    me.file("deep", folder, data=b"x" * 7)

    told = [(folder.name, folder.size) for folder in eaters.largest_folders(by=me.caller)]

    assert sorted(told) == [("one", 7), ("three", 7), ("two", 7)]


def test_files_are_added_up_by_kind(full):
    told = [(kind.kind, kind.size, kind.files) for kind in eaters.by_kind(by=full.caller)]

    assert told == [("video", 500, 2), ("document", 10, 1)]


def test_what_lies_in_the_trash_is_not_told_nor_what_lies_below_it(full):
    [films, _] = eaters.largest_folders(by=full.caller)
    trash.trash(by=full.caller, asset_id=films.id)

    assert [file.name for file in eaters.largest_files(by=full.caller).items] == ["letter.pdf"]
    assert eaters.largest_folders(by=full.caller) == []
    assert [kind.kind for kind in eaters.by_kind(by=full.caller)] == ["document"]


def test_nobody_is_told_of_other_peoples_files(full, bob):
    asked = [eaters.largest_files(by=caller_for(bob)).items, eaters.largest_folders(by=caller_for(bob))]

    assert [*asked, eaters.by_kind(by=caller_for(bob))] == [[], [], []]


def test_a_key_for_one_folder_is_told_nothing(full):
    [films, _] = eaters.largest_folders(by=full.caller)
    limits = Limits(key_id="K" * 20, scopes=frozenset({"read"}), folder_id=films.id)

    with pytest.raises(KeyNotEnough):
        eaters.by_kind(by=replace(full.caller, limits=limits))


def test_a_cursor_that_is_none_is_refused_by_name(full):
    with pytest.raises(BadInput) as refused:
        eaters.largest_files(by=full.caller, cursor="nonsense")

    assert refused.value.field == "cursor"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_each_is_told_in_a_fifth_of_a_second_of_a_hundred_thousand_files():
    owner = register("owner")
    forest.plant(owner.id, assets=100_000)
    forest.analyze()

    slow = {}
    for asked in (eaters.largest_files, eaters.largest_folders, eaters.by_kind):
        runs = []
        for _ in range(7):
            began = time.perf_counter()
            asked(by=caller_for(owner))
            runs.append(time.perf_counter() - began)
        slow[asked.__name__] = round(statistics.median(runs), 3)

    assert {name: seconds for name, seconds in slow.items() if seconds >= QUICK} == {}
