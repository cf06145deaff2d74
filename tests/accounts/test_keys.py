"""Access keys: who makes them, who ends them, and what is kept and told of them."""

import json
import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services, sessions
from accounts.callers import Caller, Limits
from accounts.keys import KeyBearer
from accounts.models import AccessKey
from accounts.refusals import TokenRefused
from accounts.services import keys
from activity.models import AuditEntry, Event
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound
from tests.accounts.holders import ME, VISITOR, asked, basic, counts
from tests.people import caller_for, key_of, with_key
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def test_a_token_is_made_of_the_key_id_and_the_secret(alice):
    made = key_of(alice, "read")

    assert made.token == f"cb_{made.info.key_id}_{made.secret}"
    assert (len(made.info.key_id), len(made.secret)) == (20, 40)
    assert made.info.key_id.isascii()
    assert made.info.key_id.isalnum()
    assert made.info.key_id.isupper()
    assert made.secret.isalnum()


def test_a_key_is_its_user_within_its_limits(alice):
    team = alice.groups.create(name="team:1")
    made = key_of(alice, "read", "write")

    caller = asked(made.token)

    assert (caller.user_id, caller.username, caller.groups) == (alice.id, "alice", (team.id,))
    assert caller.limits == Limits(key_id=made.info.key_id, scopes=frozenset({"read", "write"}))
    assert (caller.address, caller.agent, caller.session_id) == ("198.51.100.8", "a program", None)


def test_a_key_makes_nobody_one_of_the_staff(staff):
    caller = with_key(staff, "read", "write", "delete", "share", "documents")

    assert not caller.is_staff
    with pytest.raises(AccessDenied):
        services.suspend(by=caller, user_id=uuid4())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["read", "own"]}, "scopes"),
        ({"scopes": ["READ"]}, "scopes"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
        ({"folder_id": uuid4()}, "folder"),
    ],
)
def test_what_a_key_cannot_be_is_refused_by_name(alice, wrong, field):
    with pytest.raises(BadInput) as refused:
        keys.make(by=caller_for(alice), **({"name": "backup", "scopes": ["read"]} | wrong))

    assert refused.value.field == field
    assert not AccessKey.objects.exists()


def test_scopes_count_once_and_are_shown_in_one_order(alice):
    assert key_of(alice, "share", "read", "read").info.scopes == ["read", "share"]


def test_a_hundred_living_keys_are_enough_for_anybody(alice, bob, monkeypatch):
    monkeypatch.setattr(keys, "MOST_LIVING", 2)
    first, _ = key_of(alice, "read"), key_of(alice, "read")

    with pytest.raises(Conflict):
        key_of(alice, "read")
    key_of(bob, "read")
    keys.revoke(by=caller_for(alice), key_id=first.info.id)

    assert key_of(alice, "read")


@pytest.mark.django_db(transaction=True)
def test_of_keys_made_at_once_no_more_live_than_may(alice, monkeypatch):
    monkeypatch.setattr(keys, "MOST_LIVING", 3)

    outcomes = at_once(6, lambda _: key_of(alice, "read"))

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    assert AccessKey.objects.count() == 3


def test_the_anonymous_have_no_keys():
    with pytest.raises(NotAuthenticated):
        keys.make(by=VISITOR, name="x", scopes=["read"])
    with pytest.raises(NotAuthenticated):
        keys.page(by=VISITOR)


def test_people_see_their_own_keys_newest_first_in_pages(alice, bob):
    made = [key_of(alice, "read").info for _ in range(3)]
    key_of(bob, "read")

    first = keys.page(by=caller_for(alice), limit=2)
    second = keys.page(by=caller_for(alice), limit=2, cursor=first.next)

    assert [*first.items, *second.items] == made[::-1]
    assert second.next is None


def test_a_page_of_keys_is_one_query(alice, django_assert_num_queries):
    for _ in range(5):
        key_of(alice, "read")
    me = caller_for(alice)

    with django_assert_num_queries(1):
        keys.page(by=me)


def test_nobody_reads_or_revokes_somebody_elses_key(client, alice, bob):
    made = key_of(alice, "read")

    for act in (keys.get, keys.revoke):
        with pytest.raises(NotFound):
            act(by=caller_for(bob), key_id=made.info.id)
    assert counts(client, made.token)


