"""What the ancestors did wrong with files: each of it is tried here, and goes right.

The race for one name, lists without an end and others that need more than a visitor are proven elsewhere;
docs/promises.md has all of them with their proofs.
"""

import base64
import io
import zipfile
from uuid import uuid4

import pytest

from cloudbox import process
from tests.server import Server
from tests.visitors import Visitor, asked, at_once, place_of

UP = "../../../../../"
EVIL = "%2E%2E%2F" * 5


@pytest.fixture
def name() -> str:
    """A name that nothing else on the server has."""
    return uuid4().hex


def put_blob(who: Visitor, blob_id: str, data: bytes | str = b"data") -> int:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return int(who.post("/v1/blobs", json={"id": blob_id, "data": text}).status_code)


def put_object(who: Visitor, identifier: str, data: bytes = b"data"):
    return who.post("/data/file", data={"file_identifier": identifier}, files={"file": ("a.txt", data)})


def by_path(who: Visitor, call: str, **fields: str):
    return who.post(f"/api/v1/file/{call}", json=fields)


def found_outside(server: Server, name: str) -> list[str]:
    """Return the files of that name anywhere near the server's data; bytes lie under random keys only."""
    return [str(path) for path in server.data.parent.parent.rglob(f"*{name}*")]


# min-object-storage


def test_an_identifier_is_no_path_on_the_disk(server, alice, name):
    assert put_object(alice, f"{UP}{name}").status_code == 201

    assert alice.get(f"/data/file/{EVIL}{name}").content == b"data"
    assert found_outside(server, name) == []


def test_an_identifier_with_slashes_is_fetched_back(alice, name):
    put_object(alice, f"a/{name}/b", b"data")

    assert alice.get(f"/data/file/a/{name}/b").content == alice.get(f"/data/file/a%2F{name}%2Fb").content == b"data"


@pytest.mark.parametrize("field", ["_id", "owner", "filename"])
def test_metadata_never_take_the_place_of_what_the_server_says(alice, name, field):
    form = {"file_identifier": name, field: "mine"}
    answer = alice.post("/data/file", data=form, files={"file": ("a.txt", b"data")})

    assert (answer.status_code, field in answer.json()["error"]) == (400, True)
    assert alice.get(f"/data/file/{name}").status_code == 404


def test_an_identifier_that_many_people_want_at_once_is_given_once(alice, bob, charlie, name):
    people = [alice, bob, charlie] * 3

    statuses = at_once(lambda number: put_object(people[number], name, b"%d" % number).status_code, range(9))

    assert sorted(statuses) == [201] + [400] * 8
    winner = statuses.index(201)
    assert people[winner].get(f"/data/file/{name}").content == b"%d" % winner


def test_an_object_can_be_given_new_content(alice, name):
    put_object(alice, name, b"old")
    page = asked(alice.get(f"/api/v1/store/folders/{folder_called(alice, 'Objects')}/content?limit=200"))
    [file] = [item for item in page["items"] if item["name"].startswith(name)]
    asked(alice.put(f"/api/v1/store/files/{file['id']}/content", data=b"new"))

    assert alice.get(f"/data/file/{name}").content == b"new"


def folder_called(who: Visitor, wanted: str) -> str:
    page = asked(who.get("/api/v1/store/folders/content?limit=200"))
    return next(str(item["id"]) for item in page["items"] if item["name"] == wanted)


# The general storage system


@pytest.mark.parametrize("call", ["upload", "delete", "download", "information"])
def test_a_path_does_not_lead_out_of_the_tree(server, alice, name, call):
    path = f"{UP}{name}"
    answer = {
        "upload": lambda: alice.put(f"/api/v1/file/upload/{EVIL}{name}", data=b"data"),
        "delete": lambda: by_path(alice, "delete", file=path),
        "download": lambda: alice.get("/api/v1/file/download", params={"path": path}),
        "information": lambda: alice.get("/api/v1/file/information", params={"filename": path}),
    }[call]()

    assert (answer.status_code, answer.json()["_error"]["code"]) == (400, 400)
    assert found_outside(server, name) == []


def test_what_is_uploaded_by_a_path_is_listed_described_and_deleted_there(alice, name):
    asked(alice.put(f"/api/v1/file/upload/{name}/a.txt", data=b"data"))

    assert asked(alice.get(f"/api/v1/file/list?path={name}"))["files"] == ["a.txt"]
    assert asked(alice.get(f"/api/v1/file/information?filename={name}/a.txt"))["size"] == 4
    asked(by_path(alice, "delete", file=f"{name}/a.txt"))
    assert asked(alice.get(f"/api/v1/file/list?path={name}"))["files"] == []


