"""/v1/blobs: the data storage service's calls, as its clients make them."""

import base64
import json
from datetime import UTC, datetime

import pytest

from assets import purging
from assets.models import Asset, Identifier, Upload
from assets.services import people, trash, tree
from tests.accounts.usage import limit
from tests.assets.ancestors.speaking_blobs import HELLO, JSON, blobs, fetch, post
from tests.assets.conftest import nothing_is_left
from tests.people import client_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db
__all__ = ["blobs"]


@pytest.fixture(autouse=True)
def _store(store):
    """Every test has a store of its own."""


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_documented_blob_is_stored_and_comes_back(blobs, slash):
    began = datetime.now(UTC)

    stored = blobs.post(f"/v1/blobs{slash}", json.dumps(HELLO), JSON)
    answer = blobs.get("/v1/blobs/my-unique-blob-id")

    assert (stored.status_code, stored.json()) == (201, {"message": "Blob stored successfully"})
    found = json.loads(answer.getvalue())
    created_at = found.pop("created_at")
    assert created_at.endswith("Z")
    assert began <= datetime.fromisoformat(created_at) <= datetime.now(UTC)
    assert found == {**HELLO, "size": 12}
    assert answer["Content-Type"] == JSON


def test_a_blob_is_a_file_of_the_one_tree(blobs, me):
    post(blobs, "letters/to ben.txt", b"Dear Ben")

    [folder] = tree.content_of(by=me.caller, folder_id=None).items
    [file] = tree.content_of(by=me.caller, folder_id=folder.id).items
    assert (folder.name, file.name, file.content_type) == ("Blobs", "lettersto ben.txt", "text/plain")
    assert me.read(file) == b"Dear Ben"
    assert me.space() == (8, 0)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 2**20, 2**20 + 1, 3 * 2**20 + 2])
def test_every_size_comes_back_whole_with_its_length(blobs, size):
    data = bytes(range(256)) * (size // 256 + 1)
    post(blobs, "a", data[:size])

    head = blobs.head("/v1/blobs/a")
    answer = blobs.get("/v1/blobs/a")
    body = answer.getvalue()

    assert json.loads(body)["size"] == size
    assert base64.b64decode(json.loads(body)["data"]) == data[:size]
    assert head["Content-Length"] == answer["Content-Length"] == str(len(body))
    assert head.content == b""


def test_nobody_gets_a_part_of_the_json(blobs):
    post(blobs, "a", b"data")

    answer = blobs.get("/v1/blobs/a", headers={"Range": "bytes=0-3"})

    assert (answer.status_code, answer["Accept-Ranges"], answer.json()["size"]) == (200, "none", 4)


@pytest.mark.parametrize(
    "blob_id", ["a b", "a/b", "/a", "a/", "a//b", "../../evil", "ä€😀", "%2F", "a?b#c", "a\nb", "x" * 255, '"', "."]
)
def test_any_id_is_stored_and_fetched_and_deleted(blobs, blob_id):
    address = "/v1/blobs/" + "".join(f"%{byte:02X}" for byte in blob_id.encode())

    assert post(blobs, blob_id, b"data").status_code == 201
    assert fetch(blobs, address) == b"data"
    assert blobs.get("/v1/blobs").json()["items"][0]["id"] == blob_id
    assert blobs.delete(address).json() == {"message": "Blob deleted successfully"}
    assert blobs.get(address).status_code == 404


@pytest.mark.parametrize("blob_id", ["", "x" * 256, "a\x00b", "\ud800"])
def test_an_id_that_cannot_be_is_refused_by_name(blobs, blob_id):
    answer = post(blobs, blob_id, b"data")

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "id"]
    assert not Identifier.objects.exists()


@pytest.mark.parametrize(
    "data",
    ["this is not base64", "SGVsbG8=!!!!junk", "-_-_", "QQ", "QQ=", "QR==", "QQ==QQ==", "=", "QUJ\\", "QUJD\\\\n", "ä"],
)
def test_what_is_not_strictly_base64_is_refused_as_fastapi_does(blobs, alice, store, data):
    answer = post(blobs, "a", data)

    assert answer.status_code == 422
    assert answer.json() == {
        "detail": [
            {"type": "value_error", "loc": ["body", "data"], "msg": "Value error, Data must be a valid base64 string"}
        ]
    }
    assert nothing_is_left(store, alice)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":"a","data":"QUJD\\r\\nREVG"}',
        b'{ "data" : " QUJDREVG " ,\n"id":"a", "more": {"data": "x"}}',
        b'{"id":"a","more":{"data":"x"},"data":"QUJDREVG"}',
        b'{"id":"a","\\u0064ata":"QUJD\\nREVG"}',
    ],
)
def test_json_is_read_however_it_is_written(blobs, body):
    assert blobs.post("/v1/blobs", body, JSON).status_code == 201
    assert fetch(blobs, "/v1/blobs/a") == b"ABCDEF"


