"""Teams and invitations, as people use them in a browser."""

import re

import pytest
from django.test import Client

from accounts.models import Invitation
from accounts.services import invitations, memberships, teams
from activity.models import Mail
from tests.people import PASSWORD, caller_for, register
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def herons(alice):
    return teams.create(by=caller_for(alice), name="Herons")


@pytest.fixture
def bobs(bob) -> Client:
    return sign_in(Client(), "bob")


def link_of(team, who, alice) -> str:
    invited = invitations.invite(by=caller_for(alice), team_id=team.id, **who)
    return invitations.make_link(by=caller_for(alice), team_id=team.id, invitation_id=invited.id).url


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def roles(team, user) -> dict[str, str]:
    return {member.username: member.role for member in memberships.members(by=caller_for(user), team_id=team.id).items}


# Teams


def test_somebody_makes_a_team_and_sees_it(alices, alice):
    answer = alices.post("/account/teams", {"name": "<b>Herons</b>"})

    page = alices.get(answer.headers["Location"])
    assert "&lt;b&gt;Herons&lt;/b&gt;" in page.text
    assert "It is yours." in text_of(page)
    assert "Herons" in text_of(alices.get("/account/teams"))


def test_a_team_needs_a_name(alices):
    answer = alices.post("/account/teams", {"name": "x" * 101})

    assert (answer.status_code, errors(answer)) == (400, {"name": "From 1 to 100 characters."})


def test_a_stranger_finds_no_team(bobs, herons, bob):
    place = f"/account/teams/{herons.id}"

    asked = [bobs.get(f"{place}{page}", headers=HTML).status_code for page in ("", "/rename", "/delete", "/leave")]
    done = bobs.post(f"{place}/members/{bob.id}/role", {"role": "owner"}, headers=HTML).status_code

    assert {*asked, done} == {404}


def test_a_member_sees_the_others_and_manages_nothing(bobs, herons, alice, bob):
    bobs.post(path_of(link_of(herons, {"username": "bob"}, alice)))

    page = bobs.get(f"/account/teams/{herons.id}")
    refused = bobs.post(f"/account/teams/{herons.id}", {"who": "charlie@example.com", "role": "member"})

    assert "alice" in text_of(page)
    assert "Invite somebody" not in text_of(page)
    assert "/remove" not in page.text
    assert refused.status_code == 403
    assert roles(herons, alice) == {"alice": "owner", "bob": "member"}


def test_the_owner_changes_roles_removes_and_hands_over(alices, bobs, herons, alice, bob, charlie):
    for name, client in (("bob", bobs), ("charlie", sign_in(Client(), "charlie"))):
        client.post(path_of(link_of(herons, {"username": name}, alice)))
    place = f"/account/teams/{herons.id}/members"

    alices.post(f"{place}/{bob.id}/role", {"role": "manager"})
    alices.post(f"{place}/{charlie.id}/remove")
    assert roles(herons, alice) == {"alice": "owner", "bob": "manager"}
    alices.post(f"{place}/{bob.id}/role", {"role": "owner"})

    assert roles(herons, alice) == {"alice": "manager", "bob": "owner"}


def test_what_a_button_may_not_do_is_told_on_the_page(alices, herons, alice):
    alices.post(f"/account/teams/{herons.id}/members/{alice.id}/remove")
    assert "owner" in text_of(alices.get(f"/account/teams/{herons.id}"))

    left = alices.post(f"/account/teams/{herons.id}/leave")

    assert left.status_code == 409
    assert roles(herons, alice) == {"alice": "owner"}


def test_a_member_leaves_after_being_asked(bobs, herons, alice):
    bobs.post(path_of(link_of(herons, {"username": "bob"}, alice)))

    assert "Leave Herons?" in text_of(bobs.get(f"/account/teams/{herons.id}/leave"))
    assert roles(herons, alice) == {"alice": "owner", "bob": "member"}
    bobs.post(f"/account/teams/{herons.id}/leave")

    assert roles(herons, alice) == {"alice": "owner"}


def test_a_team_is_renamed_and_deleted(alices, herons, alice):
    alices.post(f"/account/teams/{herons.id}/rename", {"name": "Egrets"})
    assert teams.get(by=caller_for(alice), team_id=herons.id).name == "Egrets"

    alices.post(f"/account/teams/{herons.id}/delete")

    assert teams.mine(by=caller_for(alice)).items == []


def test_the_pages_ask_the_database_a_few_times_however_many_there_are(
    alices, alice, herons, django_assert_max_num_queries
):
    for number in range(6):
        teams.create(by=caller_for(alice), name=f"Team {number}")
        somebody = register(f"member{number}")
        sign_in(Client(), somebody.username).post(path_of(link_of(herons, {"username": somebody.username}, alice)))
        link_of(herons, {"email": f"guest{number}@example.com"}, alice)

    for page in ("/account/teams", f"/account/teams/{herons.id}"):
        with django_assert_max_num_queries(14):
            assert alices.get(page).status_code == 200