def test_a_revoked_key_is_worth_nothing_at_once_and_its_secret_is_forgotten(client, alice):
    made = key_of(alice, "read")
    assert counts(client, made.token)

    keys.revoke(by=caller_for(alice), key_id=made.info.id)

    assert not counts(client, made.token)
    assert AccessKey.objects.get().sealed_secret == ""
    assert keys.page(by=caller_for(alice)).items == []
    for act in (keys.get, keys.revoke):
        with pytest.raises(NotFound):
            act(by=caller_for(alice), key_id=made.info.id)


def test_all_keys_of_somebody_can_be_ended_at_once(client, alice, bob):
    tokens_of_alice = [key_of(alice, "read").token for _ in range(2)]
    other = key_of(bob, "read")

    assert keys.revoke_all(by=caller_for(alice).who, user_id=alice.id) == 2

    assert not any(counts(client, token) for token in tokens_of_alice)
    assert counts(client, other.token)


@pytest.mark.parametrize(
    ("role", "may"), [("support", True), ("superuser", True), ("finance", False), ("operator", False)]
)
def test_of_the_staff_those_who_look_after_accounts_revoke_keys(client, alice, role, may):
    made, by = key_of(alice, "read"), Caller(user_id=uuid4(), username="dora", staff_role=role)

    if may:
        keys.revoke_for(by=by, key_id=made.info.id)
    else:
        with pytest.raises(AccessDenied):
            keys.revoke_for(by=by, key_id=made.info.id)

    assert counts(client, made.token) is not may


def test_keys_that_ended_are_forgotten_after_a_while(alice):
    revoked, expired, young, living = (key_of(alice, "read").info.id for _ in range(4))
    long_ago = timezone.now() - timedelta(days=91)
    AccessKey.objects.filter(id=revoked).update(revoked_at=long_ago)
    AccessKey.objects.filter(id=expired).update(expires_at=long_ago)
    AccessKey.objects.filter(id=young).update(revoked_at=timezone.now())

    assert keys.forget() == 2

    assert set(AccessKey.objects.values_list("id", flat=True)) == {young, living}


def test_the_staff_revoke_anybodys_key_and_others_do_not(client, alice, bob, staff):
    made = key_of(alice, "read")

    with pytest.raises(AccessDenied):
        keys.revoke_for(by=caller_for(bob), key_id=made.info.id)
    keys.revoke_for(by=caller_for(staff), key_id=made.info.id)

    assert not counts(client, made.token)


def test_no_token_or_secret_is_ever_stored_or_logged(client, alice, caplog):
    caplog.set_level(logging.DEBUG)
    made = key_of(alice, "read", "share")
    counts(client, made.token)
    client.get(ME, headers={"Authorization": basic(made.info.key_id, made.secret)})
    keys.revoke(by=caller_for(alice), key_id=made.info.id)

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            assert not [row for (row,) in cursor.fetchall() if made.secret in row]
    assert made.secret not in caplog.text
    assert made.secret not in repr(KeyBearer.of(made.token, VISITOR))


def test_making_and_revoking_is_recorded_without_the_secret(alice):
    made = key_of(alice, "read")
    keys.revoke(by=caller_for(alice), key_id=made.info.id)

    entries = list(AuditEntry.objects.filter(target_kind="key").order_by("id"))

    assert [entry.verb for entry in entries] == ["key_made", "key_revoked"]
    assert {entry.target_label for entry in entries} == {f"a program ({made.info.key_id})"}
    told = json.dumps([entry.facts for entry in entries]) + json.dumps(
        list(Event.objects.values_list("data", flat=True))
    )
    assert made.secret not in told


def test_the_audit_log_names_the_key_that_did_it(alice):
    made = key_of(alice, "read")

    assert asked(made.token).who.label == f"alice (key {made.info.key_id})"


def test_a_session_is_no_key(client, alice):
    _, pair = sessions.begin(alice, address="", agent="")

    assert counts(client, pair.access)
    with pytest.raises(TokenRefused):
        asked(pair.access)
