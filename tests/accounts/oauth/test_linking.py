"""Linking identities to an account, and unlinking them: only by its owner, and never the last way in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from accounts import sessions
from accounts.models import Session, User
from accounts.refusals import IdentityTaken, KeyNotEnough, LastWayIn, OAuthRefused, SignInAgain, TokenRefused
from accounts.services import SignedIn, identities
from activity.models import AuditEntry, Mail
from cloudbox.errors import NotAuthenticated, NotFound
from tests.accounts.mailbox import mails_to
from tests.accounts.oauth.conftest import VISITOR, here
from tests.people import caller_for, register, with_key
from tests.providers import BACK, Somebody


def linked(user):
    return [one.provider for one in identities.identities_of(by=caller_for(user)).items]


def test_whoever_is_signed_in_links_an_identity_and_signs_in_with_it(signs_in, alice):
    identity = signs_in("github", by=here(alice))

    assert (identity.provider, identity.label, identity.login) == ("github", "GitHub", "octocat")
    assert Session.objects.count() == 1  # hers, from before
    assert signs_in("github").user_id == alice.id
    alice.refresh_from_db()
    assert (alice.email, alice.email_verified_at) == ("alice@example.com", None)


def test_the_owner_is_told_by_mail_what_signs_in_now(signs_in, alice):
    signs_in("github", by=here(alice))
    signs_in("github", by=here(alice))

    assert mails_to("alice@example.com") == ["identity_linked"]
    assert "octocat" in Mail.objects.latest("id").text


def test_who_signed_in_long_ago_signs_in_again_first(providers, alice):
    """A stolen token must not link the thief's identity, which would outlive a new password."""
    caller = here(alice)
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    for stale in (caller, caller_for(alice)):
        with pytest.raises(SignInAgain):
            identities.start(by=stale, provider="github", redirect_uri=BACK)
    assert providers.asked == []


def test_several_are_linked_to_one_account(signs_in, alice):
    for provider in ("github", "google", "staff-id"):
        signs_in(provider, by=here(alice))
    signs_in("github", by=here(alice), who=Somebody("2", "second", "second@example.net"))

    assert linked(alice) == ["github", "google", "staff-id", "github"]


def test_linking_again_changes_nothing(signs_in, alice):
    first, second = (signs_in("github", by=here(alice)) for _ in range(2))

    assert first.id == second.id
    assert AuditEntry.objects.filter(verb="identity_linked").count() == 1


def test_an_identity_belongs_to_one_account(signs_in, alice, bob):
    signs_in("github", by=here(alice))

    with pytest.raises(IdentityTaken):
        signs_in("github", by=here(bob))
    assert (linked(alice), linked(bob)) == (["github"], [])


def test_an_access_key_links_nothing_also_not_what_its_user_began(providers, alice):
    key = with_key(alice, "read", "write", "delete", "share")
    with pytest.raises(KeyNotEnough):
        identities.start(by=key, provider="github", redirect_uri=BACK)
    started = identities.start(by=here(alice), provider="github", redirect_uri=BACK)
    back = providers.visit(started.url)

    with pytest.raises(KeyNotEnough):
        identities.finish(by=key, provider="github", redirect_uri=BACK, **back)

    assert linked(alice) == []


def test_nobody_gives_their_identity_to_somebody_else_by_finishing_what_they_began(providers, alice, bob):
    """An attacker begins, and a victim is led to say yes: the code comes to the victim's browser."""
    for victim in (VISITOR, caller_for(bob)):
        started = identities.start(by=here(alice), provider="github", redirect_uri=BACK)
        answer = providers.visit(started.url)
        with pytest.raises(OAuthRefused):
            identities.finish(by=victim, provider="github", redirect_uri=BACK, **answer)

    assert (linked(alice), linked(bob)) == ([], [])
    assert User.objects.count() == 2


def test_signing_in_while_signed_in_as_somebody_else_links_nothing(providers, alice, bob):
    started = identities.start(by=VISITOR, provider="github", redirect_uri=BACK)
    answer = providers.visit(started.url)

    signed_in = identities.finish(by=caller_for(bob), provider="github", redirect_uri=BACK, **answer)

    assert isinstance(signed_in, SignedIn)
    assert signed_in.user_id not in {alice.id, bob.id}
    assert linked(bob) == []


