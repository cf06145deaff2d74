"""What somebody sees of how they stand: on their plan, and on every page once something has ended."""

import pytest

from accounts.quotas import recompute_limit
from tests.assets.conftest import Hand
from tests.payments.time import let_pass
from tests.people import caller_for
from tests.web.browsing import text_of

pytestmark = pytest.mark.django_db


def test_the_plan_says_what_runs_until_when_and_what_follows(alices, buying):
    buying("standard")
    buying("basic")

    shown = text_of(alices.get("/account/plan"))

    assert "Standard active" in shown
    assert "Then Basic 1 GiB more from" in shown
    assert "Standard Yours" in shown


@pytest.mark.parametrize(("plan", "verb"), [("basic", "Buy"), ("standard", "Extend"), ("premium", "Upgrade")])
def test_the_price_list_says_what_each_pack_is_to_who_has_one(alices, buying, plan, verb):
    buying("standard")

    page = alices.get("/account/plan")

    assert f'href="/account/plan/{plan}?currency=NGN" aria-label="{verb}: {plan.capitalize()}"' in page.text


def test_who_lets_a_pack_run_out_is_told_so_on_every_page_until_there_is_another(alices, buying):
    buying("standard")
    assert "ended on" not in text_of(alices.get("/files"))

    let_pass(31)

    assert "Standard ended on" in text_of(alices.get("/files"))
    assert text_of(alices.get("/account/plan")).count("Standard ended on") == 1
    buying("basic")
    assert "ended on" not in text_of(alices.get("/files"))


def test_who_stores_more_than_they_have_then_is_told_what_they_still_can_do(alice, alices, buying, settings, tmp_path):
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}
    settings.CLOUDBOX_DEFAULT_QUOTA = 1000
    buying("standard")
    Hand(caller_for(alice)).file("film.mp4", data=b"x" * 2000)

    let_pass(38)

    for page in ("/files", "/account/plan"):
        assert "You can read, download, share and delete all of it" in text_of(alices.get(page))


def test_the_way_to_more_room_is_shown_to_who_needs_it(alice, alices, settings, tmp_path):
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}
    settings.CLOUDBOX_DEFAULT_QUOTA = 1000
    recompute_limit(alice.id)
    hand, way = Hand(caller_for(alice)), 'href="/account/plan">Get more room'

    hand.file("film.mp4", data=b"x" * 700)
    assert way not in alices.get("/files").text
    hand.file("more.mp4", data=b"x" * 100)

    assert way in alices.get("/files").text
