import re

import pytest
from django.test import Client

from assets.services import labels, people, versions
from tests.assets.conftest import Hand
from tests.people import caller_for
from tests.web.browsing import sign_in, text_of

pytestmark = pytest.mark.usefixtures("alice", "bob", "charlie")

EVIL = '"><img src=x onerror=alert(1)>.txt'
PIECE = {"HX-Request": "true"}


@pytest.fixture
def mine(alice):
    return Hand(caller_for(alice))


@pytest.fixture
def bobs(bob):
    return sign_in(Client(), "bob")


def stage(browser, file):
    """What kind of stage the preview of a file has."""
    return re.findall(r'data-stage="(\w+)"', browser.get(f"/files/{file.id}/view").content.decode())[0]


def details(browser, file, **more):
    return browser.get(f"/files/{file.id}/details", **more)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "picture"),
        ("a.svg", "picture"),
        ("a.pdf", "pdf"),
        ("a.mp4", "video"),
        ("a.flac", "audio"),
        ("a.json", "text"),
        ("a.html", "text"),
        ("a.toml", "text"),
        (".gitignore", "text"),
        ("a.docx", "none"),
        ("a", "none"),
    ],
)
def test_each_kind_of_file_is_shown_as_browsers_can(alices, mine, name, kind):
    assert stage(alices, mine.file(name)) == kind


def test_what_could_run_a_script_is_a_picture_or_a_text_and_nothing_else(alices, mine):
    drawing, page = mine.file("a.svg", data=b"<svg><script>alert(1)</script></svg>"), mine.file("a.html")

    assert f'<img class="stage-full" src="/api/v1/store/files/{drawing.id}/versions/1/content"' in text(alices, drawing)
    for file in (drawing, page):
        assert "<iframe" not in text(alices, file)
        assert "<object" not in text(alices, file)
        assert "<embed" not in text(alices, file)


def text(browser, file):
    return browser.get(f"/files/{file.id}/view").content.decode()


@pytest.mark.parametrize("page", ["view", "details", "versions", "activity", "people"])
def test_a_name_is_never_taken_for_tags(alices, mine, page):
    file = mine.file(EVIL)
    labels.set_tags(by=mine.caller, asset_id=file.id, tags=["<b>tag"])
    labels.set_metadata(by=mine.caller, asset_id=file.id, pairs={'"><b>': "<i>value"})

    answer = alices.get(f"/files/{file.id}/{page}").content.decode()

    assert "<img src=x" not in answer
    assert "<b>" not in answer
    assert "<i>" not in answer


@pytest.mark.parametrize("page", ["view", "details", "versions", "activity", "people"])
def test_a_stranger_finds_nothing_and_a_visitor_is_led_to_sign_in(client, charlie, mine, page):
    address = f"/files/{mine.file('a.txt').id}/{page}"

    assert sign_in(Client(), "charlie").get(address).status_code == 404
    assert client.get(address).headers["Location"] == f"/login?next=%2F{address[1:].replace('/', '%2F')}"


@pytest.mark.parametrize("page", ["view", "details", "versions", "activity", "people"])
def test_a_page_asks_the_database_a_few_times_however_much_there_is(alices, mine, page, django_assert_max_num_queries):
    folder = mine.folder("below", mine.folder("above"))
    file = mine.file("a.txt", folder)
    for number in range(3):
        mine.file("a.txt", folder, data=b"%d" % number)
        labels.set_tags(by=mine.caller, asset_id=file.id, tags=[f"tag{number}"])
    people.add_people(by=mine.caller, asset_id=file.id, role="viewer", names=["bob", "charlie"])

    with django_assert_max_num_queries(14):
        assert alices.get(f"/files/{file.id}/{page}").status_code == 200
    with django_assert_max_num_queries(14):
        alices.get(f"/files/{file.id}/{page}", headers=PIECE)


def test_a_piece_is_the_same_without_what_stands_around(alices, mine):
    file = mine.file("a.txt")

    assert "<html" in details(alices, file).content.decode()
    piece = details(alices, file, headers=PIECE).content.decode()
    assert "<html" not in piece
    assert "a.txt" in piece


def test_neighbours_of_a_file_are_those_in_its_folder(alices, mine):
    folder = mine.folder("folder")
    first, second = (mine.file(name, folder) for name in ("a.txt", "b.txt"))

    assert f'rel="next" href="/files/{second.id}/view"' in text(alices, first)
    assert f'rel="prev" href="/files/{first.id}/view"' in text(alices, second)
    assert 'rel="next"' not in text(alices, second)


def test_an_old_version_is_restored_by_a_form(alices, mine):
    file = mine.file("a.txt", data=b"one")
    mine.file("a.txt", data=b"two")

    answer = alices.post(f"/files/{file.id}/versions/1/restore", follow=True)

    assert "Version 1 is the current content again." in text_of(answer)
    assert mine.read(file) == b"one"


def test_an_old_version_is_deleted_by_its_owner_and_the_current_one_by_nobody(alices, mine):
    file = mine.file("a.txt", data=b"one")
    mine.file("a.txt", data=b"two")

    assert "Version 1 was deleted." in text_of(alices.post(f"/files/{file.id}/versions/1/delete", follow=True))
    refused = alices.post(f"/files/{file.id}/versions/2/delete", headers=PIECE)
    assert (refused.status_code, "It is the current version" in text_of(refused)) == (409, True)
    assert [version.seq for version in versions.versions_of(by=mine.caller, file_id=file.id).items] == [2]


