"""The way to an asset, and what lists show of each asset at a glance."""

import pytest

from assets.services import labels, links, people, tree
from assets.services.marks import Marks, marks_of
from cloudbox.errors import NotFound

pytestmark = pytest.mark.usefixtures("store")


def steps(hand, view):
    return [step.name for step in tree.steps_to(by=hand.caller, asset_id=view.id)]


def marks(hand, *views):
    seen = [tree.get(by=hand.caller, asset_id=view.id) for view in views]
    found = marks_of(by=hand.caller, shown=seen)
    return [found[view.id] for view in views]


@pytest.fixture
def trip(me):
    return me.folder("Trip", me.folder("2026"))


def let_in(me, somebody, view, role="viewer"):
    people.add_people(by=me.caller, asset_id=view.id, role=role, names=[somebody.caller.username])


def test_the_way_to_an_asset_begins_at_its_owners_root(me, trip):
    root = tree.get(by=me.caller, asset_id=None).name
    photo = me.file("photo.jpg", trip)

    assert steps(me, trip) == [root, "2026", "Trip"]
    assert steps(me, photo) == [root, "2026", "Trip", "photo.jpg"]


def test_a_guest_sees_the_way_from_what_they_were_given_and_nothing_above(me, colleague, trip):
    day = me.folder("Monday", trip)
    let_in(me, colleague, trip)

    assert steps(colleague, day) == ["Trip", "Monday"]


def test_what_stands_above_a_folder_that_does_not_inherit_is_not_shown_to_those_it_keeps_out(me, colleague, trip):
    day = me.folder("Monday", trip)
    let_in(me, colleague, trip)
    people.set_inherits(by=me.caller, asset_id=day.id, inherits=False)
    with pytest.raises(NotFound):
        steps(colleague, day)

    let_in(me, colleague, day)

    assert steps(colleague, day) == ["Trip", "Monday"]


def test_a_stranger_is_told_no_way(stranger, trip):
    with pytest.raises(NotFound):
        steps(stranger, trip)


def test_the_way_costs_as_many_queries_however_deep_it_is(me, trip, django_assert_num_queries):
    deepest = trip
    for number in range(12):
        deepest = me.folder(str(number), deepest)

    with django_assert_num_queries(2):
        assert len(steps(me, deepest)) == 15


def test_marks_tell_what_the_caller_likes_and_others_likes_not(me, colleague, trip):
    let_in(me, colleague, trip)
    labels.like(by=colleague.caller, asset_id=trip.id)

    assert marks(colleague, trip) == [Marks(liked=True)]
    assert [mark.liked for mark in marks(me, trip)] == [False]


def test_marks_tell_those_who_may_share_what_is_shared(me, colleague, trip):
    given, linked, own = (me.folder(name, trip) for name in ("given", "linked", "own"))
    let_in(me, colleague, given)
    links.make(by=me.caller, asset_id=linked.id, role="viewer", wish={})

    assert [mark.shared for mark in marks(me, given, linked, own)] == [True, True, False]
    assert [mark.shared for mark in marks(colleague, given)] == [False]


def test_the_marks_of_many_are_one_query(me, trip, django_assert_num_queries):
    views = [me.folder(str(number), trip) for number in range(20)]

    with django_assert_num_queries(1):
        assert len(marks_of(by=me.caller, shown=views)) == 20
