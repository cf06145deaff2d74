"""A new file whose size is known is stored in three statements, and is the same as one that took more."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts import sessions
from accounts.models import Session, Usage
from assets.digests import Expected
from assets.models import Asset, Upload, Version
from assets.placing import OnConflict
from assets.rows import in_one_trip
from assets.services import content, people, trash, tree
from assets.services.content import Body
from cloudbox.errors import AccessDenied, BadInput, NameTaken, NotFound, QuotaExceeded
from tests.assets.conftest import Hand
from tests.people import client_for

ITS_OWN = {"id", "parent_id", "created_at", "modified_at", "current_id", "name", "fold", "sort_key", "grams"}
OF_VERSION = {"id", "asset_id", "blob_id", "upload_id", "created_at"}


def store_in(hand: Hand, folder_id, name: str, data: bytes = b"data", on_conflict=OnConflict.FAIL, chunks=None):
    body = Body([data] if chunks is None else chunks, Expected(len(data)))
    return content.store_file(by=hand.caller, folder_id=folder_id, name=name, body=body, on_conflict=on_conflict)


@pytest.fixture
def photos(store, me):
    return me.folder("photos")


@pytest.fixture
def shared(photos, me, colleague):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    return photos


def test_storing_a_new_file_costs_four_queries(photos, me, django_assert_num_queries):
    with django_assert_num_queries(4 + 2):  # the fourth tells it, the two are a savepoint in this test's transaction
        store_in(me, photos.id, "a")


@pytest.mark.parametrize("access", ["restricted", "viewer", "editor"])
def test_what_is_shown_of_a_new_file_is_what_the_gate_says_of_it(shared, me, colleague, stranger, access):
    people.set_any_one_access(by=me.caller, asset_id=shared.id, access=access)
    hands = [me, colleague, *([stranger] if access == "editor" else [])]

    for number, hand in enumerate(hands):
        view, is_new = store_in(hand, shared.id, f"a{number}")

        assert is_new
        assert view == tree.get(by=hand.caller, asset_id=view.id)


def test_a_file_is_the_same_whichever_way_it_was_stored(photos, me):
    at_once, _ = store_in(me, photos.id, "a")
    numbered, _ = store_in(me, photos.id, "a", on_conflict=OnConflict.RENAME)

    one, other = Asset.objects.get(pk=at_once.id), Asset.objects.get(pk=numbered.id)
    assert numbered.name == "a (1)"
    assert not {
        field.attname
        for field in Asset._meta.concrete_fields
        if field.attname not in ITS_OWN and getattr(one, field.attname) != getattr(other, field.attname)
    }
    first, second = (
        {name: value for name, value in Version.objects.values().get(asset=file).items() if name not in OF_VERSION}
        for file in (one, other)
    )
    assert first == second


def test_what_a_search_compares_is_kept_of_any_name(photos, me):
    view, _ = store_in(me, photos.id, 'Ünïcode "x", {y} \\ z')

    row = Asset.objects.get(pk=view.id)
    assert (row.fold, row.sort_key) == ('unicode "x", {y} \\ z', 'ünïcode "x", {y} \\ z')
    assert set(row.grams) == {row.fold[at : at + 3] for at in range(len(row.fold) - 2)}


def test_whoever_may_not_add_reserves_nothing(photos, me, colleague, stranger):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])

    with pytest.raises(AccessDenied):
        store_in(colleague, photos.id, "a", chunks=never())
    with pytest.raises(NotFound):
        store_in(stranger, photos.id, "a", chunks=never())

    assert not Upload.objects.exists()
    assert me.space() == (0, 0)


def test_a_file_is_no_folder_to_store_in(photos, me):
    file = me.file("a")

    with pytest.raises(BadInput):
        store_in(me, file.id, "b", chunks=never())

    assert not Upload.objects.exists()


def test_nothing_is_stored_below_the_trash(photos, me):
    inner = me.folder("inner", photos)
    trash.trash(by=me.caller, asset_id=photos.id)

    for folder in (photos, inner):
        with pytest.raises(NotFound):
            store_in(me, folder.id, "a", chunks=never())

    assert not Upload.objects.exists()


def test_a_file_that_fits_exactly_is_taken_and_one_byte_more_is_not_read(photos, alice, me):
    Usage.objects.filter(owner=alice).update(limit_bytes=4)

    with pytest.raises(QuotaExceeded):
        store_in(me, photos.id, "a", b"12345", chunks=never())
    store_in(me, photos.id, "a", b"1234")

    assert me.space() == (4, 0)


def test_a_limit_that_is_over_is_looked_up_again(photos, alice, me):
    Usage.objects.filter(owner=alice).update(limit_until=timezone.now() - timedelta(seconds=1), limit_bytes=0)

    store_in(me, photos.id, "a")

    assert me.space() == (4, 0)


@pytest.mark.parametrize("on_conflict", [OnConflict.FAIL, OnConflict.REPLACE])
def test_a_folder_keeps_its_name(photos, me, on_conflict):
    me.folder("a", photos)

    with pytest.raises(NameTaken):
        store_in(me, photos.id, "a", chunks=never(), on_conflict=on_conflict)

    assert not Upload.objects.exists()


def test_a_name_that_was_taken_while_the_bytes_came_is_found_taken(photos, me):
    def late():
        me.folder("a", photos)
        yield b"data"

    with pytest.raises(NameTaken):
        store_in(me, photos.id, "a", chunks=late(), on_conflict=OnConflict.REPLACE)

    assert me.names(photos) == ["a"]
    assert not Upload.objects.exists()
    assert me.space() == (0, 0)


def test_whoever_loses_their_right_while_the_bytes_come_stores_nothing(shared, me, colleague, store):
    def late():
        people.remove_people(by=me.caller, asset_id=shared.id, role="editor", names=["bob"])
        yield b"data"

    with pytest.raises(NotFound):
        store_in(colleague, shared.id, "a", chunks=late())

    assert list(store.stored()) == []
    assert me.space() == (0, 0)


def test_the_new_owner_of_a_folder_pays_for_what_arrives_there(shared, alice, bob, me, colleague):
    own = colleague.folder("own")
    people.add_people(by=colleague.caller, asset_id=own.id, role="editor", names=["alice"])

    def late():
        tree.move(by=me.caller, asset_id=shared.id, folder_id=own.id)
        yield b"data"

    store_in(me, shared.id, "a", chunks=late())

    assert me.space() == (0, 0)
    assert colleague.space() == (4, 0)


def test_a_token_whose_session_is_over_opens_and_stores_nothing(photos, alice, me):
    file, client = me.file("b", photos), client_for(alice)
    sessions.end_all(alice.id)
    calls = [
        client.get(f"/api/v1/store/files/{file.id}/content"),
        client.put(f"/api/v1/store/folders/{photos.id}/files/a", b"data", "text/plain"),
        client.put(f"/api/v1/store/folders/{photos.id}/files/a?unknown=1", b"data", "text/plain"),
        client.post(f"/api/v1/store/files/{file.id}/content"),
        client.options(f"/api/v1/store/files/{file.id}/content"),
        client.get("/api/v1/store/files/00000000-0000-0000-0000-000000000000/content"),
    ]

    assert {answer.status_code for answer in calls} == {401}
    assert me.names(photos) == ["b"]
    assert not Upload.objects.exists()


def test_a_token_still_counts_while_another_session_ends(photos, alice, me):
    file, client = me.file("b", photos), client_for(alice)
    client_for(alice)
    sessions.end(alice.id, Session.objects.filter(user=alice).latest("id").id)

    assert client.get(f"/api/v1/store/files/{file.id}/content").status_code == 200


def never():
    """A body that nobody may begin to read."""
    yield pytest.fail("It was read.")


@pytest.mark.django_db(transaction=True)
def test_postgresql_that_goes_away_in_the_middle_of_a_trip_is_away_and_no_error_of_ours():
    try:
        with pytest.raises(OperationalError), transaction.atomic(), in_one_trip(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    finally:
        connection.close()
