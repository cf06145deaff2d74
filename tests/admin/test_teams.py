"""What the staff do about teams and invitations."""

import pytest
from django.urls import reverse

from accounts.models import Invitation, Membership, Team
from accounts.services import invitations, teams
from activity.models import AuditEntry
from tests.admin.test_actions import do, last_entry
from tests.people import caller_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(alice):
    return teams.create(by=caller_for(alice), name="Otters")


@pytest.fixture
def invitation(alice, team):
    return invitations.invite(by=caller_for(alice), team_id=team.id, email="zoe@example.com")


def fill_in(browser, name, row, **fields):
    return browser.post(reverse(f"admin:accounts_{name}", args=[row.id]), {"_form_submitted": "True", **fields})


def test_the_staff_delete_a_team(dora, team):
    assert do(dora, Team, "delete_teams", Team.objects.get()) == ["1 deleted."]

    assert not Team.objects.exists()
    assert last_entry() == ("team_deleted", "dora", "Otters")


def test_the_staff_hand_a_team_over(dora, alice, bob, team):
    invited = invitations.invite(by=caller_for(alice), team_id=team.id, username="bob")
    invitations.accept(by=caller_for(bob), invitation_id=invited.id)

    answer = fill_in(dora, "team_hand_over", team, username="Bob")

    assert answer["HX-Redirect"] == reverse("admin:accounts_team_change", args=[team.id])
    assert Team.objects.get().owner == bob
    assert last_entry() == ("team_handed_over", "dora", "Otters")


def test_a_team_is_handed_over_to_one_of_its_members_only(dora, bob, team):
    answer = fill_in(dora, "team_hand_over", team, username="bob")

    assert "Nobody in the team is called so." in answer.content.decode()
    assert Membership.objects.get().user.username == "alice"


def test_the_staff_make_a_link_which_is_shown_once(dora, charlie, invitation):
    answer = fill_in(dora, "invitation_fresh_link", invitation)

    secret = answer.content.decode().partition("/invitations/")[2].split("<")[0]
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert last_entry() == ("team_invitation_link_made", "dora", "Otters")
    page = reverse("admin:accounts_invitation_change", args=[invitation.id])
    assert secret not in dora.get(page).content.decode()
    assert Invitation.objects.get().secret_hash not in dora.get(page).content.decode()
    assert invitations.accept_with(by=caller_for(charlie), secret=secret).name == "Otters"


def test_an_answered_invitation_gets_no_link(dora, alice, team, invitation):
    invitations.withdraw(by=caller_for(alice), team_id=team.id, invitation_id=invitation.id)
    before = AuditEntry.objects.count()

    answer = fill_in(dora, "invitation_fresh_link", invitation).content.decode()

    assert "does not count (any more)" in answer
    assert ("/invitations/" in answer, AuditEntry.objects.count()) == (False, before)


def test_the_staff_withdraw_an_invitation(dora, invitation):
    assert do(dora, Invitation, "withdraw", Invitation.objects.get()) == ["1 withdrawn."]
    assert last_entry() == ("team_invitation_withdrawn", "dora", "Otters")

    (again,) = do(dora, Invitation, "withdraw", Invitation.objects.get())
    assert "does not count (any more)" in again
