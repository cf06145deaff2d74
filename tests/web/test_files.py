"""The lists of files, and what is done in them without scripts."""

import re

import pytest
from django.test import Client

from assets.services import labels, people, trash, tree
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import HTML, sign_in, text_of
from web.pages import with_next

MOST_QUERIES = 14
ROWS = re.compile(r'<div class="item" role="row".*?data-name="(.*?)".*?data-abilities="(.*?)"', re.DOTALL)


@pytest.fixture
def hand(alice) -> Hand:
    return Hand(caller_for(alice))


@pytest.fixture
def trip(hand):
    return hand.folder("Trip")


@pytest.fixture
def bobs(bob) -> Client:
    return sign_in(Client(headers=HTML), "bob")


def rows(answer) -> dict[str, str]:
    """Return the names in a list, and what may be done with each."""
    return dict(ROWS.findall(answer.content.decode()))


def let_in(hand, somebody, view, role="viewer"):
    people.add_people(by=hand.caller, asset_id=view.id, role=role, names=[somebody.username])


def do(client, action, *views, **more):
    return client.post(
        "/files/with-chosen", {"action": action, "asset": [view.id for view in views], **more}, follow=True
    )


# Lists


def test_a_list_says_of_each_thing_what_its_reader_may_do(alices, bobs, hand, bob, trip):
    let_in(hand, bob, trip)
    hand.folder("Monday", trip)

    assert rows(alices.get(f"/files/{trip.id}")) == {"Monday": "add change delete own read share"}
    assert rows(bobs.get(f"/files/{trip.id}")) == {"Monday": "read"}


def test_a_viewer_is_offered_nothing_that_changes(bobs, hand, bob, trip):
    let_in(hand, bob, trip)

    page = bobs.get(f"/files/{trip.id}").content.decode()

    assert 'data-act="new-folder"' not in page
    assert 'id="upload"' not in page


def test_a_stranger_finds_no_folder_and_whoever_is_not_signed_in_is_led_to_do_so(bobs, client, trip):
    assert bobs.get(f"/files/{trip.id}").status_code == 404
    assert client.get(f"/files/{trip.id}")["Location"] == with_next("/login", f"/files/{trip.id}")


@pytest.mark.parametrize("address", ["/files", "/recent", "/favourites", "/trash", "/search?q=file", "/shared"])
def test_a_list_asks_the_database_a_few_times_however_much_is_in_it(
    alices, hand, address, django_assert_max_num_queries
):
    for number in range(3):
        file = hand.file(f"file {number}.txt", data=b"x")
        labels.like(by=hand.caller, asset_id=file.id)
        if address == "/trash":
            trash.trash(by=hand.caller, asset_id=file.id)

    with django_assert_max_num_queries(MOST_QUERIES):
        answer = alices.get(address)

    assert len(rows(answer)) == (0 if address == "/shared" else 3)


def test_an_endless_list_goes_on_where_it_ended_with_rows_only(alices, hand):
    for number in range(52):
        hand.folder(f"folder {number:02}")
    first = alices.get("/files")
    more = re.search(r'class="more-rows".*?href="(.*?)"', first.content.decode())
    assert more

    rest = alices.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"})

    assert len(rows(first)) == 50
    assert list(rows(rest)) == ["folder 50", "folder 51"]
    assert "<html" not in rest.content.decode()


def test_names_are_shown_as_they_are_whatever_is_in_them(alices, hand):
    hand.folder('<img src=x onerror="alert(1)">')

    page = alices.get("/files").content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in page


# What is done without scripts


def test_things_are_moved_to_the_trash_and_back_by_a_form(alices, hand, trip):
    assert "Moved to the trash." in text_of(do(alices, "trash", trip, next="/files"))
    assert "Goes for good in 29 days" in text_of(alices.get("/trash"))
    assert hand.names() == []

    assert "Restored." in text_of(do(alices, "restore", trip))
    assert hand.names() == ["Trip"]