def test_slashes_that_some_programs_escape_are_slashes(blobs):
    assert blobs.post("/v1/blobs", b'{"id":"a","data":"\\/\\/\\/\\/"}', JSON).status_code == 201
    assert fetch(blobs, "/v1/blobs/a") == b"\xff\xff\xff"


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (b"{}", [("missing", ["body", "id"]), ("missing", ["body", "data"])]),
        (b'{"id":"a"}', [("missing", ["body", "data"])]),
        (b'{"data":"QUJD"}', [("missing", ["body", "id"])]),
        (b'{"id":7,"data":"QUJD"}', [("string_type", ["body", "id"])]),
        (b'{"id":"a","data":7}', [("string_type", ["body", "data"])]),
        (b'{"id":"a","data":null}', [("string_type", ["body", "data"])]),
        (b'["data"]', [("model_attributes_type", ["body"])]),
        (b'{"id":"a","data":"QUJD"', [("json_invalid", ["body"])]),
        (b'{"id":"a","data":"QUJD"}}', [("json_invalid", ["body"])]),
        (b'{"id":"a","data":"QUJD","data":"QUJD"}', [("value_error", ["body", "data"])]),
        (b"\xff", [("json_invalid", ["body"])]),
    ],
)
def test_a_body_that_cannot_be_is_refused_in_fastapis_list(blobs, body, kinds):
    answer = blobs.post("/v1/blobs", body, JSON)

    assert answer.status_code == 422
    assert [(fault["type"], fault["loc"]) for fault in answer.json()["detail"]] == kinds
    assert not Upload.objects.exists()


def test_a_duplicate_id_is_a_409_and_nothing_is_overwritten(blobs, me):
    post(blobs, "a", b"first")

    answer = post(blobs, "a", b"second")

    assert (answer.status_code, answer.json()) == (409, {"detail": "A blob with this id already exists"})
    assert fetch(blobs, "/v1/blobs/a") == b"first"
    assert me.space() == (5, 0)


def test_ids_are_of_their_owner(blobs, bob):
    others = client_for(bob)
    post(blobs, "a", b"hers")

    assert others.get("/v1/blobs/a").json() == {"detail": "Blob not found"}
    assert others.delete("/v1/blobs/a").status_code == 404
    assert post(others, "a", b"his").status_code == 201
    assert (fetch(blobs, "/v1/blobs/a"), fetch(others, "/v1/blobs/a")) == (b"hers", b"his")


def test_a_deleted_blob_is_in_the_trash_and_its_id_free(blobs, me):
    post(blobs, "a", b"first")
    blobs.delete("/v1/blobs/a")
    [trashed] = trash.trash_page(by=me.caller).items

    assert post(blobs, "a", b"second").status_code == 201
    trash.restore(by=me.caller, asset_id=trashed.id)

    assert fetch(blobs, "/v1/blobs/a") == b"second"
    assert Identifier.objects.count() == 1


def test_a_blob_that_is_restored_before_its_id_was_wanted_has_it_again(blobs, me):
    post(blobs, "a", b"first")
    blobs.delete("/v1/blobs/a")
    trash.restore(by=me.caller, asset_id=trash.trash_page(by=me.caller).items[0].id)

    assert fetch(blobs, "/v1/blobs/a") == b"first"
    assert post(blobs, "a", b"second").status_code == 409


def test_the_folder_in_the_trash_frees_all_ids_in_it(blobs, me):
    post(blobs, "a", b"first")
    trash.trash(by=me.caller, asset_id=tree.content_of(by=me.caller, folder_id=None).items[0].id)

    assert blobs.get("/v1/blobs/a").status_code == 404
    assert blobs.get("/v1/blobs").json()["items"] == []
    assert post(blobs, "a", b"second").status_code == 201
    assert fetch(blobs, "/v1/blobs/a") == b"second"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_there", [False, True])
def test_of_many_that_store_one_id_at_once_one_wins(alice, me, store, was_there):
    clients = [client_for(alice) for _ in range(6)]
    if was_there:
        post(clients[0], "a", b"old!!")
        clients[0].delete("/v1/blobs/a")
    before = me.space()[0]

    answers = at_once(6, lambda number: post(clients[number], "a", b"data%d" % number).status_code)

    assert sorted(answers) == [201, 409, 409, 409, 409, 409]
    assert fetch(clients[0], "/v1/blobs/a") == b"data%d" % answers.index(201)
    assert me.space() == (before + 5, 0)
    assert not Upload.objects.exists()


