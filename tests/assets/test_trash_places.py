"""Out of the trash to a chosen place; who put things there, and when they go; and what is large."""

from datetime import timedelta
from time import perf_counter

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Usage
from accounts.quotas import reconcile
from assets import purging, tasks
from assets.models import Asset, Version
from assets.services import people, trash
from cloudbox.errors import AccessDenied, BadInput, NotFound, QuotaExceeded
from tests.assets.conftest import Hand
from tests.assets.test_races import check_tree
from tests.people import client_for, with_key

TRASH = "/api/v1/store/trash"
FILES = 100_000


def put_away(hand: Hand, view) -> None:
    trash.trash(by=hand.caller, asset_id=view.id)


def restore(hand: Hand, view, folder):
    return trash.restore(by=hand.caller, asset_id=view.id, folder_id=folder.id)


def test_the_trash_tells_who_put_a_thing_there_and_when_it_goes(store, me, colleague, alice, django_assert_num_queries):
    photos = me.folder("Photos")
    file = me.file("a", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    put_away(colleague, file)

    with django_assert_num_queries(1):
        [found] = trash.trash_page(by=me.caller).items
    for number in range(10):
        put_away(me, me.file(f"{number}"))
    with django_assert_num_queries(1):
        trash.trash_page(by=me.caller)

    assert found.trashed_by is not None
    assert found.trashed_by.username == "bob"
    assert found.trashed_at is not None
    assert found.purge_at == found.trashed_at + timedelta(days=settings.CLOUDBOX_TRASH_DAYS)
    shown = client_for(alice).get(f"{TRASH}/").json()["items"][-1]
    assert (shown["id"], shown["trashed_by"]["username"], shown["parent"]) == (str(file.id), "bob", str(photos.id))
    assert shown["purge_at"] > shown["trashed_at"]


def test_a_thing_is_taken_out_into_a_chosen_folder(store, me):
    old, new = me.folder("Old"), me.folder("New")
    file, folder = me.file("a.txt", old, data=b"kept"), me.folder("Below", old)
    me.file("a.txt", new)
    me.file("deep", folder)
    for view in (file, folder, old):
        put_away(me, view)

    assert restore(me, file, new).name == "a (1).txt"
    assert restore(me, folder, new).parent == new.id
    assert (me.names(new), me.names(folder), me.read(file)) == (["Below", "a (1).txt", "a.txt"], ["deep"], b"kept")
    check_tree()


def test_a_thing_is_not_taken_out_to_where_it_cannot_be(store, me, stranger):
    folder, file = me.folder("Photos"), me.file("a")
    below = me.folder("Below", folder)
    gone = me.folder("Gone")
    for view in (folder, gone):
        put_away(me, view)

    with pytest.raises(BadInput) as refused:
        restore(me, folder, file)
    assert refused.value.facts["field"] == "folder"
    for place in (folder, below, gone, stranger.folder("Theirs")):
        with pytest.raises(NotFound):
            restore(me, folder, place)
    assert [view.name for view in trash.trash_page(by=me.caller).items] == ["Gone", "Photos"]


def test_only_the_owner_takes_a_thing_out_into_somebody_elses_tree(store, me, colleague, alice, bob):
    shared, theirs = me.folder("Shared"), colleague.folder("Theirs")
    people.add_people(by=me.caller, asset_id=shared.id, role="editor", names=["bob"])
    people.add_people(by=colleague.caller, asset_id=theirs.id, role="editor", names=["alice"])
    file = me.file("a", shared, data=b"12345")
    put_away(colleague, file)

    with pytest.raises(AccessDenied):
        restore(colleague, file, theirs)
    Usage.objects.filter(owner=bob).update(limit_bytes=4)
    with pytest.raises(QuotaExceeded):
        restore(me, file, theirs)
    Usage.objects.filter(owner=bob).update(limit_bytes=5)

    assert restore(me, file, theirs).owner.username == "bob"
    assert (me.space(), colleague.space()) == ((0, 0), (5, 0))


def test_a_key_takes_out_only_to_where_it_may_go(store, me, alice):
    here, there = me.folder("Here"), me.folder("There")
    file = me.file("a", here)
    put_away(me, file)
    hand = Hand(with_key(alice, "read", "write", "delete", folder=here.id))

    with pytest.raises(NotFound):
        restore(hand, file, there)
    assert restore(hand, file, here).parent == here.id


def test_the_door_takes_a_folder_or_nothing(alice, store, me):
    client, folder, file = client_for(alice), me.folder("Photos"), me.file("a")

    for body, status in (({"folder": "x"}, 400), ({"where": str(folder.id)}, 400), ({"folder": str(file.id)}, 404)):
        put_away(me, file)
        assert client.post(f"{TRASH}/{file.id}/restore", body, "application/json").status_code == status
        assert client.post(f"{TRASH}/{file.id}/restore").status_code == 200
    put_away(me, file)
    answer = client.post(f"{TRASH}/{file.id}/restore", {"folder": str(folder.id)}, "application/json")
    assert answer.json()["parent"] == str(folder.id)


def test_what_a_full_quota_keeps_is_freed_by_age_all_the_same(store, me, alice):
    file = me.file("a", data=b"12345")
    put_away(me, file)
    Usage.objects.filter(owner=alice).update(limit_bytes=5)
    for age, left in ((settings.CLOUDBOX_TRASH_DAYS - 1, 1), (settings.CLOUDBOX_TRASH_DAYS + 1, 0)):
        Asset.objects.filter(pk=file.id).update(trashed_at=timezone.now() - timedelta(days=age))
        tasks.purge_expired()
        assert len(trash.trash_page(by=me.caller).items) == left
    assert me.space() == (0, 0)


def plant(me, top, number: int) -> None:
    """Put so many files below a folder, in folders of 1000, all of one blob of one byte; charge their owner."""
    blob = Version.objects.get(asset=me.file("one", data=b"1").id).blob_id
    folders = [me.folder(f"{each}", top).id for each in range(-(-number // 1000))]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                SELECT gen_random_uuid() AS id, gen_random_uuid() AS version, n,
                    (%(folders)s::uuid[])[n / 1000 + 1] AS up
                FROM generate_series(0, %(number)s - 1) n
            ), files AS (
                INSERT INTO assets_asset (id, kind, parent_id, owner_id, created_at, name, fold, sort_key, grams,
                    current_id, size, content_type, modified_at, any_one_access, inherits, revision, hidden, versioning,
                    lock_enabled)
                SELECT id, 'file', up, %(owner)s, now(), n::text, n::text, n::text, '{}', version, 1, 'text/plain',
                    now(), 'restricted', true, 1, false, '', false FROM made
            )
            INSERT INTO assets_version (id, asset_id, seq, blob_id, size, content_type, etag, created_at, headers,
                metadata, tags, checksums, is_null, is_marker, legal_hold)
            SELECT version, id, 1, %(blob)s, 1, 'text/plain', 'x', now(), '{}', '{}', '{}', '{}', false, false, false
            FROM made
            """,
            {"folders": folders, "number": number, "owner": me.caller.user_id, "blob": blob},
        )
        cursor.execute("ANALYZE assets_asset, assets_version")
    Usage.objects.filter(owner=me.caller.user_id).update(used=number + 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_folder_of_100_000_files_goes_in_and_out_of_the_trash_as_one_row(store, me, record_property):
    top = me.folder("Top")
    plant(me, top, FILES)
    seconds: dict[str, list[float]] = {"trash": [], "restore": [], "restore elsewhere": []}
    elsewhere = me.folder("Elsewhere")

    for _ in range(5):
        for name, act in (
            ("trash", lambda: put_away(me, top)),
            ("restore", lambda: trash.restore(by=me.caller, asset_id=top.id)),
            ("trash", lambda: put_away(me, top)),
            ("restore elsewhere", lambda: restore(me, top, elsewhere)),
        ):
            began = perf_counter()
            act()
            seconds[name].append(perf_counter() - began)
            if name == "trash":
                assert Asset.objects.filter(trashed_at__isnull=False).count() == 1

    record_property("milliseconds", {name: round(max(times) * 1000, 1) for name, times in seconds.items()})
    assert all(sorted(times)[len(times) // 2] < 0.3 for times in seconds.values()), seconds


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_purge_of_100_000_files_hides_them_at_once_and_frees_them_in_batches(store, me, alice, record_property):
    top = me.folder("Top")
    plant(me, top, FILES)

    began = perf_counter()
    trash.purge(by=me.caller, asset_id=top.id)
    hidden = perf_counter() - began
    assert me.names() == ["one"]
    purging.free(top.id)

    record_property("seconds", {"hidden": round(hidden, 3), "freed": round(perf_counter() - began, 1)})
    assert hidden < 0.3
    assert (me.space(), reconcile(alice.id), Asset.objects.filter(kind="file").count()) == ((1, 0), {}, 1)
