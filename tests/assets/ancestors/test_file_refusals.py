"""/api/v1/file: what is refused, to whom, and what happens at once."""

import pytest
from django.test import Client

from assets.models import Asset, Upload
from assets.services import paths, tree
from cloudbox.errors import BadInput
from tests.accounts.usage import limit
from tests.assets.ancestors.speaking_paths import API, JSON, OK, ask, cary, fetch, put, refused, said
from tests.assets.conftest import nothing_is_left
from tests.people import client_for, key_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
__all__ = ["cary"]


@pytest.fixture(autouse=True)
def _store(store):
    """Every test has a store of its own."""


@pytest.mark.parametrize(
    "path",
    ["../evil", "a/..", "./a", "/etc/passwd", "a//b", "a/", "a\x00b", "a\nb", "x" * 256, "a/" * 100 + "a", "\ud800"],
)
def test_a_path_that_leads_elsewhere_cannot_be(path):
    with pytest.raises(BadInput) as refusal:
        paths.names_in(path, "src_path")

    assert refusal.value.field == "src_path"


def test_a_path_that_leads_elsewhere_is_refused_by_every_call(cary, alice, store):
    evil, escaped = "a/../../evil", "a%2F%2E%2E%2F..%2Fevil"
    answers = [
        put(cary, escaped),
        *(cary.get(f"{API}/{call}?path={escaped}") for call in ("download", "list", "information", "hash", "folder")),
        *(ask(cary, call, path=evil, src_path=evil, dst_path=evil) for call in ("delete", "folder", "move", "copy")),
    ]

    for answer in answers:
        assert refused(answer, 400)
    assert nothing_is_left(store, alice)
    assert Asset.objects.filter(owner=alice).count() == 1


def test_what_is_not_there_and_what_is_a_folder(cary):
    put(cary, "a/b")

    assert refused(fetch(cary, "none"), 404) == "File not found"
    assert refused(fetch(cary, "a/b/c"), 404) == "File not found"
    assert refused(fetch(cary, "a"), 403) == "This is a folder, not a file."
    assert refused(put(cary, "a"), 403)
    assert refused(put(cary, "a/b/c"), 400) == 'path: "b" is a file, not a folder.'
    assert refused(cary.get(f"{API}/list?path=a/b"), 400)
    assert refused(cary.get(f"{API}/list?path=c"), 404)
    assert refused(ask(cary, "folder", path="a/b"), 405)
    assert refused(cary.get(f"{API}/download"), 400) == "path is null"
    assert refused(ask(cary, "delete"), 400) == "file is null"
    assert refused(ask(cary, "delete", file=["a"]), 400)


def test_a_get_of_the_upload_is_shown_how_to_send(cary):
    answer = cary.get(f"{API}/upload/test.txt")

    assert "--data-binary @test.txt" in refused(answer, 405)
    assert "-T test.txt" in said(answer)
    assert {"POST", "PUT"} <= set(answer["Allow"].split(", "))


