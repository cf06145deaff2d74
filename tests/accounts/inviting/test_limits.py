"""Many invitations, and many who answer them, at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import Invitation, User
from accounts.refusals import InvitationEnded
from accounts.services import invitations, teams
from activity.models import Mail
from cloudbox.errors import TooManyRequests
from tests.accounts.inviting.mailed import mailed, members, secret_in, waiting_for
from tests.people import PASSWORD, caller_for, register
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def test_twenty_invitations_an_hour_are_enough_also_for_who_deletes_the_team(alice, team, invite):
    for number in range(20):
        invite(email=f"user{number}@example.com")
    teams.delete(by=caller_for(alice), team_id=team.id)
    another = teams.create(by=caller_for(alice), name="Another")

    with pytest.raises(TooManyRequests) as refused:
        invitations.invite(by=caller_for(alice), team_id=another.id, email="one@example.com")
    assert 3500 < int(str(refused.value.facts["retry_after"])) <= 3601
    Invitation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    invitations.invite(by=caller_for(alice), team_id=another.id, email="one@example.com")


def test_many_accounts_of_one_network_do_not_flood_one_mailbox(alice, bob, team, invite):
    invited = invite(email="zoe@example.com")
    for _ in range(19):
        invited = invitations.resend(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)
    of_bob = teams.create(by=caller_for(bob), name="Flood")

    with pytest.raises(TooManyRequests):
        invitations.invite(by=caller_for(bob), team_id=of_bob.id, email="ZOE@example.com")
    with pytest.raises(TooManyRequests):
        services.change_profile(by=caller_for(bob), changes={"email": "zoe@example.com"}, current_password=PASSWORD)
    assert Mail.objects.filter(to__iexact="zoe@example.com").count() == 20
    invitations.invite(by=caller_for(bob), team_id=of_bob.id, email="yann@example.com")
    elsewhere = replace(caller_for(bob), address="203.0.113.9")
    invitations.invite(by=elsewhere, team_id=of_bob.id, email="zoe@example.com")


def test_sending_again_counts_too(alice, team, invite):
    invited = invite(email="zoe@example.com")
    for _ in range(19):
        invited = invitations.resend(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)

    with pytest.raises(TooManyRequests):
        invitations.resend(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)
    assert len(mailed()) == 20


def test_a_user_without_an_address_is_invited_without_a_mail(invite, bob):
    User.objects.filter(id=bob.id).update(email=None, email_key=None)

    invite(username="bob")

    assert (mailed(), waiting_for(bob)) == ([], ["Otters"])


def test_old_invitations_are_forgotten_with_their_addresses(invite):
    invite(email="old@example.com")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=31))
    invite(email="new@example.com")

    assert invitations.forget_old() == 1
    assert Invitation.objects.get().email == "new@example.com"


def test_a_list_of_ones_invitations_takes_one_query(alice, bob, django_assert_num_queries):
    for name in ("Otters", "Voles", "Newts"):
        team = teams.create(by=caller_for(alice), name=name)
        invitations.invite(by=caller_for(alice), team_id=team.id, username="bob")
    me = caller_for(bob)

    with django_assert_num_queries(1):
        first = invitations.mine(by=me, limit=2)
    second = invitations.mine(by=me, limit=2, cursor=first.next)
    assert [item.team_name for item in [*first.items, *second.items]] == ["Newts", "Voles", "Otters"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_hold_one_link_one_gets_in(invite, bob, charlie):
    invite(email="zoe@example.com")
    secret, people = secret_in(mailed()[0]), [bob, charlie, register("dana"), register("erin")]

    outcomes = at_once(4, lambda n: invitations.accept_with(by=caller_for(people[n]), secret=secret))

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {InvitationEnded}
    assert len(members()) == 2


@pytest.mark.django_db(transaction=True)
def test_one_invitation_accepted_many_times_at_once_is_one_membership(invite, bob):
    invited = invite(username="bob")

    outcomes = at_once(4, lambda _: invitations.accept(by=caller_for(bob), invitation_id=invited.id))

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert bob.groups.count() == 1
    assert members() == {"alice", "bob"}


@pytest.mark.django_db(transaction=True)
def test_invitations_sent_at_once_stay_within_the_limit_and_one_is_open_for_an_address(monkeypatch, invite):
    monkeypatch.setattr(invitations, "MOST_AN_HOUR", 3)

    outcomes = at_once(6, lambda n: invite(email=["zoe@example.com", "Zoe@example.com"][n % 2]))

    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 3
    assert Invitation.objects.filter(answered_at=None).count() == 1