def test_two_people_have_each_their_own_files_under_one_path(alice, bob, name):
    for who in (alice, bob):
        asked(who.put(f"/api/v1/file/upload/{name}", data=who.name.encode()))

    for who in (alice, bob):
        assert who.get(f"/api/v1/file/download?path={name}").text == who.name


def test_a_missing_token_is_a_401_and_no_error_of_the_server(anonymous, name):
    for answer in (
        anonymous.put(f"/api/v1/file/upload/{name}", data=b"data"),
        anonymous.get(f"/api/v1/file/download?path={name}"),
        by_path(anonymous, "delete", file=name),
    ):
        assert (answer.status_code, answer.json()["_status"]) == (401, "ERR")


# The data storage service


def test_a_duplicate_id_is_a_409_without_a_word_of_the_database_and_overwrites_nothing(alice, name):
    put_blob(alice, name, b"first")
    answer = alice.post("/v1/blobs", json={"id": name, "data": "c2Vjb25k"})

    assert (answer.status_code, answer.json()) == (409, {"detail": "A blob with this id already exists"})
    assert base64.b64decode(alice.get(f"/v1/blobs/{name}").json()["data"]) == b"first"


def test_an_id_is_no_path_on_the_disk(server, alice, name):
    assert put_blob(alice, f"{UP}{name}") == 201
    assert alice.get(f"/v1/blobs/{EVIL}{name}").json()["id"] == f"{UP}{name}"
    assert found_outside(server, name) == []


@pytest.mark.parametrize("blob_id", ["", "x" * 256, "ä" * 2000])
def test_an_id_that_is_empty_or_too_long_is_a_422(alice, blob_id):
    assert put_blob(alice, blob_id) == 422


@pytest.mark.parametrize("blob_id", ["{}/b", "/{}", "{}/", "x" * 223 + "{}"])
def test_an_id_with_a_slash_or_255_letters_is_reachable(alice, name, blob_id):
    blob_id = blob_id.format(name)

    assert put_blob(alice, blob_id) == 201
    assert alice.get("/v1/blobs/" + blob_id.replace("/", "%2F")).json()["id"] == blob_id


@pytest.mark.parametrize("data", ["SGVsbG8=!!!!junk", "-_-_", "SGVsbG8", "SGVs bG8="])
def test_base64_is_strict(alice, name, data):
    assert put_blob(alice, name, data) == 422
    assert alice.get(f"/v1/blobs/{name}").status_code == 404


def test_the_size_is_that_of_the_bytes_and_the_time_says_its_zone(alice, name):
    put_blob(alice, name, "SGVsbG8gV29ybGQh")
    found = alice.get(f"/v1/blobs/{name}").json()

    assert (found["size"], found["created_at"][-1]) == (12, "Z")


def test_blobs_are_listed_and_deleted(alice, name):
    put_blob(alice, name)

    assert any(blob["id"] == name for blob in alice.get("/v1/blobs?limit=200").json()["items"])
    assert alice.delete(f"/v1/blobs/{name}").status_code == 200
    assert put_blob(alice, name, b"again") == 201


def test_the_scheme_of_a_token_is_read_whatever_its_case(anonymous, alice):
    assert anonymous.get("/v1/blobs", headers={"Authorization": f"bearer {alice.token}"}).status_code == 200


# The first CloudBox


@pytest.mark.parametrize("filename", ["README", "a.tar.gz", ".htaccess", "a."])
def test_a_file_keeps_its_whole_name_with_any_ending_or_none(alice, name, filename):
    folder = alice.make_folder(name)
    for _ in range(2):
        asked(alice.post(f"/api/v1/store/files/{folder}?on_conflict=rename", files={"file": (filename, b"data")}), 201)

    names = [item["name"] for item in asked(alice.get(f"/api/v1/store/folders/{folder}/content"))["items"]]
    assert filename in names
    assert len(names) == 2
    if filename == "a.tar.gz":
        assert names == ["a (1).tar.gz", "a.tar.gz"]


def test_two_folders_of_one_name_do_not_share_their_files(alice, name):
    folders = [alice.make_folder(name, below=alice.make_folder(f"{name}-{number}")) for number in range(2)]
    files = [alice.store("a.txt", b"%d" % number, below=folder) for number, folder in enumerate(folders)]

    for number, file in enumerate(files):
        assert alice.get(f"/api/v1/store/files/{file['id']}/content").content == b"%d" % number


