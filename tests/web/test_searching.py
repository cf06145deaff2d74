"""/search: what is found, narrowed by filters that also work without scripts."""

import pytest
from django.utils.html import escape

from assets.services import labels, people
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import text_of
from tests.web.test_files import rows

MOST_QUERIES = 14


@pytest.fixture
def hand(alice) -> Hand:
    return Hand(caller_for(alice))


@pytest.fixture
def bobs_hand(bob) -> Hand:
    return Hand(caller_for(bob))


@pytest.fixture
def lake(hand, bobs_hand, alice):
    """A folder with a picture and a note in it, a note beside it, and one of bob's that he shares."""
    folder = hand.folder("Lake")
    hand.file("lake.jpg", folder, data=b"x" * 2**21, content_type="image/jpeg")
    note = hand.file("lake.txt", folder, content_type="text/plain")
    labels.set_tags(by=hand.caller, asset_id=note.id, tags=["summer", "boat"])
    hand.file("blake.txt", content_type="text/plain")
    theirs = bobs_hand.file("their lake.txt", content_type="text/plain")
    people.add_people(by=bobs_hand.caller, asset_id=theirs.id, role="viewer", names=["alice"])
    return folder


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lake", {"Lake", "lake.jpg", "lake.txt", "blake.txt", "their lake.txt"}),
        ("q=lake&what=folder", {"Lake"}),
        ("q=lake&what=image", {"lake.jpg"}),
        ("q=lake&size=medium", {"lake.jpg"}),
        ("q=lake&changed=1&what=text", {"lake.txt", "blake.txt", "their lake.txt"}),
        ("q=lake&before=2001-01-01", set()),
        ("q=lake&what=folder&before=9999-12-31", {"Lake"}),
        ("q=lake&whose=others", {"their lake.txt"}),
        ("q=lake&whose=me&what=text", {"lake.txt", "blake.txt"}),
        ("q=lake&owner=BOB", {"their lake.txt"}),
        ("tag=summer,+boat", {"lake.txt"}),
        ("q=lake&folder={lake}", {"lake.jpg", "lake.txt"}),
    ],
)
def test_a_search_is_narrowed_by_every_filter(alices, lake, query, found, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = alices.get("/search?" + query.format(lake=lake.id))

    assert set(rows(answer)) == found


def test_each_filter_that_is_on_can_be_taken_away_and_the_others_stay(alices, lake):
    page = alices.get(f"/search?q=lake&what=image&folder={lake.id}").content.decode()

    assert f'class="chip" href="{escape(f"?q=lake&folder={lake.id}&")}">Pictures' in page
    assert f'class="chip" href="{escape("?q=lake&what=image&")}">In “Lake”' in page


def test_too_few_letters_are_asked_for_more_kindly(alices, lake):
    answer = alices.get("/search?q=la")

    assert answer.status_code == 200
    assert "Type at least 3 letters of the name." in text_of(answer)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=lake&what=x", "Select a valid choice"),
        ("q=lake&after=yesterday", "Enter a valid date"),
        ("q=" + "x" * 300, "At most 255 letters"),
        ("q=lake&folder=00000000-0000-0000-0000-000000000000", "In “a folder that is not there”"),
    ],
)
def test_what_cannot_be_looked_for_is_said_on_the_page_of_the_search(alices, lake, query, said):
    answer = alices.get("/search?" + query)

    assert answer.status_code in {400, 404}
    assert said in text_of(answer)
    assert rows(answer) == {}


def test_sorting_keeps_what_is_looked_for(alices, lake):
    page = alices.get("/search?q=lake&what=text").content.decode()

    assert escape("?q=lake&what=text&sort=-size") in page