def test_an_identity_is_unlinked_and_signs_in_no_more(signs_in, alice):
    identity = signs_in("github", by=here(alice))

    identities.unlink(by=caller_for(alice), identity_id=identity.id)

    assert linked(alice) == []
    assert signs_in("github").user_id != alice.id
    entry = AuditEntry.objects.filter(verb="identity_unlinked").get()
    assert (entry.actor_id, entry.owner_id) == (alice.id, alice.id)


def test_the_identity_of_somebody_else_does_not_exist(signs_in, alice, bob):
    identity = signs_in("github", by=here(alice))

    with pytest.raises(NotFound):
        identities.unlink(by=caller_for(bob), identity_id=identity.id)
    assert linked(alice) == ["github"]


def test_the_last_way_in_stays(signs_in):
    user = User.objects.get(id=signs_in("github").user_id)
    only = identities.identities_of(by=caller_for(user)).items[0]

    with pytest.raises(LastWayIn):
        identities.unlink(by=caller_for(user), identity_id=only.id)
    assert linked(user) == ["github"]


def test_with_another_way_in_it_goes(signs_in):
    user = User.objects.get(id=signs_in("github").user_id)
    first = identities.identities_of(by=caller_for(user)).items[0]
    second = signs_in("google", by=here(user))

    identities.unlink(by=caller_for(user), identity_id=first.id)
    with pytest.raises(LastWayIn):
        identities.unlink(by=caller_for(user), identity_id=second.id)
    User.objects.filter(id=user.id).update(password=make_password("three tame otters"))
    identities.unlink(by=caller_for(user), identity_id=second.id)

    assert linked(user) == []


def test_a_provider_that_is_no_longer_set_up_is_no_way_in(signs_in, settings):
    user = User.objects.get(id=signs_in("github").user_id)
    signs_in("google", by=here(user))
    settings.CLOUDBOX_PROVIDERS = {"github": settings.CLOUDBOX_PROVIDERS["github"]}
    github, google = identities.identities_of(by=caller_for(user)).items

    with pytest.raises(LastWayIn):
        identities.unlink(by=caller_for(user), identity_id=github.id)
    assert google.label == "google"


def at_once(work, items):
    """Do the work in threads of its own; return what comes of it, refusals too."""

    def alone(item):
        try:
            return work(item)
        except (LastWayIn, IdentityTaken) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(alone, items))


@pytest.mark.django_db(transaction=True)
def test_of_two_identities_unlinked_at_once_one_stays(signs_in):
    user = User.objects.get(id=signs_in("github").user_id)
    signs_in("google", by=here(user))
    caller = caller_for(user)
    both = [one.id for one in identities.identities_of(by=caller).items]

    results = at_once(lambda identity: identities.unlink(by=caller, identity_id=identity), both)

    assert sorted(type(result).__name__ for result in results) == ["LastWayIn", "NoneType"]
    assert len(linked(user)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_link_one_identity_at_once_one_gets_it(providers):
    people = [here(register(name)) for name in ("alice", "bob")]
    begun = [identities.start(by=caller, provider="github", redirect_uri=BACK) for caller in people]
    work = [(caller, providers.visit(started.url)) for caller, started in zip(people, begun, strict=True)]

    results = at_once(lambda each: identities.finish(by=each[0], provider="github", redirect_uri=BACK, **each[1]), work)

    assert sorted(type(result).__name__ for result in results) == ["Identity", "IdentityTaken"]


@pytest.mark.django_db
def test_the_anonymous_have_none(providers):
    with pytest.raises(NotAuthenticated):
        identities.identities_of(by=VISITOR)
    with pytest.raises(NotAuthenticated):
        identities.unlink(by=VISITOR, identity_id=1)


def test_a_session_that_ended_while_the_provider_was_asked_links_nothing(providers, alice):
    thief = here(alice)
    started = identities.start(by=thief, provider="github", redirect_uri=BACK)
    back = providers.visit(started.url)
    sessions.end_all(alice.id)

    with pytest.raises(TokenRefused):
        identities.finish(by=thief, provider="github", redirect_uri=BACK, **back)

    assert linked(alice) == []
