"""Whose an address is: confirmed where it is read, told where it was."""

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts import addresses, services, sessions, tickets
from accounts.callers import Caller
from accounts.models import User
from accounts.refusals import EmailTaken, LinkRefused, SignInAgain
from accounts.services import recovery
from accounts.tickets import Purpose
from activity.models import AuditEntry, Mail
from cloudbox.errors import BadInput, Conflict, TooManyRequests
from tests.accounts.mailbox import mails_to, secret_to
from tests.people import PASSWORD, caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")
NEW = "new@example.org"


def confirm(secret):
    return recovery.verify_email(by=VISITOR, secret=secret)


def change(user, **changes):
    return services.change_profile(by=caller_for(user), changes=changes, current_password=PASSWORD)


def profile_of(user):
    return services.profile(by=caller_for(user))


@pytest.fixture
def alice(alice):
    """Somebody whose address is confirmed."""
    alice.email_verified_at = timezone.now()
    alice.save(update_fields=["email_verified_at"])
    return alice


@pytest.fixture
def zoe():
    """Somebody new, whose address is her username."""
    profile = services.register(by=VISITOR, email="zoe@example.com", password=PASSWORD)
    return User.objects.get(id=profile.id)


def test_a_new_account_works_and_its_address_waits_to_be_confirmed(zoe):
    assert mails_to("zoe@example.com") == ["welcome"]
    assert (profile_of(zoe).email, profile_of(zoe).email_verified) == ("zoe@example.com", False)

    assert confirm(secret_to("zoe@example.com")) == "zoe@example.com"

    assert profile_of(zoe).email_verified
    assert AuditEntry.objects.get(verb="email_verified").owner_id == zoe.id


def test_who_gives_no_address_gets_no_mail():
    services.register(by=VISITOR, username="yan", password=PASSWORD)

    assert not Mail.objects.exists()


def test_an_address_that_somebody_vouches_for_is_greeted_without_a_link(alice):
    addresses.welcome(alice)

    assert mails_to("alice@example.com") == ["welcome"]
    assert "/email/verify/" not in Mail.objects.get().text


def test_a_link_confirms_once(zoe):
    secret = secret_to("zoe@example.com")
    confirm(secret)

    with pytest.raises(LinkRefused):
        confirm(secret)


def test_a_link_to_a_new_password_confirms_nothing(zoe):
    secret = tickets.make(zoe.id, Purpose.RESET_PASSWORD, email=zoe.email).rpartition("/")[2]

    with pytest.raises(LinkRefused):
        confirm(secret)


def test_the_link_is_sent_again_and_ends_the_older_one(zoe):
    older = secret_to("zoe@example.com")

    assert recovery.send_verification(by=caller_for(zoe)) == "zoe@example.com"

    with pytest.raises(LinkRefused):
        confirm(older)
    confirm(secret_to("zoe@example.com"))


def test_the_link_is_not_sent_again_when_there_is_nothing_to_confirm(alice):
    with pytest.raises(Conflict):
        recovery.send_verification(by=caller_for(alice))


def test_only_a_few_links_are_mailed_in_an_hour(zoe):
    for _ in range(tickets.MOST_IN_AN_HOUR - 1):
        recovery.send_verification(by=caller_for(zoe))

    with pytest.raises(TooManyRequests) as refused:
        recovery.send_verification(by=caller_for(zoe))
    assert refused.value.facts == {"retry_after": 3600}
    with pytest.raises(TooManyRequests):
        change(zoe, email=NEW)


# Another address


def test_another_address_is_pending_until_it_is_confirmed_there(alice):
    asked = change(alice, email=NEW)
    assert (asked.email, asked.pending_email, asked.email_verified) == ("alice@example.com", NEW, True)

    confirm(secret_to(NEW))

    now = profile_of(alice)
    assert (now.email, now.pending_email, now.email_verified) == (NEW, None, True)
    assert AuditEntry.objects.get(verb="email_changed").owner_id == alice.id


