"""The pages of share links, as people without an account see them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assets.models import Link, Report
from tests.assets.by_link import child, token_to
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import HTML, errors, text_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def hand(alice) -> Hand:
    return Hand(caller_for(alice))


@pytest.fixture
def photos(hand):
    folder = hand.folder("photos")
    hand.file("<img src=x onerror=alert(1)>.txt", folder)
    hand.file("deep.txt", hand.folder("below", folder))
    hand.file("private.txt")
    return folder


@pytest.fixture
def visitor() -> Client:
    return Client(headers=HTML)


def cookie_of(visitor: Client) -> str:
    return "; ".join(f"{name}={cookie.value}" for name, cookie in visitor.cookies.items())


def unlock(visitor: Client, token: str, password: str = PASSWORD):
    return visitor.post(f"/l/{token}/unlock", {"password": password})


def test_a_stranger_sees_what_a_folder_contains_and_who_shares_it(visitor, hand, photos):
    token = token_to(hand, photos)

    page = visitor.get(f"/l/{token}")

    assert page.status_code == 200
    assert "Shared by alice" in text_of(page)
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in page.text
    assert "<img src=x" not in page.text
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("strict-origin", "no-store")
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    below = visitor.get(f"/l/{token}/{child(photos, 'below').id}")
    assert "deep.txt" in below.text


def test_only_opening_a_link_counts_as_a_visit(visitor, hand, photos):
    token = token_to(hand, photos)

    for address in ("", "?sort=-name", f"/{child(photos, 'below').id}"):
        assert visitor.get(f"/l/{token}{address}").status_code == 200

    assert Link.objects.get().visits == 1


def test_a_page_of_a_link_asks_the_database_a_few_times(visitor, hand, photos, django_assert_max_num_queries):
    for number in range(30):
        hand.file(f"{number}.txt", photos)
    token = token_to(hand, photos)

    with django_assert_max_num_queries(15):
        assert visitor.get(f"/l/{token}").status_code == 200


def test_nothing_beyond_the_folder_of_a_link_is_reached(visitor, hand, photos):
    token, outside = token_to(hand, photos), hand.file("outside.txt")

    assert visitor.get(f"/l/{token}/{outside.id}").status_code == 404
    assert visitor.get(f"/l/{token}/{outside.parent}").status_code == 404


def test_the_way_to_a_folder_begins_with_the_link(visitor, hand, photos):
    holder = child(photos, "below")
    token = token_to(hand, hand.folder("inner", holder))

    for asset in (child(holder, "inner"), hand.file("x.txt", child(holder, "inner"))):
        page = visitor.get(f"/l/{token}/{asset.id}")
        assert page.status_code == 200
        assert "photos" not in page.text
        assert "below" not in page.text


def test_a_link_that_never_was_and_one_that_was_revoked_look_the_same(visitor, hand, photos):
    token = token_to(hand, photos)
    Link.objects.update(revoked_at=timezone.now())

    gone, never = visitor.get(f"/l/{token}"), visitor.get("/l/never-was")

    assert (gone.status_code, never.status_code) == (404, 404)
    assert text_of(gone) == text_of(never)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires_at": timezone.now() - timedelta(hours=1)}, "The link has expired"),
        ({"taken_down_at": timezone.now()}, "The link was taken down"),
    ],
)
def test_a_link_that_has_ended_says_so_and_shows_nothing(visitor, hand, photos, change, said):
    token = token_to(hand, photos)
    Link.objects.update(**change)

    for address in ("", f"/{photos.id}"):
        page = visitor.get(f"/l/{token}{address}")
        assert page.status_code == 410
        assert said in text_of(page)
        assert "photos" not in page.text


def test_a_link_with_a_password_tells_nothing_until_it_is_given(visitor, hand, photos):
    token = token_to(hand, photos, password=PASSWORD)
    pages = [visitor.get(f"/l/{token}"), visitor.get(f"/l/{token}/{photos.id}"), unlock(visitor, token, "wrong")]

    assert [page.status_code for page in pages] == [200, 200, 403]
    assert not any("photos" in page.text or "alice" in page.text for page in pages)
    assert unlock(visitor, token).headers["Location"] == f"/l/{token}"
    assert "below" in visitor.get(f"/l/{token}").text


def test_the_pass_opens_pages_and_doors_of_its_own_link_only(visitor, hand, photos):
    one, other = (token_to(hand, photos, password=PASSWORD) for _ in range(2))

    cookies = unlock(visitor, one).cookies

    assert {cookie["path"] for cookie in cookies.values() if "link" in cookie.key} == {
        f"/l/{one}",
        f"/api/v1/links/{one}/",
    }
    assert all(cookie["httponly"] for cookie in cookies.values() if "link" in cookie.key)
    assert visitor.get(f"/api/v1/links/{one}/folders/{photos.id}/content").status_code == 200
    # A browser would not send the cookie there; nor would it help.
    assert "has a password" in text_of(visitor.get(f"/l/{other}", headers={"Cookie": cookie_of(visitor)}))


def test_after_the_password_somebody_goes_on_to_a_page_of_this_link_and_no_other(visitor, hand, photos):
    token = token_to(hand, photos, password=PASSWORD)
    below = f"/l/{token}/{child(photos, 'below').id}"

    for wanted, got in ((below, below), ("//evil.example/", f"/l/{token}"), ("/admin/", f"/l/{token}")):
        answer = visitor.post(f"/l/{token}/unlock", {"password": PASSWORD, "next": wanted})
        assert answer.headers["Location"] == got


def test_unlocking_needs_the_token_against_forgery(hand, photos):
    token = token_to(hand, photos, password=PASSWORD)

    answer = Client(enforce_csrf_checks=True, headers=HTML).post(f"/l/{token}/unlock", {"password": PASSWORD})

    assert (answer.status_code, answer.cookies.get("cloudbox_link_page")) == (403, None)


def test_who_may_only_add_sees_nothing_of_what_is_there(visitor, hand, photos):
    token = token_to(hand, photos, "add")

    page = visitor.get(f"/l/{token}")

    assert "Drop files here" in text_of(page)
    assert "below" not in page.text
    assert visitor.get(f"/l/{token}/{photos.id}").status_code == 404
    assert visitor.get(f"/l/{token}/{child(photos, 'below').id}").status_code == 404


def test_the_page_of_a_file_with_a_download_limit_takes_none_of_its_downloads(visitor, hand):
    file = hand.file("a.jpg", content_type="image/jpeg")
    token = token_to(hand, file, download_limit=1)

    page = visitor.get(f"/l/{token}")

    assert "1 download left" in text_of(page)
    assert "/view/" not in page.text
    assert f"/api/v1/links/{token}/assets/" in page.text


def test_the_token_of_a_link_stays_out_of_the_log(visitor, hand, photos, caplog):
    token = token_to(hand, photos)
    caplog.clear()

    visitor.get(f"/l/{token}/{photos.id}")

    assert "/l/.../" in caplog.text
    assert token not in caplog.text


def test_abuse_is_reported_on_a_page_and_the_reporter_thanked(visitor, hand, photos):
    token = token_to(hand, photos)
    assert f"/l/{token}/report" in visitor.get(f"/l/{token}").text

    answer = visitor.post(f"/l/{token}/report", {"reason": "phishing", "details": "asks for <b>passwords"})

    assert "Thank you" in text_of(answer)
    assert Report.objects.get().details == "asks for <b>passwords"
    refused = visitor.post(f"/l/{token}/report", {"reason": "malware", "reporter": "nobody"})
    assert (refused.status_code, set(errors(refused))) == (400, {"reporter"})


def test_nobody_reports_what_a_locked_link_shows_or_one_that_is_not(visitor, hand, photos):
    locked = token_to(hand, photos, password=PASSWORD)

    for address, said in ((f"/l/{locked}/report", "has a password"), ("/l/never-was/report", "Nothing is here")):
        assert said in text_of(visitor.get(address))
        assert said in text_of(visitor.post(address, {"reason": "malware"}))
    assert not Report.objects.exists()


def test_who_may_edit_by_a_link_makes_renames_and_deletes_within_it(visitor, hand, photos):
    token = token_to(hand, photos, "editor")
    below = child(photos, "below")

    made = visitor.post(f"/l/{token}/{below.id}/new-folder", {"name": "new"})
    assert made.headers["Location"] == f"/l/{token}/{below.id}"
    visitor.post(f"/l/{token}/{child(below, 'new').id}/rename", {"name": "newer"})
    assert "newer" in visitor.get(f"/l/{token}/{below.id}").text
    answer = visitor.post(f"/l/{token}/{below.id}/delete")
    assert answer.headers["Location"] == f"/l/{token}"
    assert hand.names(photos) == ["<img src=x onerror=alert(1)>.txt"]
    refused = visitor.post(f"/l/{token}/{photos.id}/new-folder", {"name": "a/b"}, follow=True)
    assert "A name has no slash." in text_of(refused)


@pytest.mark.parametrize("role", ["viewer", "add"])
def test_who_may_not_edit_by_a_link_changes_nothing(visitor, hand, photos, role):
    token, below = token_to(hand, photos, role), child(photos, "below")

    visitor.post(f"/l/{token}/{below.id}/rename", {"name": "other"})
    visitor.post(f"/l/{token}/{below.id}/delete")
    visitor.post(f"/l/{token}/{hand.file('outside.txt').id}/delete")

    assert "below" in hand.names(photos)
    assert "outside.txt" in hand.names()
