"""Signing in with somebody else's word: who somebody is, and what of them is taken over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts import services
from accounts.callers import SYSTEM
from accounts.models import Session, User
from accounts.refusals import AccountSuspended, RegistrationClosed
from accounts.services import identities
from activity.models import AuditEntry, Mail
from tests.accounts.oauth.conftest import VISITOR
from tests.people import caller_for, register
from tests.providers import BACK, Somebody

PROVIDERS = ["github", "google", "staff-id"]
OCTOCAT = Somebody("583231", "octocat", "octocat@example.net", name="Mona Lisa Octocat")


def rows() -> tuple[int, int, int]:
    """Count the accounts, their identities and their sessions."""
    return User.objects.count(), User.objects.filter(social_auth__isnull=False).count(), Session.objects.count()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_first_time_makes_an_account_and_the_second_signs_in_to_it(signs_in, provider):
    first, second = signs_in(provider), signs_in(provider)

    user = User.objects.get()
    assert (first.user_id, second.user_id, first.username) == (user.id, user.id, "octocat")
    assert not user.has_usable_password()
    assert (user.email, user.email_verified_at is not None) == ("octocat@example.net", True)
    assert services.usage(by=caller_for(user)).space.used == 0


def test_a_new_account_is_greeted_at_its_verified_address_and_asked_for_nothing(signs_in):
    signs_in("github")

    [mail] = Mail.objects.filter(to="octocat@example.net")
    assert (mail.kind, "/email/verify/" in mail.text) == ("welcome", False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_names_are_taken_over(signs_in, provider):
    signs_in(provider, who=OCTOCAT)

    user = User.objects.get()
    assert (user.first_name, user.last_name) == ("Mona", "Lisa Octocat")


def test_one_id_at_two_providers_is_two_people(signs_in):
    assert signs_in("github").user_id != signs_in("google").user_id


@pytest.mark.parametrize("verified", [False, "true", None, 1])
@pytest.mark.parametrize("provider", ["github", "staff-id"])
def test_an_address_that_the_provider_has_not_verified_is_not_taken_over(signs_in, provider, verified):
    signs_in(provider, who=Somebody("7", "mallory", "alice@example.com", verified=verified))

    user = User.objects.get()
    assert (user.email, user.email_verified_at) == (None, None)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_address_that_somebody_here_has_leads_nobody_into_their_account(signs_in, alice, provider):
    signed_in = signs_in(provider, who=Somebody("7", "mallory", "ALICE@example.com"))

    assert signed_in.user_id != alice.id
    assert User.objects.get(id=signed_in.user_id).email is None
    alice.refresh_from_db()
    assert (alice.email, alice.email_verified_at, alice.social_auth.count()) == ("alice@example.com", None, 0)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_address_that_changes_at_the_provider_changes_nothing_here(signs_in, alice, provider):
    first = signs_in(provider)
    second = signs_in(provider, who=Somebody("583231", "renamed", "alice@example.com"))

    user = User.objects.get(id=first.user_id)
    assert second.user_id == user.id
    assert (user.username, user.email) == ("octocat", "octocat@example.net")


def test_an_address_given_to_somebody_else_at_the_provider_does_not_bring_the_account(signs_in):
    first = signs_in(who=Somebody("1", "old", "shared@example.net"))
    second = signs_in(who=Somebody("2", "new", "shared@example.net"))

    assert first.user_id != second.user_id


def test_nothing_of_the_provider_but_the_id_and_the_name_there_is_kept(signs_in, providers):
    signs_in("github")

    identity = User.objects.get().social_auth.get()
    assert (identity.provider, identity.uid, identity.id_key) == ("github", "583231", "id")
    assert identity.extra_data == {"login": "octocat"}
    with connection.cursor() as cursor:
        for table in ("nonce", "association", "code", "partial"):
            cursor.execute(f"SELECT count(*) FROM social_auth_{table}")
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_name_that_is_taken_gets_a_number(signs_in, provider):
    register("octocat")

    signed_in = signs_in(provider)

    assert signed_in.username.startswith("octocat-")


@pytest.mark.parametrize(
    ("login", "name", "username"),
    [
        ("mona@home", "", "monahome"),
        ("<script>", "", "script"),
        ("\u202e\u200b", "Mona Lisa", "Mona"),
        ("\u0000", "", "staff-id"),
        ("x" * 150, "", "x" * 100),
        ("x" * 151, "", "staff-id"),
        ("  a   b ", "", "a b"),
        (None, None, "staff-id"),
        (["a"], {"b": 1}, "staff-id"),
        ("Żółw", "", "Żółw"),
    ],
)
def test_whatever_somebody_is_called_there_becomes_a_username(signs_in, login, name, username):
    assert signs_in("staff-id", who=Somebody("9", login, name=name)).username == username


def test_an_address_that_is_none_is_left_out(signs_in):
    signs_in("staff-id", who=Somebody("9", "mona", "not an address"))

    assert User.objects.get().email is None


def test_a_suspended_account_is_refused(signs_in):
    user_id = signs_in().user_id
    services.suspend(by=SYSTEM, user_id=user_id)
    before = rows()

    with pytest.raises(AccountSuspended):
        signs_in()
    assert rows() == before


def test_where_registration_is_closed_only_those_sign_in_who_have_an_account(signs_in, settings):
    settings.CLOUDBOX_REGISTRATION = "open"
    known = signs_in(who=Somebody("1", "known")).user_id
    settings.CLOUDBOX_REGISTRATION = "closed"

    assert signs_in(who=Somebody("1", "known")).user_id == known
    with pytest.raises(RegistrationClosed):
        signs_in(who=Somebody("2", "stranger"))
    assert User.objects.count() == 1


def test_both_the_account_and_the_identity_are_recorded_as_the_users_own_doing(signs_in):
    user_id = signs_in().user_id

    entries = AuditEntry.objects.filter(actor_id=user_id, owner_id=user_id).order_by("id")
    assert list(entries.values_list("verb", "target_kind")) == [
        ("registered", "user"),
        ("identity_linked", "identity"),
        ("signed_in", "user"),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_parallel_first_times_one_makes_the_account_and_all_sign_in_to_it(providers):
    def come_back(answer):
        try:
            return identities.finish(by=VISITOR, provider="github", redirect_uri=BACK, **answer)
        finally:
            connection.close()

    started = [identities.start(by=VISITOR, provider="github", redirect_uri=BACK) for _ in range(6)]
    answers = [providers.visit(one.url) for one in started]
    with ThreadPoolExecutor(6) as pool:
        signed_in = list(pool.map(come_back, answers))

    assert len({one.user_id for one in signed_in}) == 1
    assert (User.objects.count(), User.objects.get().social_auth.count()) == (1, 1)
