"""A lost password: one link, once, for an hour, and whatever was signed in is out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import limiter, services, sessions, tasks, tickets
from accounts.callers import Caller
from accounts.models import Ticket, User
from accounts.refusals import LinkRefused, WrongCredentials
from accounts.services import recovery
from accounts.tickets import Purpose
from activity.models import AuditEntry, Mail
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound, TooManyRequests
from tests.accounts.authenticator import set_up
from tests.accounts.mailbox import mails_to, secret_to
from tests.people import PASSWORD, caller_for, client_for, key_of, register, signed_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db

VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")
NEW = "four tame otters"


def lose(user: User) -> str:
    """Ask for a link in the name of the user, and return its secret."""
    address = user.email or ""
    tasks.send_reset(address, "198.51.100.7", "curl/8")
    return secret_to(address)


def reset(secret: str, password: str = NEW) -> None:
    recovery.reset_password(by=VISITOR, secret=secret, password=password)


def test_the_link_sets_a_new_password(alice):
    reset(lose(alice))

    assert signed_in("alice", NEW).user_id == alice.id
    with pytest.raises(WrongCredentials):
        signed_in("alice", PASSWORD)


def test_the_owner_is_told_that_the_password_was_reset(alice):
    reset(lose(alice))

    assert mails_to(alice.email) == ["reset_password", "password_changed"]


def test_asking_and_resetting_are_recorded_with_the_address_they_came_from(alice):
    reset(lose(alice))

    asked, done = AuditEntry.objects.filter(verb__startswith="password_reset").order_by("id")
    assert (asked.verb, asked.actor_id, asked.owner_id, asked.address) == (
        "password_reset_requested",
        None,
        alice.id,
        "198.51.100.7",
    )
    assert (done.verb, done.actor_id, done.address) == ("password_reset", alice.id, "198.51.100.7")


def test_whatever_was_signed_in_is_out(alice, client):
    phone, pair = client_for(alice), signed_in("alice")
    client.force_login(alice)
    headers = {"Authorization": f"Bearer {key_of(alice, 'read').token}"}
    assert client.get("/api/v1/auth/profile", headers=headers).status_code == 200

    reset(lose(alice))

    assert phone.get("/api/v1/auth/profile").status_code == 401
    assert client.get("/api/v1/auth/profile").status_code == 401
    with pytest.raises(NotAuthenticated):
        services.refresh(by=VISITOR, token=pair.refresh)
    assert client.get("/api/v1/auth/profile", headers=headers).status_code == 401


def test_the_second_factor_stays(alice):
    set_up(alice)

    reset(lose(alice))

    begun = services.sign_in(by=VISITOR, name="alice", password=NEW)
    assert isinstance(begun, services.Challenge)


def test_who_guessed_too_often_signs_in_with_the_new_password_at_once(alice):
    for _ in range(limiter.ONE_AT_ONE.free):
        with pytest.raises(WrongCredentials):
            signed_in("alice", "not this one")
    with pytest.raises(TooManyRequests):
        signed_in("alice")

    reset(lose(alice))

    assert signed_in("alice", NEW)


def test_a_link_is_good_once(alice):
    secret = lose(alice)
    reset(secret)

    with pytest.raises(LinkRefused):
        reset(secret, "five tame otters")

    assert signed_in("alice", NEW)


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_a_link_one_wins(alice):
    secret = lose(alice)

    outcomes = at_once(6, lambda number: reset(secret, f"{number} tame otters here"))

    assert sum(isinstance(outcome, LinkRefused) for outcome in outcomes) == 5
    assert AuditEntry.objects.filter(verb="password_reset").count() == 1


def test_a_link_expires_after_an_hour(alice):
    secret = lose(alice)
    Ticket.objects.update(expires_at=timezone.now())

    with pytest.raises(LinkRefused):
        reset(secret)

    assert tickets.LIFETIMES[Purpose.RESET_PASSWORD] == timedelta(hours=1)


def test_a_newer_link_ends_the_older_one(alice):
    older = lose(alice)
    newer = lose(alice)

    with pytest.raises(LinkRefused):
        reset(older)
    reset(newer)


@pytest.mark.django_db(transaction=True)
def test_of_links_that_are_made_at_once_one_is_good(alice):
    at_once(4, lambda _: tasks.send_reset(alice.email, "198.51.100.7", ""))

    assert Ticket.objects.filter(used_at=None).count() == 1


def test_a_new_password_ends_the_link(alice):
    secret = lose(alice)
    services.change_password(by=caller_for(alice), current=PASSWORD, new=NEW)

    with pytest.raises(LinkRefused):
        reset(secret)


def test_a_password_that_cannot_be_leaves_the_link_good(alice):
    secret = lose(alice)

    with pytest.raises(BadInput) as refused:
        reset(secret, "short")

    assert refused.value.field == "password"
    reset(secret)


def test_looking_at_a_link_does_not_use_it(alice):
    secret = lose(alice)

    recovery.may_reset(secret)
    recovery.may_reset(secret)

    reset(secret)


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 10_000, "\0", "\ud800", "é"], ids=ascii)
def test_what_is_no_secret_is_refused(alice, secret):
    lose(alice)

    with pytest.raises(LinkRefused):
        reset(secret)


def test_a_link_of_the_other_purpose_does_not_count(alice):
    with_mail = tickets.make(alice.id, Purpose.VERIFY_EMAIL, email="alice@example.com").rpartition("/")[2]

    with pytest.raises(LinkRefused):
        reset(with_mail)


def test_only_the_hash_of_a_secret_is_kept(alice):
    secret = lose(alice)

    assert secret not in str(Ticket.objects.values())
    assert secret not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    "changes", [{"suspended_at": timezone.now()}, {"is_active": False}], ids=["suspended", "closed"]
)
def test_who_may_not_sign_in_gets_no_link_and_uses_none(alice, changes):
    secret = lose(alice)
    Mail.objects.all().delete()
    User.objects.filter(id=alice.id).update(**changes)

    tasks.send_reset(alice.email, "198.51.100.7", "")

    assert mails_to(alice.email) == []
    with pytest.raises(LinkRefused):
        reset(secret)


def test_an_address_of_nobody_gets_nothing(alice):
    tasks.send_reset("nobody@example.com", "198.51.100.7", "")

    assert not Mail.objects.exists()
    assert not Ticket.objects.exists()


def test_the_address_is_found_in_any_case(alice):
    tasks.send_reset("ALICE@Example.com", "198.51.100.7", "")

    assert mails_to(alice.email) == ["reset_password"]


def test_a_mailbox_is_not_flooded(alice):
    for _ in range(8):
        tasks.send_reset(alice.email, "198.51.100.7", "")

    assert len(mails_to(alice.email)) == tickets.MOST_IN_AN_HOUR
    reset(secret_to(alice.email))  # the last of them is good, whoever asked for it


def test_a_security_answer_is_no_way_in(alice):
    services.change_profile(by=caller_for(alice), changes={"security_quest": "Pet?", "security_ans": "Rex"})

    with pytest.raises(WrongCredentials):
        signed_in("alice", "Rex")
    with pytest.raises(LinkRefused):
        reset("Rex")


# Asking


def test_asking_asks_the_database_nothing_whoever_it_is_about(alice, django_assert_num_queries):
    for email in (alice.email, "nobody@example.com"):
        with django_assert_num_queries(0):
            recovery.request_reset(by=VISITOR, email=email)


def test_asking_is_limited_alike_for_known_and_unknown_addresses(alice):
    def asked(email):
        tries = 0
        while tries < 20:
            try:
                recovery.request_reset(by=VISITOR, email=email)
            except TooManyRequests:
                return tries
            tries += 1
        return tries

    assert asked(alice.email) == asked("nobody@example.com") == limiter.ONE_AT_ONE.free


def test_asking_often_does_not_hold_up_signing_in(alice):
    for _ in range(limiter.ONE_AT_ONE.free):
        recovery.request_reset(by=VISITOR, email=alice.email)

    assert signed_in("alice")


# Accounts whose address was never confirmed


def test_a_reset_confirms_the_address_and_unlinks_what_a_stranger_linked(alice):
    alice.social_auth.create(provider="github", uid="of a stranger")

    reset(lose(alice))

    alice.refresh_from_db()
    assert alice.email_verified_at
    assert not alice.social_auth.exists()


def test_a_reset_unlinks_what_was_linked_before_the_address_was_known_and_nothing_else(alice):
    """A stranger registers an address and links themselves; its owner follows the first link without a thought."""
    alice.social_auth.create(provider="github", uid="of a stranger")
    recovery.send_verification(by=caller_for(alice))
    recovery.verify_email(by=VISITOR, secret=secret_to(alice.email))
    alice.social_auth.create(provider="google", uid="of the owner")

    reset(lose(alice))

    assert alice.social_auth.get().uid == "of the owner"


def test_a_reset_of_a_confirmed_account_keeps_its_links(alice):
    User.objects.filter(id=alice.id).update(email_verified_at=timezone.now())
    alice.social_auth.create(provider="github", uid="1")

    reset(lose(alice))

    assert alice.social_auth.exists()


# Links that the staff hands over


def link_for(user, by):
    return recovery.make_link(by=caller_for(by), user_id=user.id)


def staff_with(name, role):
    user = register(name)
    User.objects.filter(id=user.id).update(is_staff=True, staff_role=role)
    user.refresh_from_db()
    return user


def test_the_staff_makes_a_link_that_works_and_is_recorded(alice, settings):
    support = staff_with("sam", "support")

    link = link_for(alice, support)

    assert link.startswith(f"{settings.CLOUDBOX_URL}/password/reset/")
    entry = AuditEntry.objects.get(verb="recovery_link_made")
    assert (entry.actor_id, entry.owner_id) == (support.id, alice.id)
    assert link.rpartition("/")[2] not in str(AuditEntry.objects.values())
    reset(link.rpartition("/")[2])
    assert signed_in("alice", NEW)


def test_a_link_that_was_not_mailed_confirms_no_address(alice, staff):
    reset(link_for(alice, staff).rpartition("/")[2])

    alice.refresh_from_db()
    assert alice.email_verified_at is None


@pytest.mark.parametrize("role", ["finance", "operator"])
def test_others_of_the_staff_make_none(alice, role):
    with pytest.raises(AccessDenied):
        link_for(alice, staff_with("sam", role))


@pytest.mark.parametrize("role", ["support", "finance", "operator", "superuser"])
def test_support_makes_none_for_the_staff_and_a_superuser_does(role, staff):
    support, other = staff_with("sam", "support"), staff_with("olga", role)

    with pytest.raises(AccessDenied):
        link_for(other, support)
    assert link_for(other, staff)


def test_nobody_makes_one_for_themselves(staff):
    with pytest.raises(Conflict):
        link_for(staff, staff)


def test_who_is_not_of_the_staff_makes_none(alice, bob):
    with pytest.raises(AccessDenied):
        link_for(alice, bob)


def test_there_is_none_for_nobody_or_for_a_suspended_account(alice, staff):
    User.objects.filter(id=alice.id).update(suspended_at=timezone.now())

    with pytest.raises(Conflict):
        link_for(alice, staff)
    with pytest.raises(NotFound):
        link_for(User(), staff)


def test_old_links_are_forgotten(alice):
    lose(alice)
    Ticket.objects.update(expires_at=timezone.now() - timedelta(days=8))

    assert recovery.forget() == 1


def test_a_reset_needs_few_queries(alice, django_assert_max_num_queries):
    sessions.begin(alice, address="", agent="")
    secret = lose(alice)

    with django_assert_max_num_queries(12):
        reset(secret)
