"""What somebody sees of their room, and does about it."""

import re

import pytest
from django.conf import settings as django_settings

from assets.services import trash, versions
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import errors, sign_in, text_of

pytestmark = pytest.mark.django_db
HERE = "/account/usage"


@pytest.fixture
def hand(alice, tmp_path, settings) -> Hand:
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}
    return Hand(caller_for(alice))


def test_somebody_sees_what_eats_their_space(alices, hand):
    films = hand.folder("Films")
    hand.file("sea.mp4", films, data=b"x" * 3000, content_type="video/mp4")
    hand.file("sea.mp4", films, data=b"x" * 2048, content_type="video/mp4")

    page = alices.get(HERE)

    shown = text_of(page)
    assert "Files 2 KiB" in shown
    assert "Old versions 2.9 KiB" in shown
    assert "Videos 2 KiB" in shown
    assert "Films 2 KiB" in shown
    assert "sea.mp4" in shown
    assert 'class="part-versions"' in page.text


def test_the_largest_files_go_on_by_a_link_and_by_htmx(alices, hand):
    for number in range(21):
        hand.file(f"file {number}", data=b"x" * (number + 1))

    [cursor] = re.findall(r'href="\?cursor=([\w-]+)"', alices.get(HERE).text)

    for headers in ({}, {"HX-Request": "true"}):
        more = alices.get(HERE, {"cursor": cursor}, headers=headers)
        assert re.findall(r">(file \d+)<", more.text) == ["file 0"]
    assert "<html" not in more.text


def test_many_things_cost_no_more_queries(alices, hand, django_assert_max_num_queries):
    for number in range(12):
        hand.file("a", hand.folder(f"folder {number}"), data=b"x")

    with django_assert_max_num_queries(14):
        alices.get(HERE)


def test_the_trash_tells_what_it_takes_and_leads_to_the_page_that_empties_it(alices, hand):
    assert "/trash/empty" not in alices.get(HERE).text
    trash.trash(by=hand.caller, asset_id=hand.file("old", data=b"x" * 500).id)

    page = alices.get(HERE)

    assert "500 bytes wait there" in text_of(page)
    assert 'href="/trash/empty"' in page.text


def test_somebody_says_how_long_versions_are_kept(alices, hand):
    wrong = alices.post(f"{HERE}/versions", {"versions_kept": "0", "versions_days": ""})
    right = alices.post(f"{HERE}/versions", {"versions_kept": "3", "versions_days": ""})

    assert (wrong.status_code, set(errors(wrong))) == (400, {"versions_kept"})
    assert right.status_code == 302
    kept = versions.retention_of(by=hand.caller, folder_id=None)
    assert (kept.kept, kept.days) == (3, django_settings.CLOUDBOX_VERSIONS_DAYS)


def test_nobody_sees_what_others_store(client, hand, bob):
    hand.file("a secret.txt", data=b"x" * 100)

    assert "a secret" not in sign_in(client, "bob").get(HERE).text