def test_things_in_the_trash_are_deleted_for_ever_by_a_form_and_others_are_not(alices, hand, trip):
    other = hand.folder("Other")
    trash.trash(by=hand.caller, asset_id=trip.id)

    answer = do(alices, "purge", trip, other, next="/trash")

    assert "Deleted for ever." in text_of(answer)
    assert "Some of it is not there any more." in text_of(answer)
    assert hand.names() == ["Other"]
    assert trash.count_trash(by=hand.caller) == 0


def test_a_star_is_given_and_taken_by_a_form(alices, hand, trip):
    do(alices, "like", trip)
    assert list(rows(alices.get("/favourites"))) == ["Trip"]

    do(alices, "unlike", trip)
    assert list(rows(alices.get("/favourites"))) == []


def test_what_is_chosen_is_moved_or_copied_into_a_folder_found_on_a_page(alices, hand, trip):
    note = hand.folder("Note")
    page = do(alices, "copy", note)
    assert "Trip" in text_of(page)

    alices.post("/files/bring", {"action": "copy", "asset": [note.id], "folder": trip.id})
    alices.post("/files/bring", {"action": "move", "asset": [note.id], "folder": trip.id})

    assert hand.names() == ["Trip"]
    assert hand.names(trip) == ["Note", "Note (1)"]


def test_a_folder_is_made_and_renamed_by_a_form_and_a_taken_name_is_refused_beside_it(alices, hand, trip):
    alices.post(f"/files/{trip.id}/new-folder", {"name": "Monday"})
    again = alices.post(f"/files/{trip.id}/new-folder", {"name": "Monday"})
    renamed = alices.post(f"/files/{trip.id}/rename", {"name": "Journey"})

    assert (again.status_code, renamed.status_code) == (409, 302)
    assert "already has something of that name" in text_of(again)
    assert (hand.names(), hand.names(trip)) == (["Journey"], ["Monday"])


def test_emptying_the_trash_says_how_much_it_is_and_asks_first(alices, hand):
    for name in ("a", "b"):
        trash.trash(by=hand.caller, asset_id=hand.file(name, data=b"x" * 2048).id)

    asked = text_of(alices.get("/trash/empty"))
    assert "2 items with 4 KiB are deleted for ever" in asked
    assert trash.count_trash(by=hand.caller) == 2

    alices.post("/trash/empty")
    assert trash.count_trash(by=hand.caller) == 0


def test_a_viewer_changes_nothing_and_a_stranger_is_told_there_is_nothing(bobs, hand, bob, trip):
    assert do(bobs, "trash", trip).status_code == 404

    let_in(hand, bob, trip)
    inside = hand.folder("Monday", trip)
    refused = [
        do(bobs, "trash", inside),
        bobs.post(f"/files/{inside.id}/rename", {"name": "Mine"}),
        bobs.post(f"/files/{trip.id}/new-folder", {"name": "Mine"}),
        bobs.post("/files/bring", {"action": "move", "asset": [inside.id], "folder": trip.id}, follow=True),
    ]

    assert all("You are not allowed" in text_of(answer) for answer in refused)
    assert hand.names(trip) == ["Monday"]


@pytest.mark.parametrize(
    ("said", "field"),
    [({"action": "eat"}, "action"), ({"action": "trash", "asset": "x"}, "asset"), ({"action": "move"}, "action")],
)
def test_an_order_that_cannot_be_is_refused_by_its_field(alices, said, field):
    answer = alices.post("/files/with-chosen", said, headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_nothing_is_changed_without_the_token_of_the_page(alice, hand, trip):
    browser = sign_in(Client(), "alice")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    answers = [
        strict.post("/files/with-chosen", {"action": "trash", "asset": trip.id}),
        strict.post("/trash/empty"),
        strict.post(f"/files/{trip.id}/rename", {"name": "Mine"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert [view.name for view in tree.content_of(by=hand.caller, folder_id=None).items] == ["Trip"]
