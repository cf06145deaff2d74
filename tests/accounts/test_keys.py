"""Access keys: who makes them, what they are, and when they count."""

import base64
import json
import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from accounts import keys as tokens
from accounts import services, sessions
from accounts.bearers import proven
from accounts.callers import Caller, Limits
from accounts.keys import KeyBearer
from accounts.models import AccessKey, User
from accounts.refusals import KeyNotEnough, TokenRefused
from accounts.services import keys
from activity.models import AuditEntry, Event
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound
from tests.people import caller_for, key_of, with_key
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VISITOR = Caller.anonymous(address="198.51.100.8", agent="a program")
ME = "/api/v1/auth/profile"


def asked(token: str) -> Caller:
    return proven(KeyBearer.of(token, VISITOR))


def counts(client, token: str) -> bool:
    status = client.get(ME, headers={"Authorization": f"Bearer {token}"}).status_code
    assert status in {200, 401}
    return bool(status == 200)


# Making


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


# Listing and revoking


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


# When they count


def test_an_expired_key_is_refused(client, alice):
    made = keys.make(by=caller_for(alice), name="x", scopes=["read"], expires_at=timezone.now() + timedelta(hours=1))
    assert counts(client, made.token)

    AccessKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert not counts(client, made.token)


def test_a_suspension_stops_keys_and_a_resumption_lets_them_go_on(client, alice, staff):
    made = key_of(alice, "read")

    services.suspend(by=caller_for(staff), user_id=alice.id)
    stopped = counts(client, made.token)
    services.resume(by=caller_for(staff), user_id=alice.id)

    assert (stopped, counts(client, made.token)) == (False, True)


def test_an_account_that_is_not_active_has_no_good_keys(client, alice):
    made = key_of(alice, "read")
    User.objects.update(is_active=False)

    assert not counts(client, made.token)


def test_a_key_is_looked_up_in_one_query_by_its_hash(alice, django_assert_num_queries):
    made = key_of(alice, "read")
    asked(made.token)

    with django_assert_num_queries(1):
        asked(made.token)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {tokens.WHO}", {"token_hash": tokens.hash_of(made.token)})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "accounts_accesskey_token_hash" in plan


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "a", lambda t: t.swapcase(), lambda t: t[3:], str.lower]
)
def test_a_token_that_is_not_quite_right_is_refused(client, alice, change):
    token = change(key_of(alice, "read").token)

    assert not counts(client, token)


def test_neither_the_hash_nor_the_secret_alone_is_a_token(client, alice):
    made = key_of(alice, "read")
    row = AccessKey.objects.get()

    for text in (row.token_hash, row.sealed_secret, made.secret, made.info.key_id, f"cb_{made.info.key_id}_"):
        assert not counts(client, text)


@pytest.mark.parametrize("blobs_token", ["", "an-operators-token"])
def test_no_secret_of_the_server_is_a_token(client, alice, settings, blobs_token):
    settings.CLOUDBOX_BLOBS_TOKEN = blobs_token

    for secret in (configured.SECRET_KEY, configured.JWT_SIGNING_KEY):
        assert not counts(client, secret)


# How they are sent


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        lambda made: {"Authorization": f"Bearer {made.token}"},
        lambda made: {"Authorization": f"bearer {made.token}"},
        lambda made: {"Authorization": f"token {made.token}"},
        lambda made: {"If-Match": f"token {made.token}"},
        lambda made: {"Authorization": basic("alice", made.token)},
        lambda made: {"Authorization": basic("", made.token)},
        lambda made: {"Authorization": basic(made.info.key_id, made.secret)},
        lambda made: {"Authorization": basic(made.info.key_id, made.token)},
        lambda made: {"Authorization": basic("a", made.token).replace("Basic", "bASIC")},
    ],
)
def test_a_key_is_taken_wherever_clients_can_put_it(client, alice, headers):
    assert client.get(ME, headers=headers(key_of(alice, "read"))).json()["username"] == "alice"