# Invitations


@pytest.mark.parametrize("who", ["nobody@example.com", "bob@example.com"])
def test_inviting_an_address_tells_nothing_of_its_account(alices, herons, bob, who):
    answer = alices.post(f"/account/teams/{herons.id}", {"who": who, "role": "member"})

    page = alices.get(answer.headers["Location"])
    assert f"{who} is invited." in text_of(page)
    assert Mail.objects.filter(to=who, kind="team_invitation").exists()


@pytest.mark.parametrize("who", ["nobody", "no@where"])
def test_whom_nobody_can_invite_is_told_at_the_field(alices, herons, who):
    answer = alices.post(f"/account/teams/{herons.id}", {"who": who, "role": "member"})

    assert answer.status_code == 400
    assert set(errors(answer)) == {"who"}


def test_an_invitation_by_name_waits_on_the_page_and_is_answered(alices, bobs, herons, alice, bob):
    alices.post(f"/account/teams/{herons.id}", {"who": "bob", "role": "manager"})
    page = bobs.get("/account/teams")
    [address] = re.findall(r"/account/invitations/[0-9a-f-]+/accept", page.text)

    bobs.post(address)

    assert "Join Herons" in page.text
    assert roles(herons, alice)["bob"] == "manager"
    assert bobs.post(address, headers=HTML).status_code == 404


def test_an_invitation_is_declined_withdrawn_and_sent_again(alices, bobs, herons, alice):
    alices.post(f"/account/teams/{herons.id}", {"who": "bob", "role": "member"})
    first = Invitation.objects.get(answered_at=None)
    alices.post(f"/account/teams/{herons.id}/invitations/{first.id}/resend")
    second = Invitation.objects.get(answered_at=None)
    bobs.post(f"/account/invitations/{second.id}/decline")
    assert not Invitation.objects.filter(answered_at=None).exists()

    alices.post(f"/account/teams/{herons.id}", {"who": "bob", "role": "member"})
    third = Invitation.objects.get(answered_at=None)
    alices.post(f"/account/teams/{herons.id}/invitations/{third.id}/withdraw")

    assert not Invitation.objects.filter(answered_at=None).exists()
    assert roles(herons, alice) == {"alice": "owner"}


def test_a_link_to_hand_over_is_shown_once(alices, herons, alice):
    alices.post(f"/account/teams/{herons.id}", {"who": "eve@example.com", "role": "member"})
    invited = Invitation.objects.get()

    shown = alices.post(f"/account/teams/{herons.id}/invitations/{invited.id}/link")
    [url] = re.findall(r"http\S+/invitations/[\w-]+", shown.text)

    assert shown.headers["Cache-Control"] == "no-store"
    assert url not in alices.get(f"/account/teams/{herons.id}").text
    assert Client().get(path_of(url)).status_code == 200


def test_somebody_without_an_account_follows_the_link_registers_and_joins(client, herons, alice):
    address = path_of(link_of(herons, {"email": "eve@example.com"}, alice))
    shown = client.get(address)
    [register_at] = re.findall(r'href="(/register\?next=[^"]+)"', shown.text)

    assert "alice invites you" in text_of(shown)
    form = client.get(register_at)
    [following, *_] = re.findall(r'name="next" value="([^"]+)"', form.text)
    made = client.post("/register", {"username": "eve", "password": PASSWORD, "again": PASSWORD, "next": following})
    assert made.headers["Location"] == address
    assert roles(herons, alice) == {"alice": "owner"}  # opening the page alone joins nothing
    client.get(address)
    client.post(address)

    assert roles(herons, alice) == {"alice": "owner", "eve": "member"}
    assert client.get(address, headers=HTML).status_code == 404


def test_the_secret_of_a_link_is_told_to_no_other_page_and_not_logged(client, herons, alice, capfd):
    address = path_of(link_of(herons, {"email": "eve@example.com"}, alice))

    answers = [client.get(address), client.post(address), client.get("/invitations/made-up", headers=HTML)]

    assert [answer.status_code for answer in answers] == [200, 302, 404]
    assert answers[0].headers["Referrer-Policy"] == "strict-origin"
    assert answers[0].headers["Cache-Control"] == "no-store"
    said = capfd.readouterr()
    assert address.rpartition("/")[2] not in said.out + said.err


def test_an_invitation_for_one_user_is_joined_by_nobody_else(bobs, herons, alice, charlie):
    address = path_of(link_of(herons, {"username": "charlie"}, alice))

    answer = bobs.post(address)

    assert answer.status_code == 404
    assert roles(herons, alice) == {"alice": "owner"}
