from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from activity import services
from activity.models import AuditEntry, Event
from activity.services import Target, Who

pytestmark = pytest.mark.django_db

ALICE, BOB, CHARLIE = (UUID(int=number) for number in (1, 2, 3))
alice = Who(id=ALICE, label="alice", address="192.0.2.1", agent="curl/8")
bob = Who(id=BOB, label="bob", address="192.0.2.2", agent="Firefox")
PHOTOS = Target("folder", UUID(int=9), "photos")


def entries_of(user_id, **page):
    return services.entries_of(user_id, **page).items


def test_an_entry_says_who_did_what_to_which_and_from_where():
    services.record("folder_shared", by=alice, target=PHOTOS, owner_id=ALICE, role="viewer", user_id=str(BOB))

    (entry,) = entries_of(ALICE)
    assert (entry.verb, entry.actor, entry.address, entry.agent) == ("folder_shared", "alice", "192.0.2.1", "curl/8")
    assert entry.target == Target("folder", str(PHOTOS.id), "photos")
    assert entry.facts == {"role": "viewer", "user_id": str(BOB)}


def test_an_entry_and_its_event_are_one_round_trip(django_assert_num_queries):
    with django_assert_num_queries(1):
        services.record("folder_shared", by=alice, target=PHOTOS, owner_id=ALICE)


def test_what_was_undone_is_not_recorded():
    with transaction.atomic():
        services.record("folder_purged", by=alice, target=PHOTOS)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()
    assert not Event.objects.exists()


def test_those_concerned_are_told_and_no_address_with_it():
    services.record("folder_shared", by=alice, target=PHOTOS, owner_id=ALICE, audience=[BOB])

    event = Event.objects.get()
    assert set(event.audience) == {ALICE, BOB}
    assert event.data["target"] == {"kind": "folder", "id": str(PHOTOS.id), "label": "photos"}
    assert "192.0.2.1" not in str(event.data)


def test_what_is_no_kind_of_news_is_written_down_only():
    services.record("mail_sent_again", by=alice, target=PHOTOS, owner_id=ALICE)

    assert [entry.verb for entry in entries_of(ALICE)] == ["mail_sent_again"]
    assert not Event.objects.exists()


def test_an_event_has_the_facts_that_its_kind_names_and_no_others():
    services.record("folder_renamed", by=alice, target=PHOTOS, old_name="images", secret="hidden")

    assert Event.objects.get().data["facts"] == {"old_name": "images"}


def test_what_is_only_told_is_not_written_down(django_assert_num_queries):
    with django_assert_num_queries(1):
        services.tell("file_uploaded", by=bob, target=PHOTOS, owner_id=ALICE, bytes=4)

    event = Event.objects.get()
    assert (event.kind, set(event.audience), event.data["facts"]) == ("file_uploaded", {ALICE, BOB}, {"bytes": 4})
    assert not AuditEntry.objects.exists()


def test_an_owner_reads_what_others_did_without_their_address():
    services.record("file_downloaded", by=bob, target=PHOTOS, owner_id=ALICE)

    (entry,) = entries_of(ALICE)
    assert (entry.actor, entry.address, entry.agent) == ("bob", "", "")


def test_a_stranger_reads_nothing_of_it():
    services.record("file_downloaded", by=bob, target=PHOTOS, owner_id=ALICE)

    assert entries_of(CHARLIE) == []


def test_pages_follow_each_other_without_gap_or_repeat(django_assert_num_queries):
    for number in range(5):
        services.record("signed_in", by=alice if number % 2 else bob, owner_id=ALICE, number=number)

    first = services.entries_of(ALICE, limit=3)
    with django_assert_num_queries(2):
        second = services.entries_of(ALICE, limit=3, cursor=first.next)

    assert [entry.facts["number"] for entry in first.items + second.items] == [4, 3, 2, 1, 0]
    assert second.next is None


def test_what_is_longer_than_its_column_is_cut_not_refused():
    services.record("signed_in", by=Who(id=ALICE, label="a" * 300, address="::1", agent="x\0" * 300))

    (entry,) = entries_of(ALICE)
    assert (len(entry.actor), entry.agent) == (255, "x" * 255)


def test_a_repeated_download_only_counts():
    version = uuid4()
    for _ in range(3):
        services.record_download(by=bob, target=PHOTOS, version_id=version, owner_id=ALICE)

    (entry,) = entries_of(ALICE)
    assert (entry.verb, entry.times) == ("file_downloaded", 3)


def test_another_caller_or_another_version_is_another_download():
    version = uuid4()
    services.record_download(by=bob, target=PHOTOS, version_id=version, owner_id=ALICE)
    services.record_download(by=Who(address="192.0.2.7"), target=PHOTOS, version_id=version, owner_id=ALICE)
    services.record_download(by=bob, target=PHOTOS, version_id=uuid4(), owner_id=ALICE)

    assert [entry.times for entry in entries_of(ALICE)] == [1, 1, 1]


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM activity_auditentry",
        "UPDATE activity_auditentry SET verb = 'nothing'",
        "UPDATE activity_auditentry SET address = ''",
        "UPDATE activity_auditentry SET actor_salt = '', address = 'elsewhere'",
        "UPDATE activity_auditentry SET seq = 7; UPDATE activity_auditentry SET seq = 8",
    ],
)
def test_the_database_refuses_to_change_an_entry(tampering):
    services.record("signed_in", by=alice)
    *before, last = tampering.split(";")

    with connection.cursor() as cursor:
        for statement in before:
            cursor.execute(statement)
        with pytest.raises(IntegrityError, match="append-only"):
            cursor.execute(last)


def test_erasing_a_person_leaves_what_was_done():
    services.record("folder_shared", by=alice, target=PHOTOS, owner_id=ALICE, user_id=str(BOB), user="bob")
    services.record("file_downloaded", by=bob, target=PHOTOS, owner_id=ALICE)

    services.erase_personal(BOB)

    downloaded, shared = entries_of(ALICE)
    assert (downloaded.verb, downloaded.actor_id, downloaded.actor) == ("file_downloaded", BOB, "")
    assert (shared.verb, shared.actor, shared.facts) == ("folder_shared", "alice", {})
    assert not AuditEntry.objects.filter(address="192.0.2.2").exists()
