"""Folders and selections, downloaded as one archive."""

import io
import os
import zipfile
from contextlib import closing
from time import perf_counter

import pytest
from django.conf import settings as configured
from django.test import Client

from activity.models import AuditEntry
from assets import walking
from assets.gone import condemn_unnamed
from assets.models import Asset, Blob, Version
from assets.services import archives, people, trash
from cloudbox.errors import BadInput, Busy, NotAuthenticated, NotFound, StoreUnavailable
from tests.assets.conftest import Hand, place_of
from tests.assets.test_trash_places import plant
from tests.memory import MIB, MOST, own_memory
from tests.people import client_for, with_key

ASSETS = "/api/v1/store/assets"
SELECTION = "/api/v1/store/download"


def fetched(hand: Hand, *views) -> dict[str, bytes]:
    """Return what is in the archive of these, by path."""
    with closing(archives.archive_of(by=hand.caller, asset_ids=[view.id for view in views])) as made:
        return unpacked(b"".join(made.chunks), made.size)


def unpacked(archive: bytes, size: int) -> dict[str, bytes]:
    assert len(archive) == size
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        found = [info.filename for info in read.infolist()]
        assert len({name.casefold() for name in found}) == len(found)
        return {name: read.read(name) for name in found}


@pytest.fixture
def trip(store, me):
    """A folder with an empty folder, a folder with a file, and a file."""
    trip = me.folder("Trip")
    me.file("plan.txt", trip, b"first")
    me.file("plan.txt", trip, b"where to go")
    me.folder("empty", trip)
    me.file("sea ☃.jpg", me.folder("photos", trip), b"blue" * 100_000)
    return trip


WHOLE = {
    "Trip/": b"",
    "Trip/plan.txt": b"where to go",
    "Trip/empty/": b"",
    "Trip/photos/": b"",
    "Trip/photos/sea ☃.jpg": b"blue" * 100_000,
}


def test_a_folder_is_an_archive_with_all_that_is_in_it(me, trip):
    assert fetched(me, trip) == WHOLE


def test_a_selection_is_an_archive_of_files_and_folders_side_by_side(me, trip):
    letter, empty = me.file("letter.txt", data=b"dear"), me.file("nothing", data=b"")

    assert fetched(me, trip, letter, empty) == {**WHOLE, "letter.txt": b"dear", "nothing": b""}


def test_what_is_in_the_trash_or_purged_is_left_out(me, trip):
    for name in ("empty", "plan.txt"):
        trash.trash(by=me.caller, asset_id=Asset.objects.get(name=name).id)
    below = me.folder("below", me.folder("gone", trip))
    me.file("deep", below)
    me.file("hidden", trip)
    trash.purge(by=me.caller, asset_id=Asset.objects.get(name="gone").id)
    Asset.objects.filter(name="hidden").update(hidden=True)

    assert fetched(me, trip).keys() == {"Trip/", "Trip/photos/", "Trip/photos/sea ☃.jpg"}


def test_what_the_caller_may_not_see_is_left_out_with_all_below(me, colleague, trip):
    secret = me.folder("secret", trip)
    me.file("deep.txt", me.folder("deeper", secret))
    me.file("beside.txt", me.folder("zoo", trip), b"seen")
    own = me.file("own.txt", trip)
    opened = me.folder("opened", trip)
    Asset.objects.filter(pk__in=[secret.id, own.id, opened.id]).update(inherits=False)
    people.add_people(by=me.caller, asset_id=trip.id, role="viewer", names=["bob"])
    people.add_people(by=me.caller, asset_id=opened.id, role="viewer", names=["bob"])

    seen = fetched(colleague, trip)

    assert seen.keys() == {*WHOLE, "Trip/zoo/", "Trip/zoo/beside.txt", "Trip/opened/"}
    assert {*fetched(me, trip)} == {*seen, "Trip/secret/", "Trip/secret/deeper/", "Trip/secret/deeper/deep.txt"} | {
        "Trip/own.txt"
    }


def test_a_stranger_gets_nothing_and_learns_nothing(me, stranger, nobody, trip):
    letter = stranger.file("letter.txt")

    with pytest.raises(NotFound):
        fetched(stranger, letter, trip)
    with pytest.raises(NotAuthenticated):
        fetched(nobody, trip)


