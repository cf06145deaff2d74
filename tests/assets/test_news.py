"""Whom what happens to files is told, and with which facts."""

import pytest

from accounts import quotas
from accounts.models import Usage
from accounts.services import teams
from activity.models import AuditEntry, Event
from assets.services import bulk, people, trash
from jobs import services as jobs
from tests.assets.conftest import Hand
from tests.people import caller_for


@pytest.fixture
def me(store, alice):
    return Hand(caller_for(alice))


@pytest.fixture
def colleague(bob):
    return Hand(caller_for(bob))


def told(kind):
    """Return whom the last event of that kind is for, and its facts."""
    event = Event.objects.filter(kind=kind).latest("id")
    return set(event.audience), event.data["facts"]


def test_what_is_stored_is_told_with_where_and_how_large(me, alice):
    photos = me.folder("photos")
    me.file("a", photos, b"data")
    me.file("a", photos, b"longer")

    assert told("folder_made") == ({alice.id}, {"folder_id": str(photos.parent)})
    assert told("file_uploaded") == ({alice.id}, {"folder_id": str(photos.id), "bytes": 4})
    assert told("file_replaced") == ({alice.id}, {"folder_id": str(photos.id), "bytes": 6})
    assert not AuditEntry.objects.filter(verb__startswith="file_").exists()  # her own versions say so


def test_what_an_editor_stores_is_told_to_both_and_written_down(me, colleague, alice, bob):
    photos = me.folder("photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    colleague.file("a", photos, b"data")

    assert told("file_uploaded") == ({alice.id, bob.id}, {"folder_id": str(photos.id), "bytes": 4})
    assert AuditEntry.objects.filter(verb="file_uploaded", actor_id=bob.id, owner_id=alice.id).exists()


def test_whoever_gets_or_loses_a_share_is_told(me, alice, bob):
    photos = me.folder("photos")
    facts = {"user_id": str(bob.id), "role": "viewer"}

    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    assert told("folder_shared") == ({alice.id, bob.id}, facts)

    people.remove_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    assert told("folder_unshared") == ({alice.id, bob.id}, facts)


def test_a_share_with_a_team_is_told_to_its_members(me, alice, bob):
    team = teams.create(by=me.caller, name="Herons")
    file = me.file("a")
    people.add_people(by=me.caller, asset_id=file.id, role="viewer", team_ids=[team.id])

    assert told("file_shared") == ({alice.id}, {"team_id": str(team.id), "role": "viewer"})


def test_a_filling_quota_is_told_with_its_bytes(me, alice):
    Usage.objects.filter(owner=alice).update(base_bytes=100)
    quotas.recompute_limit(alice.id)
    me.file("a", data=b"x" * 90)

    assert told("quota_warning") == ({alice.id}, {"percent": 90, "used": 90, "limit": 100})


def test_the_end_of_a_job_is_told_to_its_owner(me, alice):
    file = me.file("a")
    job = bulk.begin(by=me.caller, asset_ids=[file.id], action="trash")
    lease = jobs.take(job.id)
    assert lease
    jobs.finish(lease, {"done": 1})

    whom, facts = told("job_ended")
    assert facts.pop("seconds") >= 0
    assert (whom, facts) == ({alice.id}, {"state": "done", "code": "", "done": 0, "unit": "assets"})


def test_a_job_that_nobody_worked_on_is_told_when_it_is_cancelled(me, alice):
    job = bulk.begin(by=me.caller, asset_ids=[me.file("a").id], action="trash")
    jobs.cancel(alice.id, job.id)

    assert told("job_ended")[1]["state"] == "cancelled"


def test_what_comes_out_of_the_trash_is_told_with_where_it_is(me, alice):
    photos = me.folder("photos")
    file = me.file("a", photos)
    trash.trash(by=me.caller, asset_id=file.id)
    trash.restore(by=me.caller, asset_id=file.id)

    assert told("file_restored") == ({alice.id}, {"folder_id": str(photos.id)})