@pytest.mark.parametrize(
    "header",
    [
        lambda _: basic("alice", "three tame otters"),
        lambda made: basic("alice", made.secret),
        lambda made: basic(made.info.key_id, "x"),
        lambda made: basic(made.token, ""),
        lambda made: "Basic " + base64.b64encode(made.token.encode()).decode(),
        lambda made: f"Basic {made.token}",
        lambda _: "Basic \u00fc",
        lambda _: "Basic",
        lambda made: f"Digest {made.token}",
        lambda made: f"Key {made.token}",
    ],
)
def test_whatever_else_is_sent_is_no_key(client, alice, header):
    answer = client.get(ME, headers={"Authorization": header(key_of(alice, "read"))})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="CloudBox"')


def test_a_key_in_the_address_is_none(client, alice):
    assert client.get(f"{ME}?token={key_of(alice, 'read').token}").status_code == 401


def test_a_key_refreshes_nothing(client, alice):
    headers = {"Authorization": f"Bearer {key_of(alice, 'read').token}"}

    assert client.get("/api/v1/auth/token/refresh", headers=headers).status_code == 401


# When they were used


def test_the_use_of_a_key_is_noted_every_five_minutes(alice, django_assert_num_queries):
    made = key_of(alice, "read")
    asked(made.token)
    first = keys.get(by=caller_for(alice), key_id=made.info.id)
    with django_assert_num_queries(1):
        asked(made.token)
    AccessKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=6))

    asked(made.token)

    assert (first.last_used_from, first.last_used_at is None) == ("198.51.100.8", False)
    assert AccessKey.objects.filter(last_used_at__gt=timezone.now() - timedelta(minutes=1)).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_to_note_that_a_key_is_used(alice):
    made = key_of(alice, "read")

    def use_while_locked(number: int) -> object:
        return asked(made.token).user_id

    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM accounts_accesskey FOR UPDATE")
        try:
            used = at_once(4, use_while_locked)
        finally:
            cursor.execute("ROLLBACK")

    assert used == [alice.id] * 4
    assert AccessKey.objects.get().last_used_at is None


# What only people do


IN_PERSON = {
    "make a key": lambda by: keys.make(by=by, name="another", scopes=["read"]),
    "list keys": lambda by: keys.page(by=by),
    "read a key": lambda by: keys.get(by=by, key_id=uuid4()),
    "revoke a key": lambda by: keys.revoke(by=by, key_id=uuid4()),
    "change the profile": lambda by: services.change_profile(by=by, changes={"country": "Chile"}),
    "change the password": lambda by: services.change_password(by=by, current="three tame otters", new="x" * 20),
    "list sessions": lambda by: services.sessions_of(by=by),
    "end a session": lambda by: services.end_session(by=by, session_id=uuid4()),
    "sign out": lambda by: services.sign_out(by=by),
    "register somebody": lambda by: services.register(by=by, username="eve", password="three tame otters"),
}


@pytest.mark.parametrize("act", IN_PERSON.values(), ids=IN_PERSON.keys())
def test_a_key_does_not_decide_who_uses_the_account(alice, act):
    by = with_key(alice, *AccessKey.Scope.values)
    entries = AuditEntry.objects.count()

    with pytest.raises(KeyNotEnough):
        act(by)

    assert AuditEntry.objects.count() == entries
    assert (AccessKey.objects.count(), User.objects.count()) == (1, 1)


def test_a_key_that_may_read_everything_reads_profile_and_usage(alice):
    by = with_key(alice, "read")

    assert services.profile(by=by).username == "alice"
    assert services.usage(by=by).space.used == 0


@pytest.mark.parametrize("scopes", [["write", "delete", "share"], ["documents"]])
def test_a_key_that_may_not_read_reads_neither_profile_nor_usage(alice, scopes):
    by = with_key(alice, *scopes)

    for read in (services.profile, services.usage, services.picture_of):
        with pytest.raises(KeyNotEnough) as refused:
            read(by=by)
        assert refused.value.facts == {"missing": ["read"]}


# What is kept, and told


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