def test_an_access_key_takes_what_it_may_read(alice, me, trip):
    photos = Asset.objects.get(name="photos")

    assert fetched(Hand(with_key(alice, "read", folder=trip.id)), trip) == WHOLE
    for key in (with_key(alice, "write", "delete", "share"), with_key(alice, "read", folder=photos.id)):
        with pytest.raises(NotFound):
            fetched(Hand(key), trip)


def test_names_are_safe_and_none_comes_twice(me, store):
    top = me.folder("a:b")
    given = ("Plan.txt", "plan.txt", "PLAN.txt", "plan (1).txt", "con", "a?", "a*", "dot.")
    for name in given:
        me.file(name, top, name.encode())
    me.folder("A?", top)

    found = fetched(me, top)

    assert sorted(found.values()) == sorted([*(name.encode() for name in given), b"", b""])
    assert {"a_b/", "a_b/_con", "a_b/dot_", "a_b/a_", "a_b/a_ (1)", "a_b/A_ (2)/", "a_b/plan (1).txt"} <= found.keys()


def test_things_of_one_name_from_two_folders_are_both_there(me, store):
    one, other = me.file("a.txt", me.folder("One"), b"one"), me.file("a.txt", me.folder("Other"), b"other")

    assert fetched(me, one, other) == {"a.txt": b"one", "a (1).txt": b"other"}


@pytest.mark.parametrize("number", [0, 1001])
def test_a_selection_of_none_or_too_many_is_refused(me, number):
    with pytest.raises(BadInput) as refused:
        archives.archive_of(by=me.caller, asset_ids=[me.caller.user_id] * number)
    assert refused.value.facts == {"field": "assets"}


def test_the_same_twice_is_refused(me, trip):
    with pytest.raises(BadInput):
        fetched(me, trip, trip)


def test_an_archive_is_what_was_there_when_it_began(me, trip):
    made = archives.archive_of(by=me.caller, asset_ids=[trip.id])
    plan = Asset.objects.get(name="plan.txt", parent=trip.id)
    me.file("plan.txt", trip, b"something else")
    me.file("more.txt", trip, b"more")
    trash.purge(by=me.caller, asset_id=Asset.objects.get(name="photos").id)
    Version.objects.filter(asset=plan.id, seq=1).delete()

    with closing(made):
        assert unpacked(b"".join(made.chunks), made.size) == WHOLE


def test_bytes_that_are_gone_break_the_archive_off(me, trip):
    made = archives.archive_of(by=me.caller, asset_ids=[trip.id])
    blob = Blob.objects.get(versions__asset__name="sea ☃.jpg")
    place_of(blob.store, blob).unlink()
    Version.objects.filter(blob=blob).update(blob=Blob.objects.exclude(pk=blob.pk)[0])
    condemn_unnamed([blob.pk])

    with closing(made), pytest.raises(NotFound):
        list(made.chunks)


