from uuid import uuid4

import pytest
from django.db import connection

from activity import news, services
from activity.models import Event, Reader
from activity.services import Target, Who
from tests.threads import at_once, uncommitted

ALICE, BOB = uuid4(), uuid4()


def happen(count=1, *, kind="file_renamed", user_id=ALICE):
    for number in range(count):
        services.record(kind, by=Who(id=user_id, label="alice"), target=Target("file", str(number), "a"), folder_id="b")


@pytest.fixture
def settled(transactional_db):
    """Committed transactions: only what is over is news."""


class Reading:
    """A reader that keeps what it was handed."""

    def __init__(self):
        self.seen = []
        news.read("reading", self.keep)

    def keep(self, events):
        self.seen += [event.seq for event in events]

    def all(self):
        while news.read("reading", self.keep):
            pass
        return self.seen


@pytest.fixture
def reading(settled):
    return Reading()


def test_a_reader_is_handed_each_event_once_and_in_order(reading):
    happen(3)
    first = list(reading.all())
    happen(2)

    assert (first, reading.all()) == ([1, 2, 3], [1, 2, 3, 4, 5])


def test_a_new_reader_begins_with_what_happens_from_then_on(settled):
    happen(3)
    reading = Reading()
    happen()

    assert reading.all() == [4]


def test_an_event_that_commits_late_is_neither_lost_nor_read_twice(reading):
    """A long transaction holds the lower id, and commits after the others were there to read."""
    with uncommitted(lambda: happen(kind="file_moved")):
        happen(2)
        while_open = list(reading.all())

    assert (while_open, reading.all()) == ([], [1, 2, 3])
    assert [event.kind for event in news.after(0)] == ["file_moved", "file_renamed", "file_renamed"]


def test_readers_of_one_name_side_by_side_deal_with_each_event_once(reading):
    happen(50)

    at_once(4, lambda _: news.read("reading", reading.keep, limit=7))

    assert reading.all() == list(range(1, 51))


def test_a_reader_that_fails_is_handed_the_same_again(reading):
    happen(2)

    def fail(events):
        Reader.objects.create(name="half done")
        raise OSError("The worker is gone.")

    with pytest.raises(OSError, match="gone"):
        news.read("reading", fail)

    assert not Reader.objects.filter(name="half done").exists()
    assert reading.all() == [1, 2]


def test_numbers_go_on_though_all_news_is_forgotten(reading):
    happen(2)
    reading.all()
    Event.objects.all().delete()
    happen()

    assert reading.all() == [1, 2, 3]


def test_what_another_server_recorded_is_read_at_once(reading):
    happen()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE activity_event SET xid = xid + 1000000")

    assert reading.all() == [1]


def test_news_can_be_asked_for_by_user_and_kind(settled):
    happen()
    happen(kind="file_moved")
    happen(kind="file_moved", user_id=BOB)
    news.number()

    (event,) = news.page_after(0, user_id=ALICE, kinds=["file_moved"]).events

    assert (event.seq, event.kind, event.actor_id, event.audience) == (2, "file_moved", ALICE, frozenset({ALICE}))
    assert (event.data["target"]["id"], event.data["facts"]) == ("0", {"folder_id": "b"})


def test_news_is_looked_through_a_part_at_a_time(settled, monkeypatch):
    monkeypatch.setattr(news, "LOOKED_THROUGH", 3)
    happen(2, user_id=BOB)
    happen()
    happen(3, user_id=BOB)
    pages = [news.page_after(seq, user_id=ALICE) for seq in (0, 3, 6)]

    assert [([event.seq for event in page.events], page.reached) for page in pages] == [([3], 3), ([], 6), ([], 6)]


@pytest.mark.parametrize(("seq", "all_kept"), [(0, True), (1, False), (2, True), (3, True), (4, True), (5, False)])
def test_whoever_has_missed_what_is_forgotten_is_told(settled, seq, all_kept):
    happen(4)
    news.number()
    Event.objects.filter(seq__lte=2).delete()

    assert news.has_all_after(seq) is all_kept
