"""A session is a family of refresh tokens of which one counts; ending it ends everything at once."""

from datetime import timedelta

import jwt
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts import services, tokens
from accounts.bearers import person_of
from accounts.callers import Caller
from accounts.models import Session, User
from accounts.refusals import TokenRefused
from accounts.sessions import SessionBearer
from activity.models import AuditEntry, Event
from cloudbox.errors import NotFound
from tests.people import PASSWORD, caller_for
from tests.people import signed_in as sign_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")
ME = "/api/v1/auth/profile"


@pytest.fixture
def signed_in(alice):
    return sign_in("alice")


def refresh(token: str) -> services.SignedIn:
    return services.refresh(by=VISITOR, token=token)


def works(client, access: str) -> bool:
    status = client.get(ME, headers={"Authorization": f"Bearer {access}"}).status_code
    assert status in {200, 401}
    return bool(status == 200)


# Refreshing


def test_a_refresh_token_brings_a_new_pair_of_the_same_session(client, signed_in):
    second = refresh(signed_in.refresh)

    assert tokens.read_access(second.access).session_id == tokens.read_access(signed_in.access).session_id
    assert second.refresh != signed_in.refresh
    assert works(client, second.access)


def test_a_refresh_token_is_good_once(signed_in):
    refresh(signed_in.refresh)

    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)


def test_a_copied_refresh_token_ends_the_session_of_thief_and_owner(client, signed_in):
    stolen = refresh(signed_in.refresh)

    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)

    assert not works(client, stolen.access)
    assert not works(client, signed_in.access)
    with pytest.raises(TokenRefused):
        refresh(stolen.refresh)
    assert AuditEntry.objects.filter(verb="refresh_token_reused").count() == 1


def test_a_copied_token_does_not_touch_the_other_sessions(client, alice, signed_in):
    other = sign_in("alice")
    refresh(signed_in.refresh)

    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)

    assert works(client, other.access)


@pytest.mark.django_db(transaction=True)
def test_of_eight_parallel_refreshes_exactly_one_wins(alice):
    pair = sign_in("alice")

    outcomes = at_once(8, lambda _: refresh(pair.refresh))

    assert sum(isinstance(outcome, services.SignedIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, TokenRefused) for outcome in outcomes) == 7


def test_the_refresh_token_of_a_deleted_user_is_refused_not_an_error(alice, signed_in):
    Session.objects.filter(user=alice).delete()

    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)


def test_a_session_that_was_not_refreshed_for_a_month_is_over(client, signed_in):
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert not works(client, signed_in.access)
    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)


def test_refreshing_keeps_a_session_alive_for_another_month(signed_in):
    Session.objects.update(expires_at=timezone.now() + timedelta(minutes=1))

    refresh(signed_in.refresh)

    assert Session.objects.get().expires_at > timezone.now() + timedelta(days=29)


def test_refreshing_takes_few_queries(signed_in, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):  # two of them the savepoint of this test's transaction
        refresh(signed_in.refresh)


# Authenticating


def test_authenticating_takes_one_query(alice, signed_in, django_assert_num_queries):
    alice.groups.set(Group.objects.bulk_create([Group(name="a"), Group(name="b")]))
    claims = tokens.read_access(signed_in.access)

    with django_assert_num_queries(1):
        person = person_of(SessionBearer(VISITOR, claims))

    assert person is not None
    assert (person.username, len(person.groups)) == ("alice", 2)


# Ending


def test_logging_out_ends_the_session_at_once(client, signed_in):
    answer = client.post(
        "/api/v1/auth/logout", {}, "application/json", headers={"Authorization": f"Bearer {signed_in.access}"}
    )

    assert answer.status_code == 204
    assert not works(client, signed_in.access)
    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)


def test_a_refresh_token_can_end_its_session_when_the_access_token_has_expired(client, signed_in):
    answer = client.post("/api/v1/auth/logout", {"refresh": signed_in.refresh}, content_type="application/json")

    assert answer.status_code == 204
    assert not works(client, signed_in.access)


def test_nobody_ends_somebody_elses_session(client, signed_in, bob):
    session_id = tokens.read_access(signed_in.access).session_id

    with pytest.raises(NotFound):
        services.end_session(by=caller_for(bob), session_id=session_id)

    assert works(client, signed_in.access)


def test_a_suspension_ends_every_token_at_once_and_for_good(client, alice, staff, signed_in):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    assert not works(client, signed_in.access)
    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)

    services.resume(by=caller_for(staff), user_id=alice.id)
    assert not works(client, signed_in.access)


def test_an_account_that_is_not_active_has_no_good_tokens(client, alice, signed_in):
    User.objects.filter(id=alice.id).update(is_active=False)

    assert not works(client, signed_in.access)
    with pytest.raises(TokenRefused):
        refresh(signed_in.refresh)


def test_a_token_of_one_user_does_not_work_with_the_session_of_another(client, alice, bob, signed_in):
    bobs = sign_in("bob")
    claims = jwt.decode(bobs.access, settings.JWT_SIGNING_KEY, algorithms=["HS256"], audience="client")
    mixed = claims | {"sub": str(alice.id)}

    assert not works(client, jwt.encode(mixed, settings.JWT_SIGNING_KEY, algorithm="HS256"))


def test_sessions_that_ended_are_forgotten_after_a_while(alice, signed_in):
    sign_in("alice")
    first, second = Session.objects.order_by("id")
    Session.objects.filter(id=first.id).update(revoked_at=timezone.now() - timedelta(days=8))

    services.forget_sessions()

    assert list(Session.objects.all()) == [second]


# What is kept


def test_no_token_is_ever_stored(alice, signed_in):
    refresh(signed_in.refresh)
    pieces = [signed_in.access.split(".")[2], signed_in.refresh.split(".")[2]]

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            assert not [row for (row,) in cursor.fetchall() if any(piece in row for piece in pieces)]


def test_simplejwts_own_tables_are_not_installed():
    assert not apps.is_installed("rest_framework_simplejwt.token_blacklist")


# Listing


def test_people_see_where_they_are_signed_in(alice, bob, signed_in):
    sign_in("bob")
    session_id = tokens.read_access(signed_in.access).session_id
    me = Caller(user_id=alice.id, username="alice", session_id=session_id)

    page = services.sessions_of(by=me)

    assert [(item.id, item.address, item.agent, item.current) for item in page.items] == [
        (session_id, "198.51.100.7", "curl/8", True)
    ]


def test_many_sessions_come_in_pages(alice):
    for _ in range(5):
        sign_in("alice")
    first = services.sessions_of(by=caller_for(alice), limit=3)

    second = services.sessions_of(by=caller_for(alice), limit=3, cursor=first.next)

    assert (len(first.items), len(second.items), second.next) == (3, 2, None)
    assert len({item.id for item in [*first.items, *second.items]}) == 5


def test_a_program_that_was_not_used_of_late_is_told_whatever_its_version(alice):
    for agent in ("Firefox/138.0", "Firefox/139.1", "curl/8"):
        services.sign_in(by=Caller.anonymous(agent=agent), name="alice", password=PASSWORD)

    told = Event.objects.filter(kind="signed_in").order_by("id")
    assert [event.data["facts"]["new_program"] for event in told] == [False, False, True]
