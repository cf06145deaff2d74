"""Versions: taken back without a byte copied, deleted one by one, kept as long as their folders say."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Usage
from accounts.quotas import breakdown, reconcile
from accounts.refusals import KeyNotEnough
from activity.models import AuditEntry
from assets import purging, retention
from assets.models import Asset, Blob, Condemned, Version
from assets.services import people, trash, versions
from cloudbox.errors import (
    AccessDenied,
    BadInput,
    Conflict,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
    QuotaExceeded,
)
from tests.assets.conftest import Hand, charged
from tests.people import client_for, with_key
from tests.threads import at_once

FILES = "/api/v1/store/files"
FOLDERS = "/api/v1/store/folders"


@pytest.fixture
def file(store, me):
    """A file of three versions, of 1, 22 and 33 bytes."""
    for data in (b"1", b"2" * 22, b"3" * 33):
        stored = me.file("a.txt", data=data)
    return stored


def kept(me, file) -> list[int]:
    return [version.seq for version in versions.versions_of(by=me.caller, file_id=file.id).items]


def restore(hand: Hand, file, seq: int, **more):
    return versions.restore(by=hand.caller, file_id=file.id, seq=seq, **more)


def delete(hand: Hand, file, seq: int) -> None:
    versions.delete(by=hand.caller, file_id=file.id, seq=seq)


# Taking back


def test_an_old_version_is_taken_back_as_a_new_one_and_no_byte_is_copied(store, me, file):
    Version.objects.filter(asset=file.id, seq=1).update(content_type="text/x-old")
    blobs, before = Blob.objects.count(), me.space()[0]

    view = restore(me, file, 1)

    assert (view.version, view.size, view.content_type, view.etag) == (4, 1, "text/x-old", view.etag)
    assert view.modified_at > file.modified_at
    assert (me.read(file), kept(me, file)) == (b"1", [4, 3, 2, 1])
    assert Blob.objects.count() == blobs == len(list(store.stored()))
    assert me.space() == (before + 1, 0)
    assert AuditEntry.objects.get(verb="version_restored").facts == {"version": 1}


def test_taking_back_what_is_there_changes_nothing(me, file):
    assert restore(me, file, 3).version == 3
    assert kept(me, file) == [3, 2, 1]


def test_a_version_is_not_taken_back_without_room(me, file, alice):
    Usage.objects.filter(owner=alice).update(limit_bytes=me.space()[0] + 21)

    with pytest.raises(QuotaExceeded):
        restore(me, file, 2)

    assert (kept(me, file), me.space()[0]) == ([3, 2, 1], charged(alice.id))
    restore(me, file, 1)


def test_a_version_of_what_was_changed_meanwhile_is_not_taken_back(me, file):
    with pytest.raises(PreconditionFailed):
        restore(me, file, 1, tags=("1",))


def test_versions_that_are_not_there_are_not_found(me, file):
    for seq in (0, 4, 999_999_999):
        with pytest.raises(NotFound):
            restore(me, file, seq)
        with pytest.raises(NotFound):
            delete(me, file, seq)


def test_what_is_taken_back_outlives_the_version_it_comes_from(me, file):
    restore(me, file, 1)
    delete(me, file, 1)

    assert (me.read(file), Condemned.objects.count()) == (b"1", 0)


# Deleting


def test_a_deleted_version_gives_its_room_back_at_once_and_its_bytes_a_day_later(store, me, file, alice):
    before = me.space()[0]

    delete(me, file, 2)

    assert (kept(me, file), me.space()) == ([3, 1], (before - 22, 0))
    assert charged(alice.id) == before - 22
    assert Condemned.objects.count() == 1
    assert AuditEntry.objects.get(verb="version_deleted").facts == {"version": 2, "bytes": 22}


def test_the_current_version_is_not_deleted(me, file):
    with pytest.raises(Conflict):
        delete(me, file, 3)
    assert kept(me, file) == [3, 2, 1]


@pytest.mark.parametrize("lock", [{"legal_hold": True}, {"retain_until": timezone.now() + timedelta(days=1)}])
def test_a_locked_version_is_not_deleted(me, file, lock):
    Version.objects.filter(asset=file.id, seq=1).update(**lock)

    with pytest.raises(Conflict):
        delete(me, file, 1)
    assert kept(me, file) == [3, 2, 1]


# Who


def test_an_editor_takes_back_and_only_the_owner_deletes(store, me, colleague, stranger, nobody):
    folder = me.folder("Photos")
    for data in (b"1", b"22"):
        file = me.file("a", folder, data)
    for role, hand in (("viewer", stranger), ("editor", colleague)):
        people.add_people(by=me.caller, asset_id=folder.id, role=role, names=[hand.caller.username])

    assert restore(colleague, file, 1).version == 3
    with pytest.raises(AccessDenied):
        restore(stranger, file, 1)
    for hand in (colleague, stranger):
        with pytest.raises(AccessDenied):
            delete(hand, file, 1)
        with pytest.raises(AccessDenied):
            versions.set_retention(by=hand.caller, folder_id=folder.id, versions_kept=1, versions_days=1)
    for call in (restore, delete):
        with pytest.raises(NotAuthenticated):
            call(nobody, file, 1)
    assert kept(stranger, file) == [3, 2, 1]


def test_strangers_see_no_versions(me, stranger, file):
    for call in (restore, delete):
        with pytest.raises(NotFound):
            call(stranger, file, 1)


def test_an_access_key_narrows_versions_too(me, alice, file):
    elsewhere = me.folder("Elsewhere")
    reader, writer = (Hand(with_key(alice, *scopes)) for scopes in (("read",), ("read", "write")))

    with pytest.raises(KeyNotEnough):
        restore(reader, file, 1)
    with pytest.raises(KeyNotEnough):
        delete(writer, file, 1)
    with pytest.raises(KeyNotEnough):
        versions.set_retention(by=writer.caller, folder_id=elsewhere.id, versions_kept=1, versions_days=1)
    with pytest.raises(NotFound):
        restore(Hand(with_key(alice, "read", "write", folder=elsewhere.id)), file, 1)
    assert restore(writer, file, 1).version == 4


def test_a_folder_has_no_versions(me, store):
    folder = me.folder("Photos")
    for call in (restore, delete):
        with pytest.raises(BadInput):
            call(me, folder, 1)


# How much, and how long


def test_the_owner_sees_what_versions_take(me, file, alice, django_assert_num_queries):
    below = me.folder("below", me.folder("gone"))
    for data in (b"4444", b"55555"):
        me.file("deep", below, data)
    me.file("beside", data=b"666666")

    assert breakdown(alice.id) == {"files": 33 + 5 + 6, "versions": 1 + 22 + 4, "trash": 0}
    trash.trash(by=me.caller, asset_id=below.parent)
    trash.trash(by=me.caller, asset_id=file.id)
    assert breakdown(alice.id) == {"files": 6, "versions": 0, "trash": 1 + 22 + 33 + 9}
    trash.purge(by=me.caller, asset_id=below.parent)
    assert sum(breakdown(alice.id).values()) == me.space()[0]
    assert reconcile(alice.id) == {}
    with django_assert_num_queries(1):
        breakdown(alice.id)


def test_a_list_of_versions_tells_what_all_of_them_take(me, file):
    page = versions.versions_of(by=me.caller, file_id=file.id, limit=1)

    assert (page.bytes, [item.size for item in page.items]) == (56, [33])


def put_rule(me, folder, kept=None, days=None):
    return versions.set_retention(by=me.caller, folder_id=folder and folder.id, versions_kept=kept, versions_days=days)


def test_the_nearest_folder_that_says_something_decides(store, me):
    outer, beside = me.folder("outer"), me.folder("beside")
    inner = me.folder("inner", outer)
    files = {}
    for folder in (outer, inner, beside):
        for number in range(4):
            files[folder.name] = me.file("a", folder, str(number).encode())

    assert put_rule(me, None, kept=3).kept == 3
    assert put_rule(me, outer, kept=1, days=7) == versions.Retention(1, 7, 1, 7)
    assert put_rule(me, inner, kept=2) == versions.Retention(2, None, 2, 7)
    Version.objects.filter(asset=files["inner"].id, seq=4).update(created_at=timezone.now() - timedelta(days=8))

    assert retention.free_surplus() == 3 + 3 + 1
    assert [kept(me, files[name]) for name in ("outer", "inner", "beside")] == [[4], [4], [4, 3, 2]]


def test_what_a_folder_takes_back_holds_no_longer(me, file):
    put_rule(me, None, kept=1, days=1)
    assert put_rule(me, None) == versions.Retention(
        None, None, settings.CLOUDBOX_VERSIONS_KEPT, settings.CLOUDBOX_VERSIONS_DAYS
    )
    assert retention.free_surplus() == 0


@pytest.mark.parametrize(
    ("said", "field"), [((0, 1), "versions_kept"), ((1001, 1), "versions_kept"), ((1, 3651), "versions_days")]
)
def test_a_retention_out_of_bounds_is_refused_by_name(me, store, said, field):
    with pytest.raises(BadInput) as refused:
        put_rule(me, None, *said)
    assert refused.value.facts["field"] == field
    assert not Asset.objects.exclude(versions_kept=None, versions_days=None).exists()


# The doors


def test_the_doors_of_versions(alice, me, file):
    client = client_for(alice)
    address = f"{FILES}/{file.id}/versions"

    assert client.get(f"{address}/").json()["bytes"] == 56
    restored = client.post(f"{address}/1/restore")
    assert (restored.status_code, restored.json()["version"], restored["ETag"]) == (200, 4, '"4"')
    assert client.post(f"{address}/1/restore", headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(f"{address}/1/").status_code == 204
    assert client.delete(f"{address}/1/").status_code == 404
    assert client.delete(f"{address}/4").status_code == 409
    assert client.delete(f"{address}/3?x=1").json()["field"] == "x"
    assert client.post(f"{FILES}/{uuid4()}/versions/1/restore").status_code == 404


def test_the_door_of_retention(alice, me, store):
    client, folder = client_for(alice), me.folder("Photos")

    for address in (f"{FOLDERS}/{folder.id}/retention/", f"{FOLDERS}/retention"):
        said = client.put(address, {"versions_kept": 3, "versions_days": None}, "application/json")
        assert said.json() == {"versions_kept": 3, "versions_days": None, "kept": 3, "days": 90}
        assert client.get(address).json() == said.json()
        for wrong in ('{"versions_kept": 0, "versions_days": 1}', '{"versions_kept": 1}', '{"kept": 1}', "[]"):
            assert client.put(address, wrong, "application/json").status_code == 400
    assert client.put(f"{FOLDERS}/{me.file('a').id}/retention", {}, "application/json").status_code == 400


def test_a_purge_of_many_versions_can_be_taken_up_in_the_middle(me, file, alice, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 1)
    trash.purge(by=me.caller, asset_id=file.id)
    batches = []

    def dies(version_ids):
        batches.append(version_ids)
        if len(batches) == 2:
            raise SystemExit
        return free(version_ids)

    free = purging.free_versions
    monkeypatch.setattr(purging, "free_versions", dies)
    with pytest.raises(SystemExit):
        purging.free(file.id)

    assert me.space()[0] == charged(alice.id) > 0
    assert reconcile(alice.id) == {}
    purging.free(file.id)
    assert (me.space(), purging.unfinished()) == ((0, 0), [])


@pytest.mark.django_db(transaction=True)
def test_of_many_that_are_taken_back_at_once_only_those_fit_that_there_is_room_for(me, file, alice):
    Usage.objects.filter(owner=alice).update(limit_bytes=56 + 5 * 22)

    outcomes = at_once(10, lambda _: restore(me, file, 2) if _ % 2 else restore(me, file, 1))

    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, QuotaExceeded) for error in refused)
    assert me.space() == (charged(alice.id), 0)
    assert kept(me, file) == [*range(3 + 10 - len(refused), 0, -1)]
    assert 22 * 4 < me.space()[0] - 56 <= 22 * 5


@pytest.mark.django_db(transaction=True)
def test_a_version_that_is_deleted_and_taken_back_at_once_is_whole_or_gone(me, file, alice):
    def act(number):
        return delete(me, file, 1) if number else restore(me, file, 1)

    outcomes = at_once(2, act)

    is_back = not isinstance(outcomes[0], Exception)
    assert is_back or isinstance(outcomes[0], NotFound)
    assert kept(me, file) == ([4, 3, 2] if is_back else [3, 2])
    assert me.read(file) == (b"1" if is_back else b"3" * 33)
    assert me.space() == (charged(alice.id), 0)