def test_a_file_goes_into_the_root(alice, name):
    stored = asked(alice.post("/api/v1/store/files", files={"file": (name, b"data")}), 201)

    assert stored["parent"] == alice.root


def test_a_root_is_not_deleted_by_its_id(alice):
    assert alice.delete(f"/api/v1/store/folders/{alice.root}").status_code == 403
    assert asked(alice.get("/api/v1/store/folders"))["id"] == alice.root


def test_what_is_restricted_is_restricted_and_editor_is_editor(alice, charlie, anonymous, name):
    file = alice.store(name, b"data")
    content = f"/api/v1/store/files/{file['id']}/content"
    seen = [(charlie.get(content).status_code, anonymous.get(content).status_code)]
    for access in ("viewer", "editor"):
        asked(alice.patch(f"/api/v1/store/assets/{file['id']}/access-type", json={"access_type": access}))
        seen.append((charlie.get(content).status_code, charlie.put(content, data=b"new").status_code))
    assert anonymous.put(content, data=b"x").status_code == 401

    assert seen == [(404, 401), (200, 403), (200, 200)]


def test_folders_have_an_access_type_too_and_what_lies_in_them_inherits_it(alice, charlie, name):
    folder = alice.make_folder(name)
    file = alice.store("a.txt", b"data", below=folder)
    asked(alice.patch(f"/api/v1/store/assets/{folder}/access-type", json={"access_type": "viewer"}))

    assert charlie.get(f"/api/v1/store/files/{file['id']}/content").content == b"data"


def test_editors_of_a_folder_open_its_files_and_are_removed_from_among_the_editors(alice, bob, charlie, name):
    folder = alice.make_folder(name)
    file = alice.store("a.txt", b"data", below=folder)
    people = f"/api/v1/store/assets/{folder}"
    asked(alice.post(f"{people}/editors", json={"users": [bob.name]}), 201)
    asked(alice.post(f"{people}/viewers", json={"users": [charlie.name]}), 201)
    assert bob.put(f"/api/v1/store/files/{file['id']}/content", data=b"new").status_code == 200

    assert alice.delete(f"{people}/editors", json={"users": [bob.name]}).status_code == 204

    assert bob.get(f"/api/v1/store/files/{file['id']}/content").status_code == 404
    assert [viewer["username"] for viewer in asked(alice.get(f"{people}/viewers"))["viewers"]] == [charlie.name]


def test_a_list_does_not_show_what_is_cut_off_below_a_share(alice, bob, name):
    folder = alice.make_folder(name)
    cut_off = alice.make_folder("secret", below=folder)
    asked(alice.put(f"/api/v1/store/assets/{cut_off}/inheritance", json={"inherits": False}))
    asked(alice.post(f"/api/v1/store/assets/{folder}/viewers", json={"users": [bob.name]}), 201)

    assert asked(bob.get(f"/api/v1/store/folders/{folder}/content"))["items"] == []


def test_nobody_without_an_account_writes(alice, anonymous, name):
    folder = alice.make_folder(name)

    assert anonymous.post("/api/v1/store/folders", json={"name": name}).status_code == 401
    assert anonymous.put(place_of("a", folder), data=b"data").status_code == 401


def test_a_zip_has_the_bytes_of_the_files_also_for_those_who_are_signed_in(alice, name):
    folder = alice.make_folder(name)
    alice.store("a.txt", b"the bytes", below=folder)

    answer = alice.get(f"/api/v1/store/assets/{folder}/download")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [archive.read(entry) for entry in archive.infolist() if not entry.is_dir()] == [b"the bytes"]


def test_a_renamed_file_keeps_its_bytes_and_a_purged_one_loses_its_room(alice, name):
    before = alice.usage()["used"]
    file = alice.store(name, b"data")
    asked(alice.patch(f"/api/v1/store/files/{file['id']}", json={"name": f"{name}-2"}))

    assert alice.get(f"/api/v1/store/files/{file['id']}/content").content == b"data"
    assert alice.delete(f"/api/v1/store/files/{file['id']}?purge=1").status_code == 204
    assert alice.get(f"/api/v1/store/files/{file['id']}/content").status_code == 404
    assert process.wait_until(lambda: alice.usage()["used"] <= before, 30)
