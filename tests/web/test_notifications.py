"""The bell, the list of notifications, and the choice of what one is told, in a browser."""

from uuid import uuid4

import pytest

from activity import models, notifications, preferences
from activity.models import Mail
from assets.services import people, transfers, tree
from tests.people import caller_for
from tests.web.browsing import text_of

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def tell(alice):
    """Tell alice something."""

    def tell(kind="folder_shared", *, name="Photos", read=False, user=alice, times=1, **facts):
        target = {"kind": "folder", "id": str(uuid4()), "label": name}
        data = {"actor": {"id": None, "label": "bob"}, "target": target, "facts": facts, "times": times}
        row = models.Notification.objects.create(
            user=user, event_seq=models.Notification.objects.count(), kind=kind, data=data
        )
        if read:
            notifications.mark_read(user.id, ids=[row.id])
        return row

    return tell


def test_the_bell_counts_what_is_new_on_every_page(alices, tell):
    row = tell()
    tell(read=True)

    assert 'aria-label="Notifications, 1 new"' in alices.get("/files").text
    alices.post("/notifications/read", {"id": row.id})
    assert 'aria-label="Notifications"' in alices.get("/account").text


def test_each_says_what_was_done_and_leads_there(alices, alice, tell):
    row = tell(name="<b>Photos</b>", user_id=str(alice.id), role="editor", times=3)
    tell("folder_purged", name="Old")
    page = alices.get("/notifications")

    assert "“&lt;b&gt;Photos&lt;/b&gt;” was shared with you. You may change it." in page.text
    assert "and 2 more" in text_of(page)
    assert f'href="/files/{row.data["target"]["id"]}"' in page.text
    assert '<span class="note-sentence">“Old” was deleted for good.</span>' in page.text


def test_the_menu_of_the_bell_has_the_latest_five(alices, tell):
    for number in range(6):
        tell(name=f"Folder {number}")
    page = alices.get("/notifications/latest")

    assert page.text.count('class="note unread"') == 5
    assert 'data-unread="6"' in page.text
    assert "Folder 0" not in page.text


def test_the_list_goes_on_with_few_queries(alices, tell, django_assert_max_num_queries):
    for number in range(35):
        tell(name=f"Folder {number}", user_id=str(uuid4()))
    with django_assert_max_num_queries(MOST_QUERIES):
        first = alices.get("/notifications")
    cursor = first.text.split("?cursor=")[1].split('"')[0]
    more = alices.get(f"/notifications?cursor={cursor}", headers={"HX-Request": "true"})

    assert (first.text.count('class="note unread"'), more.text.count('class="note unread"')) == (30, 5)
    assert "<html" not in more.text


def test_one_or_all_up_to_one_are_marked_as_read(alices, alice, tell):
    rows = [tell() for _ in range(3)]
    alices.post("/notifications/read", {"id": rows[0].id})
    assert notifications.count_unread(alice.id) == 2
    alices.post("/notifications/read", {"until": rows[1].id})

    assert [one.id for one in notifications.page(alice.id, unread=True).items] == [rows[2].id]
    alices.post("/notifications/read", {"until": "everything"})
    assert notifications.count_unread(alice.id) == 1


def test_others_see_and_mark_nothing_of_it(alices, bob, tell):
    row = tell(user=bob, name="Secret")

    assert "Secret" not in alices.get("/notifications").text
    alices.post("/notifications/read", {"id": row.id})
    assert notifications.count_unread(bob.id) == 1


@pytest.mark.parametrize("address", ["/notifications", "/notifications/latest", "/account/notifications"])
def test_a_visitor_is_sent_to_sign_in(client, db, address):
    assert client.get(address).headers["Location"].startswith("/login?next=")


def test_people_choose_with_a_form_how_they_are_told(alices, alice, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        page = alices.get("/account/notifications")
    assert 'name="shared.by_mail" checked' in page.text
    assert 'name="security.by_mail" checked disabled' in page.text

    alices.post("/account/notifications", {"shared.on_page": "on", "teams.by_mail": "on"})

    chosen = {choice.notice.name: (choice.on_page, choice.by_mail) for choice in preferences.choices_of(alice.id)}
    assert (chosen["shared"], chosen["teams"], chosen["security"]) == ((True, False), (False, True), (True, True))


def test_who_wants_no_mail_gets_none_of_those_that_services_write(alice, bob):
    by, folder = caller_for(bob), tree.make_folder(by=caller_for(bob), parent_id=None, name="Photos")
    preferences.choose(alice.id, {"shared": {"by_mail": False}})
    people.add_people(by=by, asset_id=folder.id, role="viewer", names=["alice"], notify=True)
    transfers.offer(by=by, asset_id=folder.id, to="alice")

    mail = Mail.objects.get(to=alice.email)
    assert mail.kind == "transfer_offered"
    assert "/account/notifications" in mail.text
    assert "/account/notifications" in mail.html
