"""Access keys in use: when they count, how they are sent, and what they are not enough for."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from accounts import keys as tokens
from accounts import services
from accounts.models import AccessKey, User
from accounts.refusals import KeyNotEnough
from accounts.services import keys
from activity.models import AuditEntry
from tests.accounts.holders import ME, asked, basic, counts
from tests.people import caller_for, key_of, with_key
from tests.threads import at_once

pytestmark = pytest.mark.django_db


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
