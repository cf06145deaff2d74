"""/api/v1/file: the general storage system's calls, and Hive Node's, as their clients make them."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assets.models import Blob, Version
from assets.services import bulk, trash, tree
from tests.assets.ancestors.speaking_paths import API, JSON, OK, ask, cary, fetch, put, refused

pytestmark = pytest.mark.django_db
__all__ = ["cary"]


@pytest.fixture(autouse=True)
def _store(store):
    """Every test has a store of its own."""


# What the ancestor documents


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_documented_calls_store_list_describe_read_and_delete_a_file(cary, slash):
    stored = cary.post(f"{API}/upload/test.txt", b"hello", "application/x-www-form-urlencoded")
    got = cary.get(f"{API}/download{slash}?path=test.txt")
    listed = cary.get(f"{API}/list{slash}")
    about = cary.get(f"{API}/information{slash}?filename=test.txt")
    deleted = cary.post(f"{API}/delete{slash}", {"file": "test.txt"}, JSON)

    assert (stored.status_code, stored.json()) == (200, OK)
    assert (got.status_code, got.getvalue(), got["Content-Type"]) == (200, b"hello", "text/plain")
    assert listed.json() == {**OK, "files": ["test.txt"], "folders": []}
    assert about.json() == {**OK, "file": "test.txt", "size": 5}
    assert (deleted.status_code, deleted.json()) == (200, OK)
    assert cary.get(f"{API}/list").json()["files"] == []


def test_uploads_come_raw_by_either_method_or_in_a_form(cary):
    put(cary, "a", b"one")
    cary.post(f"{API}/upload/b", b"two", "text/plain")
    cary.post(f"{API}/upload/c", {"file": SimpleUploadedFile("other.txt", b"three")})

    assert [fetch(cary, name).getvalue() for name in "abc"] == [b"one", b"two", b"three"]


def test_what_is_uploaded_is_what_every_door_lists_reads_and_deletes(cary, me):
    put(cary, "letters/2026/ben.txt", b"Dear Ben")

    [letters] = tree.content_of(by=me.caller, folder_id=None).items
    [year] = tree.content_of(by=me.caller, folder_id=letters.id).items
    [file] = tree.content_of(by=me.caller, folder_id=year.id).items
    assert (letters.name, year.name, file.name) == ("letters", "2026", "ben.txt")
    assert me.read(file) == b"Dear Ben"
    assert cary.get(f"{API}/list?path=letters/2026").json()["files"] == ["ben.txt"]
    ask(cary, "delete", path="letters/2026/ben.txt")
    assert [view.id for view in trash.trash_page(by=me.caller).items] == [file.id]


def test_uploading_to_a_path_again_makes_a_version(cary, me):
    put(cary, "a/b.txt", b"one")
    put(cary, "a/b.txt", b"two")

    assert fetch(cary, "a/b.txt").getvalue() == b"two"
    assert sorted(Version.objects.values_list("seq", flat=True)) == [1, 2]
    assert me.space() == (6, 0)


def test_a_download_has_ranges_tags_and_head(cary):
    tag = put(cary, "a.txt", b"0123456789")["ETag"]

    assert fetch(cary, "a.txt", Range="bytes=2-4").getvalue() == b"234"
    assert fetch(cary, "a.txt", **{"If-None-Match": tag}).status_code == 304
    assert refused(fetch(cary, "a.txt", Range="bytes=20-"), 416)
    assert cary.head(f"{API}/download?path=a.txt")["Content-Length"] == "10"


def test_without_a_name_the_information_is_what_the_account_stores(cary, me):
    put(cary, "a", b"12345")

    about = cary.get(f"{API}/information").json()

    assert (about["_status"], about["used"], about["reserved"]) == ("OK", 5, 0)
    assert about["free"] == about["limit"] - 5


@pytest.mark.parametrize("name", ["file", "file_name", "path"])
def test_a_delete_names_the_file_as_any_of_its_clients_do(cary, name):
    put(cary, "a")

    assert ask(cary, "delete", **{name: "a"}).json() == OK
    assert refused(ask(cary, "delete", **{name: "a"}), 404) == "File not found"


def test_details_tell_what_each_thing_is(cary):
    put(cary, "b/c", b"12")
    put(cary, "a.txt", b"123")

    listed = cary.get(f"{API}/list?detail=1").json()
    folder = cary.get(f"{API}/folder?path=b").json()

    facts = [(item["type"], item["name"], item["size"]) for item in listed["file_info_list"]]
    assert facts == [("folder", "b", 0), ("file", "a.txt", 3)]
    assert [item["name"] for item in folder["file_info_list"]] == ["c"]
    assert (listed["files"], listed["folders"]) == (["a.txt"], ["b"])
    assert cary.get(f"{API}/properties?path=a.txt").json() == {**OK, **listed["file_info_list"][1]}


def test_a_list_goes_on_where_it_ended(cary):
    for name in ("b", "a", "d/e", "c"):
        put(cary, name)

    first = cary.get(f"{API}/list?limit=2").json()
    rest = cary.get(f"{API}/list?limit=2&cursor={first['next']}").json()

    assert (first["folders"], first["files"], rest["files"]) == (["d"], ["a"], ["b", "c"])
    assert "next" not in rest


def test_a_list_asks_as_often_for_many_as_for_one(cary, django_assert_num_queries):
    put(cary, "a")
    with django_assert_num_queries(6):
        cary.get(f"{API}/list")
    for number in range(10):
        put(cary, f"b{number}")
    with django_assert_num_queries(6):
        assert len(cary.get(f"{API}/list").json()["files"]) == 11


# What Hive Node adds


def test_a_folder_is_made_with_those_above_it_once(cary):
    assert ask(cary, "folder", path="a/b/c").json() == {**OK, "existing": False}
    assert ask(cary, "folder", path="a/b/c").json() == {**OK, "existing": True}
    assert cary.get(f"{API}/list?path=a/b").json()["folders"] == ["c"]


def test_a_file_or_folder_is_moved_to_another_path(cary):
    put(cary, "a.txt")
    put(cary, "x/y.txt", b"in y")

    assert ask(cary, "move", src_path="a.txt", dst_path="new/place/b.txt").json() == OK
    assert ask(cary, "move", src_path="x", dst_path="new/x").json() == OK
    assert fetch(cary, "new/place/b.txt").getvalue() == b"data"
    assert fetch(cary, "new/x/y.txt").getvalue() == b"in y"
    assert cary.get(f"{API}/list").json() == {**OK, "files": [], "folders": ["new"]}


def test_a_file_or_folder_is_copied_and_both_are_charged(cary, me):
    put(cary, "x/y.txt", b"12345")

    assert ask(cary, "copy", src_path="x/y.txt", dst_path="z/z.txt").json() == OK
    assert ask(cary, "copy", src_path="x", dst_path="z/x").json() == OK
    assert [fetch(cary, path).getvalue() for path in ("x/y.txt", "z/z.txt", "z/x/y.txt")] == [b"12345"] * 3
    assert me.space() == (15, 0)


def test_a_large_folder_is_copied_by_a_job(cary, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    put(cary, "x/a")
    put(cary, "x/b")

    answer = ask(cary, "copy", src_path="x", dst_path="y")

    assert (answer.status_code, answer.json().keys()) == (202, {"_status", "job"})


@pytest.mark.parametrize("call", ["move", "copy"])
def test_nothing_is_moved_or_copied_over_something(cary, call):
    put(cary, "a.txt", b"a")
    put(cary, "b.txt", b"b")
    put(cary, "c/d")

    for taken in ("b.txt", "c"):
        answer = ask(cary, call, src_path="a.txt", dst_path=taken)
        assert refused(answer, 405)
        assert answer["Allow"] == "POST"
    assert refused(ask(cary, call, src_path="none", dst_path="e/f"), 404) == "File not found"
    assert refused(ask(cary, call, src_path="c", dst_path="c/e/f"), 400)
    assert refused(ask(cary, call, src_path="a.txt", dst_path="b.txt/c"), 400)
    assert fetch(cary, "b.txt").getvalue() == b"b"
    assert cary.get(f"{API}/list").json() == {**OK, "files": ["a.txt", "b.txt"], "folders": ["c"]}


@pytest.mark.parametrize("call", ["move", "copy"])
def test_both_paths_are_needed(cary, call):
    assert refused(ask(cary, call, src_path="a"), 400) == "dst_path is null"
    assert refused(ask(cary, call, dst_path="a"), 400) == "src_path is null"
    assert refused(ask(cary, call, src_path=7, dst_path="a"), 400) == "The src_path must be a text."


def test_the_hash_is_the_sha256(cary):
    put(cary, "a.txt", b"data")

    assert cary.get(f"{API}/hash?path=a.txt").json() == {**OK, "SHA256": hashlib.sha256(b"data").hexdigest()}
    Blob.objects.update(sha256=None)
    answer = cary.get(f"{API}/hash?path=a.txt")
    assert refused(answer, 503)
    assert answer["Retry-After"]
