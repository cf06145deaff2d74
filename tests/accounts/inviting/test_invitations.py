"""Invitations: to whom they are shown, who may accept them, and how they end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.refusals import AlreadyMember, InvitationEnded
from accounts.services import invitations, memberships, teams
from activity.models import AuditEntry, Event
from cloudbox.errors import AccessDenied, BadInput, NotFound
from tests.accounts.inviting.mailed import mailed, members, secret_in, verify, waiting_for
from tests.people import caller_for, register

pytestmark = pytest.mark.django_db


def test_a_user_is_invited_by_name_and_accepts(invite, team, bob):
    invited = invite(username="BOB")

    assert (invited.username, invited.email, invited.invited_by) == ("bob", "", "alice")
    (waiting,) = invitations.mine(by=caller_for(bob)).items
    assert (waiting.team_name, waiting.invited_by, waiting.role) == ("Otters", "alice", "member")
    joined = invitations.accept(by=caller_for(bob), invitation_id=waiting.id)
    assert (joined.id, joined.role, joined.members) == (team.id, "member", 2)
    assert waiting_for(bob) == []
    assert AuditEntry.objects.latest("id").verb == "team_joined"


def test_the_mail_has_the_link_and_the_table_only_its_hash(settings, invite):
    settings.CLOUDBOX_URL = "https://box.example.com"

    invite(email="zoe@example.com")

    (mail,) = mailed()
    secret = secret_in(mail)
    assert (mail.to, mail.subject) == ("zoe@example.com", "alice invites you to the team “Otters”")
    assert f"https://box.example.com/invitations/{secret}" in mail.html
    assert len(secret) == 43
    assert not Invitation.objects.filter(secret_hash=secret).exists()
    told = [*AuditEntry.objects.values_list("facts", flat=True), *Event.objects.values_list("data", flat=True)]
    assert secret not in str(told)
    assert "zoe@example.com" not in str(told)


def test_a_user_who_is_invited_by_name_hears_of_it_where_they_are_signed_in(invite, bob):
    invite(username="bob")

    assert bob.id in Event.objects.get(kind="team_invitation_sent").audience


def test_names_in_a_mail_are_text(alice):
    team = teams.create(by=caller_for(alice), name="<b>Otters</b> & co")

    invitations.invite(by=caller_for(alice), team_id=team.id, email="zoe@example.com")

    (mail,) = mailed()
    assert "<b>Otters</b> & co" in mail.text
    assert "<b>Otters" not in mail.html


def test_an_invitation_waits_for_its_address_until_it_is_verified(invite, team):
    invite(email="Zoe@Example.com")
    zoe = register("zoe")
    assert waiting_for(zoe) == []

    verify(zoe)

    assert waiting_for(zoe) == ["Otters"]
    (waiting,) = invitations.mine(by=caller_for(zoe)).items
    invitations.accept(by=caller_for(zoe), invitation_id=waiting.id)
    assert members() == {"alice", "zoe"}


def test_who_only_claims_an_address_accepts_nothing(invite, charlie):
    invited = invite(email="charlie@example.com")

    for act in (invitations.accept, invitations.decline):
        with pytest.raises(NotFound):
            act(by=caller_for(charlie), invitation_id=invited.id)
    assert members() == {"alice"}


def test_the_link_is_enough_whatever_address_one_has(invite, charlie):
    invite(email="zoe@example.com", role="manager")

    offered = invitations.behind(secret_in(mailed()[0]))
    joined = invitations.accept_with(by=caller_for(charlie), secret=secret_in(mailed()[0]))

    assert (offered.team_name, offered.invited_by, offered.for_username) == ("Otters", "alice", "")
    assert joined.role == "manager"
    assert User.objects.get(username="charlie").email_verified_at is None
    assert Invitation.objects.get().accepted_by == charlie


def test_the_link_of_a_user_is_for_that_user_only(invite, bob, charlie):
    invite(username="bob")
    secret = secret_in(mailed()[0])

    with pytest.raises(InvitationEnded):
        invitations.accept_with(by=caller_for(charlie), secret=secret)
    assert invitations.behind(secret).for_username == "bob"
    assert invitations.accept_with(by=caller_for(bob), secret=secret).members == 2


def test_a_link_is_good_once(invite, bob, charlie):
    invite(email="zoe@example.com")
    secret = secret_in(mailed()[0])
    invitations.accept_with(by=caller_for(bob), secret=secret)

    with pytest.raises(InvitationEnded):
        invitations.accept_with(by=caller_for(charlie), secret=secret)
    with pytest.raises(InvitationEnded):
        invitations.behind(secret)


@pytest.mark.parametrize("secret", ["", "x", "\0", "\ud800", "x" * 10_000])
def test_a_link_that_nobody_made_leads_nowhere(alice, secret):
    with pytest.raises(InvitationEnded):
        invitations.behind(secret)
    with pytest.raises(InvitationEnded):
        invitations.accept_with(by=caller_for(alice), secret=secret)


def test_an_expired_invitation_counts_no_longer_and_is_sent_again(alice, team, invite, bob):
    invited = invite(username="bob")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert waiting_for(bob) == []
    with pytest.raises(NotFound):
        invitations.accept(by=caller_for(bob), invitation_id=invited.id)
    with pytest.raises(InvitationEnded):
        invitations.accept_with(by=caller_for(bob), secret=secret_in(mailed()[0]))
    again = invitations.resend(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)
    assert [item.id for item in invitations.mine(by=caller_for(bob)).items] == [again.id]


def test_inviting_again_replaces_the_earlier_invitation_and_its_link(alice, team, invite, charlie):
    invite(email="zoe@example.com")
    invite(email="ZOE@example.com", role="manager")

    (open_one,) = invitations.of_team(by=caller_for(alice), team_id=team.id).items
    first, second = map(secret_in, mailed())
    assert open_one.role == "manager"
    with pytest.raises(InvitationEnded):
        invitations.behind(first)
    assert invitations.behind(second).id == open_one.id


def test_an_address_is_told_the_same_whether_it_has_an_account_or_not(alice, team, invite, bob):
    verify(bob)
    told = [invite(email=address) for address in ("bob@example.com", "alice@example.com", "nobody@example.com")]

    assert len({(item.username, item.role, item.invited_by) for item in told}) == 1
    assert [mail.to for mail in mailed()] == ["bob@example.com", "alice@example.com", "nobody@example.com"]


def test_a_username_that_is_an_address_is_invited_as_one(invite):
    assert invite(username="nobody@example.com").email == "nobody@example.com"


@pytest.mark.parametrize(
    ("whom", "field"),
    [
        ({}, "email"),
        ({"email": "zoe@example.com", "username": "bob"}, "email"),
        ({"email": "zoe"}, "email"),
        ({"email": "zoe@example.com\n"}, None),
        ({"email": "zoe@exam\0ple.com"}, "email"),
        ({"username": "nobody"}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"email": "zoe@example.com", "role": "owner"}, "role"),
    ],
)
def test_whom_one_cannot_invite_is_refused_by_the_field(invite, whom, field):
    if field is None:
        assert invite(**whom).email == "zoe@example.com"
        return
    with pytest.raises(BadInput) as refused:
        invite(**whom)

    assert refused.value.field == field
    assert not Invitation.objects.exists()


def test_who_is_in_the_team_is_not_invited_by_name(invite):
    with pytest.raises(AlreadyMember):
        invite(username="alice")


def test_a_member_who_accepts_once_more_changes_nothing(alice, team, invite, bob):
    verify(bob)
    invitations.accept(by=caller_for(bob), invitation_id=invite(username="bob").id)
    memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="manager")

    again = invitations.accept(by=caller_for(bob), invitation_id=invite(email="bob@example.com").id)

    assert (again.role, again.members, waiting_for(bob)) == ("manager", 2, [])


def test_accepting_one_answers_every_invitation_to_the_team(invite, bob):
    verify(bob)
    invite(email="bob@example.com")
    invite(username="bob")
    first = invitations.mine(by=caller_for(bob)).items[0]

    invitations.accept(by=caller_for(bob), invitation_id=first.id)

    assert not Invitation.objects.filter(answered_at=None).exists()


def test_managers_invite_members_and_only_the_owner_invites_managers(alice, team, invite, bob, charlie):
    invitations.accept(by=caller_for(bob), invitation_id=invite(username="bob", role="manager").id)
    manager = caller_for(bob)

    invited = invitations.invite(by=manager, team_id=team.id, username="charlie")
    with pytest.raises(AccessDenied):
        invitations.invite(by=manager, team_id=team.id, email="zoe@example.com", role="manager")
    invitations.accept(by=caller_for(charlie), invitation_id=invited.id)

    for act in (
        lambda by: invitations.invite(by=by, team_id=team.id, email="zoe@example.com"),
        lambda by: invitations.of_team(by=by, team_id=team.id),
        lambda by: invitations.withdraw(by=by, team_id=team.id, invitation_id=invited.id),
        lambda by: invitations.make_link(by=by, team_id=team.id, invitation_id=invited.id),
        lambda by: invitations.resend(by=by, team_id=team.id, invitation_id=invited.id),
    ):
        with pytest.raises(AccessDenied):
            act(caller_for(charlie))


def test_a_manager_hands_nobody_the_link_of_another_manager(alice, team, invite, bob):
    invitations.accept(by=caller_for(bob), invitation_id=invite(username="bob", role="manager").id)
    invited = invite(email="zoe@example.com", role="manager")

    for act in (invitations.make_link, invitations.resend):
        with pytest.raises(AccessDenied):
            act(by=caller_for(bob), team_id=team.id, invitation_id=invited.id)


def test_an_invitation_is_declined(alice, team, invite, bob):
    invited = invite(username="bob")

    invitations.decline(by=caller_for(bob), invitation_id=invited.id)

    assert (waiting_for(bob), invitations.of_team(by=caller_for(alice), team_id=team.id).items) == ([], [])
    assert AuditEntry.objects.latest("id").verb == "team_invitation_declined"
    with pytest.raises(NotFound):
        invitations.accept(by=caller_for(bob), invitation_id=invited.id)


def test_an_invitation_is_withdrawn(alice, team, invite, bob):
    invited = invite(username="bob")

    invitations.withdraw(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)

    assert waiting_for(bob) == []
    with pytest.raises(NotFound):
        invitations.withdraw(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)


def test_a_copied_link_replaces_the_mailed_one_and_is_nowhere_else(alice, team, invite, charlie):
    invited = invite(email="zoe@example.com")
    link = invitations.make_link(by=caller_for(alice), team_id=team.id, invitation_id=invited.id)
    secret = link.url.rpartition("/")[2]

    with pytest.raises(InvitationEnded):
        invitations.behind(secret_in(mailed()[0]))
    assert len(mailed()) == 1
    assert secret not in str([*AuditEntry.objects.values(), *Invitation.objects.values()])
    assert invitations.accept_with(by=caller_for(charlie), secret=secret).members == 2


def test_the_staff_make_a_link_for_a_team_that_is_not_theirs(staff, invite, charlie):
    invited = invite(email="zoe@example.com")

    link = invitations.make_link_by_staff(by=caller_for(staff), invitation_id=invited.id)

    assert invitations.behind(link.url.rpartition("/")[2]).id == invited.id
    invitations.accept_with(by=caller_for(charlie), secret=link.url.rpartition("/")[2])
    with pytest.raises(InvitationEnded):
        invitations.make_link_by_staff(by=caller_for(staff), invitation_id=invited.id)


@pytest.mark.parametrize("way_out", ["removed", "leaves", "is a member only"])
def test_who_no_longer_manages_a_team_has_no_link_back_into_it(alice, team, invite, bob, way_out):
    invitations.accept(by=caller_for(bob), invitation_id=invite(username="bob", role="manager").id)
    hers = invite(email="hers@example.com")
    seen = invite(email="seen@example.com")
    invitations.invite(by=caller_for(bob), team_id=team.id, email="his@example.com")
    his, link = (
        secret_in(mailed()[-1]),
        invitations.make_link(by=caller_for(bob), team_id=team.id, invitation_id=seen.id).url.rpartition("/")[2],
    )

    if way_out == "removed":
        memberships.remove(by=caller_for(alice), team_id=team.id, user_id=bob.id)
    elif way_out == "leaves":
        memberships.leave(by=caller_for(bob), team_id=team.id)
    else:
        memberships.set_role(by=caller_for(alice), team_id=team.id, user_id=bob.id, role="member")

    for secret in (his, link):
        with pytest.raises(InvitationEnded):
            invitations.behind(secret)
    assert [item.id for item in invitations.of_team(by=caller_for(alice), team_id=team.id).items] == [hers.id]
