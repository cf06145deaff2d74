"""Who is told of what: on the pages, once, however the worker ends, and as they chose."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from activity import models, notifications, preferences, services, telling
from activity.models import Mail
from activity.services import Target, Who
from cloudbox.errors import BadInput
from tests.people import caller_for, register

PHOTOS = Target("folder", UUID(int=9), "Photos")


@pytest.fixture
def people(transactional_db):
    """Alice and bob, once nobody has anything to tell: only what is committed is news."""
    alice, bob = register("alice"), register("bob")
    telling.tell_people()
    return alice, bob


def share(bob, alice, *, kind="folder_shared", **facts):
    """Let bob share something with alice, as his services tell it."""
    facts = facts or {"user_id": str(alice.id), "role": "viewer"}
    services.record(kind, by=caller_for(bob).who, target=PHOTOS, owner_id=bob.id, audience=[alice.id], **facts)


def add(owner, *, by=None, folder_id=7, name="a.jpg"):
    """Put a file into a folder of somebody."""
    target, who = Target("file", uuid4(), name), by or Who(label="a link")
    services.tell("file_uploaded", by=who, target=target, owner_id=owner.id, folder_id=str(UUID(int=folder_id)))


def told(user, **page):
    return notifications.page(user.id, **page).items


def test_who_is_concerned_is_told_and_who_did_it_is_not(people):
    alice, bob = people
    share(bob, alice)
    telling.tell_people()

    (one,) = told(alice)
    assert (one.kind, one.actor, one.target, one.read) == (
        "folder_shared",
        "bob",
        Target("folder", str(UUID(int=9)), "Photos"),
        False,
    )
    assert told(bob) == []
    assert (notifications.count_unread(alice.id), notifications.count_unread(bob.id)) == (1, 0)


def test_a_worker_that_dies_in_between_tells_each_once(people, monkeypatch):
    alice, bob = people
    share(bob, alice)
    with monkeypatch.context() as dying:
        dying.setattr(telling, "_keep_the_newest", lambda _people: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            telling.tell_people()
    assert told(alice) == []

    telling.tell_people()
    telling.tell_people()

    assert len(told(alice)) == 1


def test_what_is_put_into_a_folder_within_an_hour_is_told_once_with_the_number(people):
    alice, bob = people
    for number in range(3):
        add(alice, by=caller_for(bob).who, name=f"{number}.jpg")
    telling.tell_people()
    add(alice, by=caller_for(bob).who)
    add(alice, by=caller_for(bob).who, folder_id=8)
    add(alice)
    telling.tell_people()

    assert [(one.actor, one.times, one.target.label) for one in told(alice)] == [
        ("a link", 1, "a.jpg"),
        ("bob", 1, "a.jpg"),
        ("bob", 4, "0.jpg"),
    ]


def test_what_comes_after_one_has_read_is_told_anew(people):
    alice, _ = people
    add(alice)
    telling.tell_people()
    notifications.mark_read(alice.id)
    add(alice)
    telling.tell_people()

    assert [(one.times, one.read) for one in told(alice)] == [(1, False), (1, True)]


def test_security_is_told_to_whoever_did_it_themselves(people):
    alice, _ = people
    services.record("key_made", by=caller_for(alice).who, owner_id=alice.id, scopes=["read"])
    telling.tell_people()

    assert [one.kind for one in told(alice)] == ["key_made"]
    assert Mail.objects.get(kind="notice").to == "alice@example.com"
    with pytest.raises(BadInput, match="always told"):
        preferences.choose(alice.id, {"security": {"by_mail": False}})


def test_each_notice_is_told_as_somebody_chose(people):
    alice, bob = people
    preferences.choose(alice.id, {"access": {"by_mail": True}, "added": {"on_page": False}})
    share(bob, alice, kind="folder_unshared")
    add(alice)
    add(alice)
    telling.tell_people()

    assert [one.kind for one in told(alice)] == ["folder_unshared"]
    assert [(mail.kind, mail.to) for mail in Mail.objects.all()] == [("notice", "alice@example.com")]


def test_mails_about_what_is_gathered_come_once_an_hour(people):
    alice, _ = people
    preferences.choose(alice.id, {"added": {"by_mail": True, "on_page": False}})
    for _round in range(2):
        add(alice)
        telling.tell_people()

    assert Mail.objects.filter(kind="notice").count() == 1


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"nothing": {"on_page": True}}, "nothing"),
        ({"shared": {"by_pigeon": True}}, "shared"),
        ({"shared": {"by_mail": "no"}}, "shared"),
        ({"shared": True}, "shared"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_name_and_changes_nothing(alice, wishes, field):
    with pytest.raises(BadInput) as refused:
        preferences.choose(alice.id, {"access": {"on_page": False}} | wishes)

    assert refused.value.facts["field"] == field
    assert not models.Preference.objects.exists()


def test_accounts_that_are_closed_or_suspended_are_told_nothing(people):
    alice, bob = people
    charlie = register("charlie")
    share(bob, alice)
    share(bob, charlie)
    User.objects.filter(id=charlie.id).update(is_active=False)
    alice_id = alice.id
    services.record("folder_shared", by=caller_for(bob).who, target=PHOTOS, audience=[uuid4()])
    telling.tell_people()

    assert list(models.Notification.objects.values_list("user_id", flat=True)) == [alice_id]


def test_what_an_erased_person_did_is_told_no_longer(people):
    alice, bob = people
    share(bob, alice)
    add(alice)
    telling.tell_people()
    services.erase_personal(bob.id)

    assert [one.actor for one in told(alice)] == ["a link"]


def test_old_ones_and_more_than_a_thousand_go(people, monkeypatch):
    monkeypatch.setattr(telling, "MOST", 3)
    alice, bob = people
    for _ in range(5):
        share(bob, alice)
    telling.tell_people()
    newest = [one.id for one in told(alice)]
    models.Notification.objects.filter(id=newest[-1]).update(created_at=timezone.now() - timedelta(days=91))
    notifications.prune(timedelta(days=90))

    assert len(newest) == 3
    assert [one.id for one in told(alice)] == newest[:2]


def test_nobody_crowds_out_what_one_was_told_of_the_safety_of_ones_account(people, monkeypatch):
    monkeypatch.setattr(telling, "MOST", 2)
    alice, bob = people
    services.record("key_made", by=caller_for(alice).who, target=Target("key", "1", "laptop"), owner_id=alice.id)
    for _ in range(4):
        share(bob, alice)
    telling.tell_people()

    assert [one.kind for one in told(alice)] == ["folder_shared", "folder_shared", "key_made"]


def test_only_ones_own_are_marked_as_read(people):
    alice, bob = people
    share(bob, alice)
    share(alice, bob)
    telling.tell_people()
    mine, other = told(alice)[0].id, told(bob)[0].id

    assert notifications.mark_read(alice.id, ids=[mine, other]) == 1
    assert [one.read for one in told(alice) + told(bob)] == [True, False]
    assert told(alice, unread=True) == []
