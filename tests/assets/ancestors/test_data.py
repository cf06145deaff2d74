"""/data: min-object-storage's calls, as its clients make them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets.models import Asset, Identifier, Upload
from assets.services import people, trash, tree
from tests.accounts.usage import counters, limit
from tests.assets.conftest import nothing_is_left
from tests.people import caller_for, client_for, key_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
LATE = b"""--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ndata\r\n%b--x--\r\n"""
FIELD = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'


@pytest.fixture(autouse=True)
def _store(store):
    """Every test has a store of its own."""


@pytest.fixture
def cary(alice):
    return client_for(alice)


def post(client, identifier: str, data: bytes = b"data", filename: str = "photo.jpg", **metadata):
    file = SimpleUploadedFile(filename, data)
    return client.post("/data/file", {"file_identifier": identifier, "file": file, **metadata})


def send(client, *fields: tuple[bytes, bytes]):
    """Send a form with a file, and the fields after it."""
    body = LATE % b"".join(FIELD % field for field in fields)
    return client.post("/data/file", body, "multipart/form-data; boundary=x")


def escaped(identifier: str) -> str:
    return "".join(f"%{byte:02X}" for byte in identifier.encode())


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_object_is_stored_downloaded_described_listed_and_deleted(cary, slash):
    file = SimpleUploadedFile("photo.jpg", b"bytes", "application/octet-stream")

    stored = cary.post(f"/data/file{slash}", {"file": file, "file_identifier": "my photo", "place": "Shiraz"})
    got = cary.get("/data/file/my%20photo")
    described = cary.get("/data/metadata/my%20photo")
    listed = cary.get(f"/data/user_file{slash}")
    deleted = cary.delete("/data/file/my%20photo")

    assert (stored.status_code, stored.json()) == (201, {"message": "File uploaded successfully"})
    assert (got.status_code, got.getvalue(), got["Content-Type"]) == (200, b"bytes", "image/jpeg")
    assert got["Content-Disposition"] == 'attachment; filename="my photo.jpg"'
    assert described.json() == {
        "place": "Shiraz", "file_identifier": "my photo", "filename": "photo.jpg", "owner": "alice",
    }  # fmt: skip
    assert listed.json() == {"file_identifiers": ["my photo"]}
    assert (deleted.status_code, deleted.json()) == (200, {"message": "File deleted"})
    assert cary.get("/data/user_file").json() == {"file_identifiers": []}


def test_an_object_is_a_file_of_the_one_tree(cary, me):
    post(cary, "a/b", b"data", "x.tar.gz")

    [folder] = tree.content_of(by=me.caller, folder_id=None).items
    [file] = tree.content_of(by=me.caller, folder_id=folder.id).items
    assert (folder.name, file.name) == ("Objects", "ab.tar.gz")
    assert me.read(file) == b"data"
    assert Asset.objects.get(id=file.id).metadata == {"filename": "x.tar.gz"}


def test_whoever_asks_is_told_who_they_are(cary, client):
    answer = cary.get("/data/get_identity")

    assert (answer.content, answer["Content-Type"]) == (b"Logged in as alice", "text/plain; charset=utf-8")
    assert client.get("/data/get_identity").status_code == 401


@pytest.mark.parametrize(
    "identifier", ["a/b", "../../evil", "a/", "ä 😀", "%2F", "a?b#c", "a\nb", "x" * 255, "..", "/"]
)
def test_any_identifier_is_stored_and_fetched_back(cary, identifier):
    assert post(cary, identifier).status_code == 201

    assert cary.get(f"/data/file/{escaped(identifier)}").getvalue() == b"data"
    assert cary.get(f"/data/metadata/{escaped(identifier)}").json()["file_identifier"] == identifier
    assert cary.delete(f"/data/file/{escaped(identifier)}").status_code == 200


def test_a_range_and_a_tag_count_here_too(cary):
    post(cary, "a", b"0123456789")

    part = cary.get("/data/file/a", headers={"Range": "bytes=2-4"})
    known = cary.get("/data/file/a", headers={"If-None-Match": part["ETag"]})

    assert (part.status_code, part.getvalue(), known.status_code) == (206, b"234", 304)


# What is refused


def test_an_identifier_is_unique_among_all_users(cary, bob, me):
    others = client_for(bob)
    post(cary, "a", b"first")

    for client in (cary, others):
        answer = post(client, "a", b"second")
        assert (answer.status_code, answer.json()) == (400, {"error": "File identifier must be globally unique"})

    assert cary.get("/data/file/a").getvalue() == b"first"
    assert me.space() == (5, 0)
    assert not Asset.objects.filter(owner=bob, name="Objects").exists()


def test_the_identifier_may_come_after_the_file(cary):
    assert send(cary, (b"file_identifier", b"late"), (b"k", b"v")).status_code == 201
    assert cary.get("/data/metadata/late").json()["k"] == "v"
    assert send(cary, (b"file_identifier", b"late")).json() == {"error": "File identifier must be globally unique"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ((), "No file identifier"),
        (((b"file_identifier", b""),), "No file identifier"),
        (((b"file_identifier", b"x" * 256),), "file_identifier: It must have 1 to 255 characters."),
        (((b"file_identifier", b"a\0b"),), "file_identifier: It must be Unicode text without a NUL character."),
        (((b"file_identifier", b"a"), (b"file_identifier", b"b")), "file_identifier: It was given twice."),
        (((b"file_identifier", b"a"), (b"k", b"1"), (b"k", b"2")), "k: It was given twice."),
        (((b"file_identifier", b"a"), (b"owner", b"bob")), "owner: This name is reserved"),
        (((b"file_identifier", b"a"), (b"_id", b"1")), "_id: This name is reserved"),
        (((b"file_identifier", b"a"), (b"filename", b"1")), "filename: This name is reserved"),
        (((b"file_identifier", b"a"), (b"k", b"a\0b")), "k"),
        (((b"file_identifier", b"\xff"),), "file_identifier: It must be UTF-8."),
    ],
)
def test_fields_that_cannot_be_are_refused_by_name_and_leave_nothing(cary, alice, store, fields, sentence):
    answer = send(cary, *fields)

    assert (answer.status_code, answer.json().keys()) == (400, {"error"})
    assert sentence in answer.json()["error"]
    assert nothing_is_left(store, alice)
    assert Asset.objects.filter(owner=alice).count() == 1


@pytest.mark.parametrize(
    ("body", "kind", "status", "sentence"),
    [
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400, "No file part"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400, "malformed"),
        (b"{}", "application/json", 415, "curl -F file_identifier"),
        (b"", "multipart/form-data", 415, "curl -F"),
    ],
)
def test_a_body_that_is_no_form_with_a_file_is_refused(cary, body, kind, status, sentence):
    answer = cary.post("/data/file", body, kind)

    assert (answer.status_code, answer.json().keys()) == (status, {"error"})
    assert sentence in answer.json()["error"]


def test_what_is_not_there_is_not_found(cary):
    for answer in (cary.get("/data/file/a"), cary.get("/data/metadata/a"), cary.delete("/data/file/a")):
        assert (answer.status_code, answer.json()) == (404, {"error": "File not found"})
    assert cary.get("/data/nothing").json() == {"error": "There is no such address."}


def test_other_people_are_not_authorized_and_a_viewer_may_read(cary, bob, me):
    post(cary, "a", b"hers")
    others = client_for(bob)

    for answer in (others.get("/data/file/a"), others.get("/data/metadata/a"), others.delete("/data/file/a")):
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})

    file_id = Identifier.objects.get().asset_id
    people.add_people(by=me.caller, asset_id=file_id, role="viewer", names=["bob"], team_ids=[], notify=False)
    assert others.get("/data/file/a").getvalue() == b"hers"
    assert others.get("/data/metadata/a").json()["owner"] == "alice"
    assert others.get("/data/user_file").json() == {"file_identifiers": []}
    assert others.delete("/data/file/a").json() == {"error": "Unauthorized"}


def test_without_a_token_one_is_told_so_whether_or_not_it_is_there(cary, client, me):
    post(cary, "a", b"hers")

    answers = [client.get(f"/data/{call}/{name}") for call in ("file", "metadata") for name in ("a", "b")]
    answers += [client.delete("/data/file/a"), client.get("/data/user_file"), post(client, "c")]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (401, {"error": "Token is missing or in wrong format"})
        assert answer["WWW-Authenticate"]

    people.set_any_one_access(by=me.caller, asset_id=Identifier.objects.get().asset_id, access="viewer")
    assert client.get("/data/file/a").getvalue() == b"hers"


def test_a_wrong_token_is_invalid(client):
    answer = client.get("/data/file/a", headers={"Authorization": "Bearer wrong"})

    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid token"})


def test_an_access_key_does_what_it_may(alice, cary, me):
    post(cary, "a")
    other = me.folder("other")
    reads, writes = (
        Client(headers={"Authorization": f"Bearer {key.token}"})
        for key in (key_of(alice, "read"), key_of(alice, "read", "write", folder=other.id))
    )

    assert reads.get("/data/file/a").status_code == 200
    assert (post(reads, "b").status_code, reads.delete("/data/file/a").status_code) == (403, 403)
    assert writes.get("/data/file/a").json() == {"error": "Unauthorized"}
    assert writes.get("/data/user_file").json() == {"file_identifiers": []}
    assert post(writes, "b").status_code == 404
    assert Identifier.objects.count() == 1


def test_no_room_is_refused_and_leaves_nothing(cary, alice, store):
    limit(alice, 3)

    answer = post(cary, "a", b"four")

    assert (answer.status_code, answer.json().keys()) == (413, {"error"})
    assert nothing_is_left(store, alice)
    assert not Identifier.objects.exists()


@pytest.mark.parametrize("call", ["/data/file", "/data/user_file", "/data/metadata/a"])
def test_another_method_is_refused_in_the_dialect(cary, call):
    answer = cary.put(call)

    assert (answer.status_code, answer.json().keys()) == (405, {"error"})
    assert answer["Allow"]


@pytest.mark.parametrize("call", ["/data/file/a?x=1", "/data/user_file?x=1", "/data/metadata/a?x=1"])
def test_an_unknown_parameter_is_refused_by_name(cary, call):
    answer = cary.get(call)

    assert (answer.status_code, answer.json()) == (400, {"error": "x: This call has no such parameter."})


# Identifiers that are free again


def test_a_deleted_objects_identifier_is_free_for_anybody(cary, bob, me):
    post(cary, "a", b"hers")
    cary.delete("/data/file/a")

    assert post(client_for(bob), "a", b"his").status_code == 201
    trash.restore(by=me.caller, asset_id=trash.trash_page(by=me.caller).items[0].id)

    assert cary.get("/data/file/a").status_code == 401
    assert cary.get("/data/user_file").json() == {"file_identifiers": []}
    assert client_for(bob).get("/data/file/a").getvalue() == b"his"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_there", [False, True])
def test_of_many_people_who_store_one_identifier_at_once_one_wins(alice, bob, charlie, store, was_there):
    clients = [client_for(who) for who in (alice, bob, charlie)] * 2
    if was_there:
        post(clients[0], "a", b"old!!")
        trash.purge(by=caller_for(alice), asset_id=Identifier.objects.get().asset_id)
    before = sum(_used(who) for who in (alice, bob, charlie))

    answers = at_once(6, lambda number: post(clients[number], "a", b"data%d" % number).status_code)

    assert sorted(answers) == [201, 400, 400, 400, 400, 400]
    winner = answers.index(201)
    assert clients[winner].get("/data/file/a").getvalue() == b"data%d" % winner
    assert sum(_used(who) for who in (alice, bob, charlie)) == before + 5
    assert not Upload.objects.exists()


def _used(user) -> int:
    used, reserved = counters(user)
    assert reserved == 0
    return used


# Lists


def test_the_list_goes_on_where_it_ended(cary):
    for identifier in ("b", "a", "c"):
        post(cary, identifier)

    first = cary.get("/data/user_file?limit=2").json()
    rest = cary.get(f"/data/user_file?limit=2&cursor={first['next']}").json()

    assert (first["file_identifiers"], rest) == (["a", "b"], {"file_identifiers": ["c"]})


def test_the_list_asks_as_often_for_many_as_for_one(cary, django_assert_num_queries):
    post(cary, "a")
    with django_assert_num_queries(2):
        cary.get("/data/user_file")
    for number in range(10):
        post(cary, f"b{number}")
    with django_assert_num_queries(2):
        assert len(cary.get("/data/user_file").json()["file_identifiers"]) == 11


def test_what_was_given_away_is_listed_no_longer(cary, bob, me, colleague):
    post(cary, "a")
    folder = colleague.folder("for alice")
    people.add_people(
        by=colleague.caller, asset_id=folder.id, role="editor", names=["alice"], team_ids=[], notify=False
    )
    tree.move(by=me.caller, asset_id=Identifier.objects.get().asset_id, folder_id=folder.id)

    assert cary.get("/data/user_file").json() == {"file_identifiers": []}
    assert client_for(bob).get("/data/metadata/a").json()["owner"] == "bob"