def test_a_viewer_sees_versions_and_changes_none(bobs, mine):
    file = mine.file("a.txt", data=b"one")
    mine.file("a.txt", data=b"two")
    people.add_people(by=mine.caller, asset_id=file.id, role="viewer", names=["bob"])

    shown = bobs.get(f"/files/{file.id}/versions").content.decode()
    assert ("Version 1" in shown, "restore" in shown, "delete" in shown) == (True, False, False)
    for address in ("versions/1/restore", "versions/1/delete", "tags", "metadata"):
        assert bobs.post(f"/files/{file.id}/{address}", {"tags": "red"}, headers=PIECE).status_code == 403
    assert mine.read(file) == b"two"


def test_tags_are_added_and_taken_away_by_forms(alices, mine):
    file = mine.file("a.txt")

    alices.post(f"/files/{file.id}/tags", {"tags": "red, Blue", "revision": revision(alices, file)})
    alices.post(f"/files/{file.id}/tags", {"remove": "red", "revision": revision(alices, file)})

    assert labels.tags_of(by=mine.caller, asset_id=file.id).tags == ("blue",)


def test_metadata_is_changed_by_a_form_as_a_whole_and_taken_away_one_by_one(alices, mine):
    file, address = mine.file("a.txt"), "/files/{}/metadata"
    pairs = {"key": ["colour", "size", ""], "value": ["blue", "large", ""]}

    alices.post(address.format(file.id), pairs)
    assert labels.metadata_of(by=mine.caller, asset_id=file.id).metadata == {"colour": "blue", "size": "large"}
    alices.post(address.format(file.id), {"remove": "size"})
    assert labels.metadata_of(by=mine.caller, asset_id=file.id).metadata == {"colour": "blue"}


def test_what_is_wrong_with_labels_is_told_at_its_field_and_changes_nothing(alices, mine):
    file = mine.file("a.txt")

    twice = alices.post(f"/files/{file.id}/metadata", {"key": ["a", "a"], "value": ["1", "2"]})
    nameless = alices.post(f"/files/{file.id}/metadata", {"key": [""], "value": ["1"]})
    long = alices.post(f"/files/{file.id}/tags", {"tags": "x" * 65})

    assert (twice.status_code, "“a” is there twice." in text_of(twice)) == (400, True)
    assert (nameless.status_code, "Say what “1” is." in text_of(nameless)) == (400, True)
    assert (long.status_code, 'id="id_tags_error"' in long.content.decode()) == (400, True)
    assert labels.metadata_of(by=mine.caller, asset_id=file.id).metadata == {}


def test_a_form_that_is_older_than_the_labels_changes_nothing(alices, mine):
    file = mine.file("a.txt")
    old = revision(alices, file)
    labels.set_tags(by=mine.caller, asset_id=file.id, tags=["red"])

    answer = alices.post(f"/files/{file.id}/tags", {"tags": "blue", "revision": old})

    assert (answer.status_code, "changed elsewhere" in text_of(answer)) == (412, True)
    assert labels.tags_of(by=mine.caller, asset_id=file.id).tags == ("red",)


def revision(browser, file):
    return re.findall(r'name="revision" value="(\d+)"', details(browser, file).content.decode())[0]


def test_an_owner_says_on_the_page_how_long_old_versions_are_kept(alices, mine):
    folder = mine.folder("folder")

    alices.post(f"/files/{folder.id}/retention", {"versions_kept": "3", "versions_days": ""})
    refused = alices.post(f"/files/{folder.id}/retention", {"versions_kept": "many"}, headers=PIECE)

    assert versions.retention_of(by=mine.caller, folder_id=folder.id).kept == 3
    assert refused.status_code == 400
    assert "Up to 3 versions are kept" in text_of(details(alices, folder))


def test_activity_of_an_asset_is_told_in_sentences(alices, bobs, mine):
    file = mine.file("a.txt")
    labels.set_tags(by=mine.caller, asset_id=file.id, tags=["red"])
    people.add_people(by=mine.caller, asset_id=file.id, role="viewer", names=["bob"])

    told, hidden = "The tags of “a.txt” are now: red.", "“a.txt” was shared with"
    seen_by = {name: text_of(who.get(f"/files/{file.id}/activity")) for name, who in (("alice", alices), ("bob", bobs))}
    assert told in seen_by["alice"]
    assert f"{hidden} bob, who may view it." in seen_by["alice"]
    assert told in seen_by["bob"]
    assert hidden not in seen_by["bob"]


def test_activity_of_an_account_goes_on_and_is_told_by_topic(alices, mine):
    for number in range(31):
        labels.set_tags(by=mine.caller, asset_id=mine.file("a.txt").id, tags=[str(number)])

    first = alices.get("/account/activity?topic=files")
    more = re.findall(r'hx-get="([^"]+)"', first.content.decode())[0].replace("&amp;", "&")

    assert "are now: 30." in text_of(first)
    assert "Signed in." not in text_of(first)
    assert "are now: 0." in text_of(alices.get(more, headers=PIECE))
    assert "Signed in." in text_of(alices.get("/account/activity?topic=account"))
    assert alices.get("/account/activity?topic=nothing").status_code == 400


def test_a_form_without_its_token_changes_nothing(alice, mine):
    browser = sign_in(Client(), "alice")
    file = mine.file("a.txt")
    strict = Client(enforce_csrf_checks=True, headers={"cookie": browser.cookies.output(header="", sep=";")})
    strict.cookies = browser.cookies

    assert strict.post(f"/files/{file.id}/tags", {"tags": "red"}).status_code == 403
    assert labels.tags_of(by=mine.caller, asset_id=file.id).tags == ()