# Lists and limits


def test_the_list_goes_page_by_page_in_the_order_of_bytes(blobs):
    for blob_id in ("b", "a", "ä", "B", "c/d"):
        post(blobs, blob_id, b"data")

    pages = [blobs.get("/v1/blobs?limit=2").json()]
    while pages[-1]["next"]:
        pages.append(blobs.get(f"/v1/blobs?limit=2&cursor={pages[-1]['next']}").json())

    assert [blob["id"] for page in pages for blob in page["items"]] == ["B", "a", "b", "c/d", "ä"]


def test_the_list_asks_as_often_for_many_as_for_one(blobs, django_assert_num_queries):
    post(blobs, "a", b"data")
    with django_assert_num_queries(2):
        blobs.get("/v1/blobs")
    for number in range(10):
        post(blobs, f"b{number}", b"data")
    with django_assert_num_queries(2):
        assert len(blobs.get("/v1/blobs").json()["items"]) == 11


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=x", "offset=1"])
def test_a_wrong_query_is_refused_by_name(blobs, query):
    answer = blobs.get(f"/v1/blobs?{query}")

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]


def test_a_blob_over_the_limit_is_a_413(blobs, settings, store, alice):
    settings.CLOUDBOX_MAX_BLOB = 1000

    assert post(blobs, "a", b"x" * 1000).status_code == 201
    answer = post(blobs, "b", b"x" * 1001)
    body = post(blobs, "b", b"x" * 2 * 2**20)

    assert (answer.status_code, answer.json().keys()) == (413, {"detail"})
    assert body.status_code == 413
    assert Identifier.objects.count() == 1


def test_a_blob_without_room_is_a_413_and_leaves_nothing(blobs, alice, store):
    limit(alice, 10)

    answer = post(blobs, "a", b"x" * 11)

    assert answer.status_code == 413
    assert "11 bytes needed" in answer.json()["detail"]
    assert nothing_is_left(store, alice)
    assert not Identifier.objects.exists()


def test_a_form_is_shown_the_right_call(blobs):
    answer = blobs.post("/v1/blobs", {"id": "a"})

    assert answer.status_code == 415
    assert "curl -d" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address"), [("put", "/v1/blobs/a"), ("patch", "/v1/blobs"), ("delete", "/v1/blobs")]
)
def test_another_method_is_refused_in_the_dialect(blobs, method, address):
    answer = getattr(blobs, method)(address)

    assert (answer.status_code, answer.json().keys()) == (405, {"detail"})
    assert "GET" in answer["Allow"]


def test_a_file_in_the_way_of_the_folder_is_named(blobs, me):
    me.file("Blobs")

    answer = post(blobs, "a", b"data")

    assert answer.status_code == 409
    assert '"Blobs"' in answer.json()["detail"]


def test_the_id_of_a_blob_that_was_given_away_is_free(blobs, bob, me, colleague):
    post(blobs, "a", b"first")
    folder = colleague.folder("for alice")
    people.add_people(
        by=colleague.caller, asset_id=folder.id, role="editor", names=["alice"], team_ids=[], notify=False
    )
    tree.move(by=me.caller, asset_id=Identifier.objects.get().asset_id, folder_id=folder.id)

    assert blobs.get("/v1/blobs/a").status_code == 404
    assert post(blobs, "a", b"second").status_code == 201
    assert fetch(blobs, "/v1/blobs/a") == b"second"


def test_nothing_is_kept_of_a_file_whose_row_is_purged(blobs, me):
    post(blobs, "a", b"data")
    asset_id = Identifier.objects.get().asset_id
    trash.purge(by=me.caller, asset_id=asset_id)

    assert blobs.get("/v1/blobs/a").status_code == 404
    assert post(blobs, "a", b"again").status_code == 201
    purging.free(asset_id)
    assert list(Identifier.objects.values_list("value", flat=True)) == ["a"]
    assert fetch(blobs, "/v1/blobs/a") == b"again"


def test_a_purged_blob_takes_its_identifier_along(blobs, me):
    post(blobs, "a", b"data")
    asset_id = Identifier.objects.get().asset_id
    trash.purge(by=me.caller, asset_id=asset_id)
    purging.free(asset_id)

    assert not Identifier.objects.exists()
    assert not Asset.objects.filter(id=asset_id).exists()