def test_the_tree_is_read_in_one_query_however_much_is_in_it(me, trip, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(walking, "_AT_A_TIME", 3)

    def queries() -> None:
        with django_assert_num_queries(4), closing(archives.archive_of(by=me.caller, asset_ids=[trip.id])) as made:
            assert len(b"".join(made.chunks)) == made.size

    queries()
    for number in range(30):
        me.file(f"{number}", me.folder(f"{number}", trip))
    queries()


def test_places_for_archives_are_few_and_come_back(me, trip, monkeypatch):
    monkeypatch.setattr(archives, "EACH", 1)
    made = archives.archive_of(by=me.caller, asset_ids=[trip.id])

    with pytest.raises(Busy):
        archives.archive_of(by=me.caller, asset_ids=[trip.id])
    made.close()
    made.close()

    assert fetched(me, trip) == WHOLE
    with pytest.raises(NotFound):
        archives.archive_of(by=me.caller, asset_ids=[trip.id, me.caller.user_id])
    assert archives.archive_slots.total() == 0


# The door


def body_of(response) -> dict[str, bytes]:
    assert response.status_code == 200, response.content
    archive = b"".join(response.streaming_content)
    return unpacked(archive, int(response["Content-Length"]))


def test_a_folder_is_downloaded_under_its_name(alice, me, trip):
    response = client_for(alice).get(f"{ASSETS}/{trip.id}/download/", headers={"Range": "bytes=0-9"})

    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="Trip.zip"'
    assert (response["Accept-Ranges"], response["Cache-Control"]) == ("none", "private, no-store")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body_of(response) == WHOLE
    assert archives.archive_slots.total() == 0


def test_a_head_tells_the_length_and_takes_no_place(alice, me, trip):
    me.file("größe.txt", trip)
    client = client_for(alice)
    head = client.head(f"{ASSETS}/{trip.id}/download")
    whole = client.get(f"{ASSETS}/{trip.id}/download")

    assert head.status_code == 200
    assert head["Content-Length"] == whole["Content-Length"]
    assert not head.content
    body_of(whole)
    assert archives.archive_slots.total() == 0


def test_what_is_open_to_anyone_is_downloaded_by_anyone(me, trip):
    anybody = Client()
    assert anybody.get(f"{ASSETS}/{trip.id}/download/").status_code == 401

    people.set_any_one_access(by=me.caller, asset_id=trip.id, access="viewer")

    assert body_of(anybody.get(f"{ASSETS}/{trip.id}/download/")) == WHOLE
    assert body_of(anybody.post(SELECTION, {"assets": [str(trip.id)]}, "application/json")) == WHOLE


def test_a_selection_is_asked_for_in_an_address_or_in_a_body(alice, me, trip):
    letter = me.file("letter.txt", data=b"dear")
    client = client_for(alice)
    expected = {**WHOLE, "letter.txt": b"dear"}

    got = client.get(f"{SELECTION}?assets={trip.id},{letter.id}")
    assert got["Content-Disposition"] == 'attachment; filename="files.zip"'
    assert body_of(got) == expected
    assert body_of(client.post(SELECTION, {"assets": [str(trip.id), str(letter.id)]}, "application/json")) == expected


@pytest.mark.parametrize(
    ("query", "field"), [("", "assets"), ("?assets=1", "assets"), ("?assets=", "assets"), ("?assets=1&x=2", "x")]
)
def test_nonsense_in_an_address_is_refused_by_name(alice, query, field):
    answer = client_for(alice).get(SELECTION + query)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "assets"),
        ([], "body"),
        ({"assets": "x"}, "assets"),
        ({"assets": [1]}, "assets"),
        ({"assets": [None]}, "assets"),
        ({"assets": [], "name": "x"}, "name"),
    ],
)
def test_nonsense_in_a_body_is_refused_by_name(alice, body, field):
    answer = client_for(alice).post(SELECTION, body, "application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_store_that_does_not_answer_is_an_error_before_anything_is_sent(alice, me, trip, monkeypatch):
    stores = dict(configured.CLOUDBOX_STORES)
    client = client_for(alice)
    monkeypatch.setattr(configured, "CLOUDBOX_STORES", {name + "-away": url for name, url in stores.items()})

    answer = client.get(f"{ASSETS}/{trip.id}/download/")

    assert (answer.status_code, answer.json()["code"]) == (503, StoreUnavailable.code)
    assert archives.archive_slots.total() == 0


def test_the_download_of_a_shared_folder_is_recorded_and_the_owners_own_is_not(alice, bob, me, trip):
    people.add_people(by=me.caller, asset_id=trip.id, role="viewer", names=["bob"])
    entries = AuditEntry.objects.filter(verb="folder_downloaded", target_id=str(trip.id))

    body_of(client_for(alice).get(f"{ASSETS}/{trip.id}/download/"))
    client_for(bob).head(f"{ASSETS}/{trip.id}/download/")
    assert not entries.exists()
    body_of(client_for(bob).get(f"{ASSETS}/{trip.id}/download/"))

    assert [entry.actor_id for entry in entries] == [bob.id]


@pytest.mark.slow
def test_a_folder_of_100_000_files_is_an_archive_in_flat_memory(me, store, tmp_path, record_property):
    top = me.folder("Top")
    plant(me, top, 100_000)
    path = tmp_path / "a.zip"
    began, before = perf_counter(), own_memory(os.getpid())

    with closing(archives.archive_of(by=me.caller, asset_ids=[top.id])) as made, path.open("wb") as file:
        listed, most = perf_counter() - began, own_memory(os.getpid()) - before
        for chunk in made.chunks:
            file.write(chunk)
            most = max(most, own_memory(os.getpid()) - before)

    took = {"list": round(listed, 1), "all": round(perf_counter() - began, 1), "MiB": round(most / MIB, 1)}
    record_property("seconds, and memory", took)
    assert path.stat().st_size == made.size
    assert most < MOST, took
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 100_101