def test_a_refused_upload_leaves_no_folder_behind(cary, alice, store):
    limit(alice, 3)

    assert refused(put(cary, "new/place/a", b"four"), 507, 453)
    assert refused(cary.put(f"{API}/upload/new/a", b"1", headers={"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}), 400)
    assert nothing_is_left(store, alice)
    assert Asset.objects.filter(owner=alice).count() == 1


def test_a_body_that_is_not_json_is_shown_the_call(cary):
    for body, kind, status in (("{", JSON, 400), ("file=a", "text/plain", 400), ("[]", JSON, 400)):
        answer = cary.post(f"{API}/delete", body, kind)
        assert refused(answer, status)
    assert "curl -H" in refused(cary.post(f"{API}/delete", "{", JSON), 400)
    assert "parameter is not application/json" in refused(cary.post(f"{API}/delete", {"file": "a"}), 400)


def test_without_a_token_nobody_gets_anywhere(client, cary):
    put(cary, "a")
    calls = [
        *(
            client.get(f"{API}/{call}?path=a")
            for call in ("download", "list", "information", "hash", "folder", "nothing")
        ),
        *(ask(client, call, path="a", src_path="a", dst_path="b") for call in ("delete", "move", "copy", "folder")),
        put(client, "b"),
    ]

    for answer in calls:
        assert refused(answer, 401)
        assert answer["WWW-Authenticate"]
    assert refused(client.get(f"{API}/list", headers={"If-Match": "token wrong"}), 401)


def test_an_address_that_no_call_has_and_a_parameter_that_it_has_not(cary):
    assert refused(cary.get(f"{API}/nothing"), 404) == "There is no such address."
    assert refused(cary.get(f"{API}/list?offset=1"), 400) == "offset: This call has no such parameter."
    assert refused(cary.get(f"{API}/list?detail=2"), 400)
    assert refused(cary.get(f"{API}/list?limit=0"), 400)


def test_paths_are_ones_own(cary, bob):
    put(cary, "a.txt", b"hers")
    others = client_for(bob)

    assert refused(fetch(others, "a.txt"), 404) == "File not found"
    put(others, "a.txt", b"his")
    assert fetch(cary, "a.txt").getvalue() == b"hers"


def test_an_access_key_does_what_its_scopes_and_its_folder_leave(cary, alice, me):
    put(cary, "in/a.txt")
    put(cary, "out.txt")
    reads = Client(headers={"Authorization": f"Bearer {key_of(alice, 'read').token}"})
    folder = tree.content_of(by=me.caller, folder_id=None).items[0]
    inside = key_of(alice, "read", "write", folder=folder.id)
    within = Client(headers={"Authorization": f"token {inside.token}"})

    assert fetch(reads, "out.txt").status_code == 200
    assert reads.get(f"{API}/information").status_code == 200
    for answer in (
        put(reads, "b"),
        put(reads, "out.txt"),
        put(reads, "new/b"),
        ask(reads, "delete", path="out.txt"),
        ask(reads, "move", src_path="out.txt", dst_path="b"),
        ask(reads, "copy", src_path="out.txt", dst_path="b"),
        ask(reads, "folder", path="new"),
        within.get(f"{API}/information"),
        ask(within, "delete", path="in/a.txt"),
    ):
        assert refused(answer, 403)
    assert fetch(within, "in/a.txt").status_code == 200
    assert put(within, "in/new/b.txt").json() == OK
    for answer in (
        fetch(within, "out.txt"),
        put(within, "out.txt"),
        put(within, "b"),
        within.get(f"{API}/list"),
        ask(within, "move", src_path="in/a.txt", dst_path="out/a"),
        ask(within, "copy", src_path="out.txt", dst_path="in/b"),
    ):
        assert refused(answer, 404)
    assert not Asset.objects.filter(name__in=["new", "out"], parent__parent=None, owner=alice).exists()


@pytest.mark.django_db(transaction=True)
def test_many_who_upload_below_new_folders_at_once_share_them(cary, alice, store, me):
    clients = [client_for(alice) for _ in range(6)]

    answers = at_once(6, lambda number: put(clients[number], f"a/b/c/{number}", b"x").status_code)

    assert answers == [200] * 6
    assert cary.get(f"{API}/list?path=a/b/c").json()["files"] == ["0", "1", "2", "3", "4", "5"]
    assert Asset.objects.filter(kind="folder", owner=alice).count() == 4
    assert me.space() == (6, 0)
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_moves_and_copies_to_one_path_at_once_are_one(cary, alice, store):
    for name in "abcd":
        put(cary, name, name.encode())
    clients = [client_for(alice) for _ in range(4)]

    def go(number: int) -> int:
        call = "move" if number % 2 else "copy"
        return int(ask(clients[number], call, src_path="abcd"[number], dst_path="x/y/z").status_code)

    answers = at_once(4, go)

    assert sorted(answers) == [200, 405, 405, 405]
    assert fetch(cary, "x/y/z").getvalue() == b"abcd"[answers.index(200) :][:1]
