"""Sharing files and folders on the pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from accounts.services import teams
from activity.models import Mail
from assets.models import Asset, Link
from assets.services import links, people, sharing, transfers
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(alice) -> Hand:
    return Hand(caller_for(alice))


@pytest.fixture
def photos(me):
    return me.folder("<b>photos")


@pytest.fixture
def bobs(bob) -> Client:
    return sign_in(Client(headers=HTML), "bob")


def people_form(**changed):
    return {"names": "bob", "role": "viewer", "lasts": "", **changed}


def roles(me, asset):
    return {each.name: each.role for each in sharing.sharing_of(by=me.caller, asset_id=asset.id).direct}


def test_people_and_teams_are_let_in_at_once_and_told_by_mail(alices, me, alice, photos, bob, charlie):
    team = teams.create(by=me.caller, name="Band")

    answer = alices.post(
        f"/files/{photos.id}/share/people",
        people_form(names="bob, charlie", teams=[str(team.id)], role="editor", notify="on"),
    )

    assert answer.headers["Location"] == f"/files/{photos.id}/share"
    hand = Hand(caller_for(alice))
    assert roles(hand, photos) == {"bob": "editor", "charlie": "editor", "Band": "editor"}
    assert Mail.objects.filter(kind="shared_with_you").count() == 2
    page = alices.get(answer.headers["Location"])
    assert "&lt;b&gt;photos" in page.text
    assert "<b>photos" not in page.text
    assert "charlie" in text_of(page)


def test_a_name_that_nobody_has_is_told_at_its_field_and_nobody_is_let_in(alices, me, photos):
    answer = alices.post(f"/files/{photos.id}/share/people", people_form(names="nobody-at-all"))

    assert (answer.status_code, list(errors(answer))) == (400, ["names"])
    assert roles(me, photos) == {}


def test_whoever_is_known_by_name_is_let_in_beside_one_who_is_not(alices, me, photos, bob):
    answer = alices.post(f"/files/{photos.id}/share/people", people_form(names="bob, nobody"), follow=True)

    assert "Nobody is called so: nobody." in text_of(answer)
    assert roles(me, photos) == {"bob": "viewer"}


def test_access_ends_with_the_day_that_was_chosen(alices, me, photos, bob):
    form = people_form(lasts="day", until="2040-05-01", zone="Asia/Tokyo")
    alices.post(f"/files/{photos.id}/share/people", form)

    [access] = sharing.sharing_of(by=me.caller, asset_id=photos.id).direct

    assert access.expires_at
    assert access.expires_at.isoformat().startswith("2040-05-01T14:59:59")
    past = alices.post(f"/files/{photos.id}/share/people", people_form(lasts="day", until="2001-05-01"))
    assert (past.status_code, list(errors(past))) == (400, ["until"])


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "America", "z" * 300, "../UTC"])
def test_the_last_day_there_is_ends_access_in_any_zone_and_in_what_is_none(alices, photos, bob, zone):
    form = people_form(lasts="day", until="9999-12-31", zone=zone)

    assert alices.post(f"/files/{photos.id}/share/people", form).status_code == 302
    assert alices.get(f"/files/{photos.id}/share").status_code == 200


def test_only_those_one_shares_with_already_are_suggested(alices, me, photos, bob, charlie):
    other = me.folder("other")
    people.add_people(by=me.caller, asset_id=other.id, role="viewer", names=["bob"])

    suggested = alices.get(f"/files/{photos.id}/share").text.partition("<datalist")[2].partition("</datalist>")[0]
    assert "bob" in suggested
    assert "charlie" not in suggested


def test_a_role_is_changed_and_taken(alices, me, photos, bob):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])

    alices.post(f"/files/{photos.id}/share/role", {"name": "bob", "role": "editor"})
    assert roles(me, photos) == {"bob": "editor"}
    alices.post(f"/files/{photos.id}/share/remove", {"name": "bob"})
    assert roles(me, photos) == {}


def test_a_viewer_sees_who_shares_it_and_may_only_leave(bobs, me, photos, bob, charlie):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob", "charlie"])

    page = bobs.get(f"/files/{photos.id}/share")

    assert "alice" in text_of(page)
    assert "charlie" not in page.text
    assert "Add people" not in page.text
    for form, given in (
        ("people", people_form(names="charlie")),
        ("role", {"name": "charlie", "role": "editor"}),
        ("remove", {"name": "charlie"}),
        ("anyone", {"any_one_access": "viewer"}),
        ("inherit", {"inherits": "no"}),
        ("links", {"link-role": "viewer"}),
        ("offer", {"offer-to": "charlie"}),
    ):
        assert bobs.post(f"/files/{photos.id}/share/{form}", given).status_code == 403, form
    assert roles(me, photos) == {"bob": "viewer", "charlie": "viewer"}
    assert bobs.post(f"/files/{photos.id}/share/leave").headers["Location"] == "/shared"
    assert roles(me, photos) == {"charlie": "viewer"}


@pytest.mark.parametrize("form", ["", "/people", "/role", "/remove", "/anyone", "/inherit", "/links", "/offer"])
def test_a_stranger_is_told_that_there_is_no_such_thing(bobs, photos, form):
    address = f"/files/{photos.id}/share{form}"

    given = {**people_form(), "link-role": "viewer", "offer-to": "bob", "any_one_access": "viewer"}
    answer = bobs.post(address, given) if form else bobs.get(address)

    assert answer.status_code == 404


def test_a_visitor_is_sent_to_sign_in(client, photos):
    for address in (f"/files/{photos.id}/share", "/links", "/transfers"):
        assert client.get(address).headers["Location"].startswith("/login")


def test_anyone_is_let_in_with_a_warning_and_kept_out_again(alices, photos):
    alices.post(f"/files/{photos.id}/share/anyone", {"any_one_access": "editor"})
    assert "Everybody with an account" in text_of(alices.get(f"/files/{photos.id}/share"))

    alices.post(f"/files/{photos.id}/share/anyone", {"any_one_access": "restricted"})
    assert Asset.objects.get(id=photos.id).any_one_access == "restricted"
    answer = alices.post(f"/files/{photos.id}/share/anyone", {"any_one_access": "everything"})
    assert answer.status_code == 400


def test_what_lies_above_is_shown_with_its_folder_until_a_folder_stops_inheriting(alices, me, photos, bob):
    inner = me.folder("inner", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    assert "bob" in text_of(alices.get(f"/files/{inner.id}/share"))

    alices.post(f"/files/{inner.id}/share/inherit", {"inherits": "no"})

    assert (
        "bob"
        not in text_of(alices.get(f"/files/{inner.id}/share")).partition("Who has access")[2].partition("General")[0]
    )


def test_a_link_is_made_shown_changed_and_revoked(alices, me, photos):
    form = {"link-role": "add", "link-label": "for Ben", "link-password": "three tame otters", "link-lasts": "7"}
    alices.post(f"/files/{photos.id}/share/links", form)

    [link] = links.made_by(by=me.caller).items
    assert (link.role, link.label, link.has_password) == ("add", "for Ben", True)
    assert link.expires_at
    assert round((link.expires_at - timezone.now()) / timedelta(days=1)) == 7
    for page in (alices.get(f"/files/{photos.id}/share"), alices.get("/links")):
        assert str(link.url) in page.text
    alices.post(f"/links/{link.id}", {"label": "for Ann", "lasts": "keep", "no_password": "on"})
    [changed] = links.made_by(by=me.caller).items
    assert (changed.label, changed.has_password, changed.expires_at) == ("for Ann", False, link.expires_at)
    alices.post(f"/links/{link.id}/revoke", {"back": "share"})
    assert links.made_by(by=me.caller).items == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"link-role": "owner"}, "link-role"),
        ({"link-label": "x" * 101}, "link-label"),
        ({"link-password": "short"}, "link-password"),
        ({"link-lasts": "day"}, "link-until"),
        ({"link-download_limit": "0"}, "link-download_limit"),
    ],
)
def test_what_a_link_cannot_be_is_told_at_its_field(alices, photos, changed, field):
    answer = alices.post(f"/files/{photos.id}/share/links", {"link-role": "viewer", "link-lasts": "", **changed})

    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.text
    assert not Link.objects.exists()


def test_nobody_touches_the_link_of_somebody_else(bobs, me, photos):
    link = links.make(by=me.caller, asset_id=photos.id, role="viewer", wish={})

    assert bobs.get(f"/links/{link.id}").status_code == 404
    assert bobs.post(f"/links/{link.id}/revoke").status_code == 404


def test_a_script_gets_the_panel_and_a_form_that_was_refused_with_its_status(alices, photos):
    inside = {"HX-Request": "true", "HX-Target": "share"}

    assert "<dialog" in alices.get(f"/files/{photos.id}/share", headers={"HX-Request": "true"}).text
    assert "<dialog" not in alices.get(f"/files/{photos.id}/share", headers=inside).text
    refused = alices.post(f"/files/{photos.id}/share/people", people_form(names="nobody"), headers=inside)
    assert (refused.status_code, refused.text.lstrip()[:24]) == (400, '<div class="share" id="s')


def test_the_panel_asks_the_database_a_few_times_however_many_share_it(
    alices, me, photos, bob, charlie, django_assert_max_num_queries
):
    inner = me.folder("inner", photos)
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    people.add_people(by=me.caller, asset_id=inner.id, role="editor", names=["charlie", "bob"])
    for _ in range(5):
        links.make(by=me.caller, asset_id=inner.id, role="viewer", wish={})

    with django_assert_max_num_queries(15):
        alices.get(f"/files/{inner.id}/share", headers={"HX-Request": "true"})
    with django_assert_max_num_queries(15):
        alices.get(f"/files/{inner.id}/share")
    with django_assert_max_num_queries(15):
        alices.get("/links")


def test_a_file_is_offered_and_accepted_with_its_size(alices, bobs, me, bob):
    file = me.file("a.txt", data=b"12345")
    alices.post(f"/files/{file.id}/share/offer", {"offer-to": "bob", "offer-keep": "on"})
    [offer] = transfers.offers(by=caller_for(bob)).items

    assert "a.txt" in bobs.get("/transfers").text
    assert "5 bytes" in text_of(bobs.get(f"/transfers/{offer.id}"))
    bobs.post(f"/transfers/{offer.id}/accept", {"size": "4"})
    assert Asset.objects.get(id=file.id).owner_id != bob.id  # larger than was seen
    bobs.post(f"/transfers/{offer.id}/accept", {"size": "5"})
    assert Asset.objects.get(id=file.id).owner_id == bob.id


def test_an_offer_is_declined_by_its_recipient_and_withdrawn_by_its_giver(alices, bobs, me, bob):
    one, other = me.file("a.txt"), me.file("b.txt")
    first = transfers.offer(by=me.caller, asset_id=one.id, to="bob")
    second = transfers.offer(by=me.caller, asset_id=other.id, to="bob")

    bobs.post(f"/transfers/{first.id}/decline")
    alices.post(f"/transfers/{second.id}/withdraw")

    assert transfers.offers(by=caller_for(bob)).items == []


def test_the_lists_of_shared_things_say_as_what_from_whom_until_when_and_to_whom(
    alices, bobs, me, photos, bob, charlie
):
    end = timezone.now() + timedelta(days=3)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob", "charlie"], expires_at=end)
    links.make(by=me.caller, asset_id=photos.id, role="viewer", wish={})
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="viewer")

    assert "You can edit · from alice · until" in text_of(bobs.get("/shared"))
    assert "bob, charlie · 1 link · anyone can view" in text_of(alices.get("/shared/by-me"))


def test_nobody_leaves_what_they_have_through_a_team_only(alices, bobs, me, alice, photos, bob):
    team = teams.create(by=me.caller, name="Band")
    Membership.objects.create(team_id=team.id, user=bob, role="member")
    bob.groups.add(Membership.objects.get(team_id=team.id, user=bob).team.group)
    people.add_people(by=caller_for(alice), asset_id=photos.id, role="viewer", team_ids=[team.id])

    answer = bobs.post(f"/files/{photos.id}/share/leave", follow=True)

    assert "Leave the team" in text_of(answer)
    assert "team Band" in text_of(answer)
