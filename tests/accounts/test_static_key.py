"""CLOUDBOX_BLOBS_TOKEN: an access key that the server's operator sets, of an account of its own."""

import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import services
from accounts.bearers import proven
from accounts.callers import Caller
from accounts.keys import STATIC, KeyBearer
from accounts.models import AccessKey, User
from accounts.refusals import TokenRefused, WrongCredentials
from accounts.services import keys
from tests.people import key_of, register
from tests.threads import at_once

pytestmark = pytest.mark.django_db
TOKEN = "76134SBNVDSDHGWF25462567523"  # the ancestor's
VISITOR = Caller.anonymous(address="198.51.100.8")
ME = "/api/v1/auth/profile"


@pytest.fixture
def start(settings):
    def start(token: str) -> None:
        settings.CLOUDBOX_BLOBS_TOKEN = token
        call_command("blobs_key")

    return start


def holder(client, token: str) -> str | None:
    answer = client.get(ME, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {200, 401}
    return answer.json()["username"] if answer.status_code == 200 else None


def test_the_operators_token_is_a_key_that_reads_and_writes(client, start):
    start(TOKEN)

    caller = proven(KeyBearer.of(TOKEN, VISITOR))

    assert holder(client, TOKEN) == "blobs"
    assert caller.limits is not None
    assert (sorted(caller.limits.scopes), caller.limits.folder_id) == (["read", "write"], None)
    assert client.get("/api/v1/store/folders", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_starting_again_changes_nothing(start):
    start(TOKEN)
    before = list(AccessKey.objects.values())

    start(TOKEN)

    assert list(AccessKey.objects.values()) == before
    assert User.objects.count() == 1


def test_a_new_token_takes_the_place_of_the_old_one_in_the_same_account(client, start):
    start(TOKEN)
    start("another.token-of/the+operator==")

    assert (holder(client, TOKEN), holder(client, "another.token-of/the+operator==")) == (None, "blobs")
    assert User.objects.count() == 1


def test_a_token_that_was_set_before_counts_again(client, start):
    start(TOKEN)
    start("another")
    start(TOKEN)

    assert (holder(client, TOKEN), holder(client, "another")) == ("blobs", None)


def test_without_the_setting_the_token_is_revoked(client, start):
    start(TOKEN)
    start("")

    with pytest.raises(TokenRefused):
        proven(KeyBearer.of(TOKEN, VISITOR))
    assert holder(client, TOKEN) is None


def test_an_operators_key_of_long_ago_still_names_its_account(client, start):
    start(TOKEN)
    start("")
    AccessKey.objects.update(revoked_at=timezone.now() - timedelta(days=1000))

    keys.forget()
    start("another")

    assert (holder(client, "another"), User.objects.count()) == ("blobs", 1)


def test_without_the_setting_there_is_no_such_account(start):
    start("")

    assert not User.objects.exists()


def test_the_keys_of_people_stay_as_they_are(client, alice, start):
    made = key_of(alice, "read")

    start(TOKEN)
    start("")

    assert holder(client, made.token) == "alice"
    assert not made.info.key_id.startswith(STATIC)


def test_nobody_signs_in_to_the_account_of_the_token(start):
    start(TOKEN)

    for password in ("", TOKEN, "blobs", "!"):
        with pytest.raises(WrongCredentials):
            services.sign_in(by=VISITOR, name="blobs", password=password)


def test_somebody_who_is_called_blobs_keeps_their_account_to_themselves(client, start):
    theirs = register("blobs")

    start(TOKEN)

    name = holder(client, TOKEN)
    assert name is not None
    assert name.startswith("blobs-")
    assert not AccessKey.objects.filter(user=theirs).exists()


@pytest.mark.django_db(transaction=True)
def test_servers_that_start_at_once_make_one_account_and_one_key():
    outcomes = at_once(4, lambda _: keys.set_static(TOKEN))

    assert outcomes == [None] * 4
    assert (User.objects.count(), AccessKey.objects.filter(revoked_at=None).count()) == (1, 1)


def test_the_token_is_neither_stored_nor_logged_nor_shown(client, start, caplog):
    caplog.set_level(logging.DEBUG)
    start(TOKEN)
    holder(client, TOKEN)

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            assert not [row for (row,) in cursor.fetchall() if TOKEN in row]
    assert TOKEN not in caplog.text