def test_who_has_no_password_asks_for_another_address_soon_after_signing_in(alice):
    alice.set_unusable_password()
    alice.save()
    session, _ = sessions.begin(alice, address="", agent="")
    here = replace(caller_for(alice), session_id=session.id)

    with pytest.raises(SignInAgain):
        services.change_profile(by=caller_for(alice), changes={"email": NEW})

    assert services.change_profile(by=here, changes={"email": NEW}).pending_email == NEW


def test_the_old_address_is_told_before_and_after(alice):
    change(alice, email=NEW)
    assert mails_to("alice@example.com") == ["email_changing"]

    confirm(secret_to(NEW))

    assert mails_to("alice@example.com") == ["email_changing", "email_changed"]
    assert NEW in Mail.objects.filter(to="alice@example.com").latest("id").text


def test_a_taken_address_is_answered_as_a_free_one_and_its_owner_told(alice, bob):
    taken, free = change(alice, email="BOB@example.com"), change(alice, email=NEW)

    assert (taken.email, taken.pending_email) == (free.email, "BOB@example.com")
    assert mails_to("bob@example.com") == ["address_taken"]
    assert "alice" not in Mail.objects.get(to="bob@example.com").text


def test_an_address_that_somebody_else_confirmed_first_is_theirs(alice, bob):
    change(alice, email=NEW)
    secret = secret_to(NEW)
    change(bob, email=NEW)
    confirm(secret_to(NEW))

    with pytest.raises(EmailTaken):
        confirm(secret)

    assert profile_of(alice).email == "alice@example.com"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_one_address_at_once_one_has_it(alice, bob):
    secrets = []
    for user in (alice, bob):
        change(user, email=NEW)
        secrets.append(secret_to(NEW))

    outcomes = at_once(2, lambda number: confirm(secrets[number]))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmailTaken", "str"]


def test_a_username_that_is_the_address_follows_it_once_it_is_confirmed(zoe):
    assert change(zoe, email=NEW).username == "zoe@example.com"

    confirm(secret_to(NEW))

    assert profile_of(zoe).username == NEW


def test_an_address_that_is_the_username_is_not_taken_away(zoe):
    with pytest.raises(BadInput) as refused:
        change(zoe, email="")

    assert refused.value.field == "email"


def test_a_username_cannot_be_an_address_that_is_not_confirmed(alice):
    with pytest.raises(BadInput) as refused:
        change(alice, username=NEW, email=NEW)

    assert refused.value.field == "username"


def test_another_spelling_is_the_same_address(alice):
    changed = change(alice, email="Alice@Example.com")

    assert (changed.email, changed.pending_email, changed.email_verified) == ("Alice@Example.com", None, True)
    assert not Mail.objects.exists()


def test_giving_the_present_address_again_ends_what_was_asked(alice):
    change(alice, email=NEW)

    assert change(alice, email="alice@example.com").pending_email is None

    with pytest.raises(LinkRefused):
        confirm(secret_to(NEW))


def test_who_takes_the_address_away_is_told_there(alice):
    assert change(alice, email="").email is None

    assert mails_to("alice@example.com") == ["email_changed"]
    assert not profile_of(alice).email_verified


def test_a_new_password_ends_a_change_that_was_asked(alice):
    change(alice, email=NEW)
    services.change_password(by=caller_for(alice), current=PASSWORD, new="four tame otters")

    with pytest.raises(LinkRefused):
        confirm(secret_to(NEW))


def test_a_new_password_does_not_end_the_link_of_a_new_account(zoe):
    services.change_password(by=caller_for(zoe), current=PASSWORD, new="four tame otters")

    assert confirm(secret_to("zoe@example.com"))


def test_a_link_to_the_old_address_sets_no_password_after_the_change(alice):
    secret = tickets.make(alice.id, Purpose.RESET_PASSWORD, email=alice.email).rpartition("/")[2]
    change(alice, email=NEW)
    confirm(secret_to(NEW))

    with pytest.raises(LinkRefused):
        recovery.reset_password(by=VISITOR, secret=secret, password="four tame otters")


def test_who_changes_the_password_is_told_by_mail(alice):
    services.change_password(by=caller_for(alice), current=PASSWORD, new="four tame otters")

    assert mails_to("alice@example.com") == ["password_changed"]
