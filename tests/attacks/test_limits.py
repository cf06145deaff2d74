"""Limits, and races for what is left within them."""

import base64
import hashlib
import json
import random
from collections import Counter
from typing import Any

import pytest
import requests

from cloudbox.pages import cursor_of
from tests.invariants import broken
from tests.visitors import Visitor, asked, at_once, place_of

KIB = 1024
JSON = {"Content-Type": "application/json"}
HALF_A_PAIR = "\ud800"  # of surrogates, which JSON can say and UTF-8 cannot
ID = "00000000-0000-7000-8000-000000000000"
GIVEN = 2**20  # bytes of the quota that many uploads race for


def with_quota(visitor: Visitor, server: Any, size: int) -> Visitor:
    """Give somebody a quota of `size` bytes, as the staff does."""
    changed = "UPDATE accounts_usage SET base_bytes = %s, limit_bytes = %s WHERE owner_id = %s RETURNING 1"
    assert server.rows(changed, size, size, visitor.id) == [(1,)]
    return visitor


def upload_raw(visitor: Visitor, folder: str, name: str, data: bytes) -> requests.Response:
    return requests.put(visitor.url + place_of(name, folder), data=data, headers=signed_in(visitor), timeout=60)


def upload_form(visitor: Visitor, folder: str, name: str, data: bytes) -> requests.Response:
    address = f"{visitor.url}/api/v1/store/files/{folder}"
    return requests.post(address, files={"file": (name, data)}, headers=signed_in(visitor), timeout=60)


def upload_chunked(visitor: Visitor, folder: str, name: str, data: bytes) -> requests.Response:
    """Send a body without a Content-Length; one in two tells its length in advance, the others their digest."""
    told = {"X-Expected-Entity-Length": str(len(data))} if len(data) % 2 else {"Content-Digest": digest_of(data)}
    address = visitor.url + place_of(name, folder)
    return requests.put(address, data=iter([data]), headers=signed_in(visitor) | told, timeout=60)


def digest_of(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def signed_in(visitor: Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {visitor.token}"}


def upload_by_tus(visitor: Visitor, folder: str, name: str, data: bytes) -> requests.Response:
    told = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(data)),
        "Content-Type": "application/offset+octet-stream",
    }
    told["Upload-Metadata"] = f"filename {base64.b64encode(name.encode()).decode()}"
    address = f"{visitor.url}/api/v1/uploads/?folder={folder}"
    return requests.post(address, data=data, headers=signed_in(visitor) | told, timeout=60)


DOORS = (upload_raw, upload_form, upload_chunked, upload_by_tus)


def test_fifty_uploads_at_once_never_pass_the_quota_by_one_byte(meet, server):
    dana = with_quota(meet("dana"), server, GIVEN)
    folder = dana.make_folder("race")
    dice = random.Random(2)  # sizes that are unequal, and the same in every run
    sizes = [dice.randrange(1, 128 * KIB) for _ in range(50)]
    assert sum(sizes) > 2 * GIVEN

    answers = at_once(lambda job: DOORS[job[0] % 4](dana, folder, f"{job[0]}.bin", bytes(job[1])), enumerate(sizes))

    statuses = Counter(answer.status_code for answer in answers)
    stored = sum(size for size, answer in zip(sizes, answers, strict=True) if answer.status_code == 201)
    refused = [size for size, answer in zip(sizes, answers, strict=True) if answer.status_code == 413]
    usage = dana.usage()
    assert set(statuses) <= {201, 413, 503}
    assert statuses[201] >= 5
    assert stored <= GIVEN
    assert (usage["used"], usage["reserved"], usage["charges"]["files"]) == (stored, 0, stored)
    assert refused
    assert broken(server) == {}


def test_the_last_byte_of_a_quota_can_be_used_and_no_further_one(meet, server):
    dana = with_quota(meet("dana"), server, 1000)
    dana.store("most.bin", bytes(999))

    assert dana.put(place_of("two.bin"), data=b"xx").status_code == 413
    assert dana.put(place_of("one.bin"), data=b"x").status_code == 201
    assert dana.put(place_of("more.bin"), data=b"x").status_code == 413
    assert dana.put(place_of("empty.bin"), data=b"").status_code == 201
    assert dana.usage()["free"] == 0


def test_versions_and_the_trash_count(meet, server):
    dana = with_quota(meet("dana"), server, 1000)
    file = dana.store("a.bin", bytes(400))["id"]
    dana.store("a.bin", bytes(400))
    assert dana.delete(f"/api/v1/store/files/{file}").status_code == 204

    refused = dana.put(place_of("b.bin"), data=bytes(400))

    assert (refused.status_code, dana.usage()["used"]) == (413, 800)


def test_an_upload_into_a_shared_folder_never_escapes_its_owners_quota(meet, server, bob):
    dana = with_quota(meet("dana"), server, 1000)
    folder = dana.make_folder("for all")
    asked(dana.post(f"/api/v1/store/assets/{folder}/editors", json={"users": [bob.name]}), 201)
    before = bob.usage()["used"]

    fits, does_not = (bob.put(place_of(name, folder), data=bytes(600)).status_code for name in ("a", "b"))

    assert (fits, does_not) == (201, 413)
    assert (dana.usage()["used"], bob.usage()["used"]) == (600, before)


def test_of_many_who_create_one_name_one_wins(meet, server):
    dana = meet("dana")
    folder = dana.make_folder("race")

    def make(number: int) -> int:
        path = f"{dana.url}/api/v1/store/folders/{folder}"
        if number % 2:
            return requests.post(path, json={"name": "same"}, headers=signed_in(dana), timeout=60).status_code
        only_new = signed_in(dana) | {"If-None-Match": "*"}
        return requests.put(f"{path}/files/same", data=b"x", headers=only_new, timeout=60).status_code

    statuses = Counter(at_once(make, range(24)))

    assert statuses[201] == 1
    assert set(statuses) <= {201, 409, 412}
    assert broken(server) == {}


def test_of_many_who_rename_on_conflict_each_gets_a_name(meet, server):
    dana = meet("dana")
    folder = dana.make_folder("race")
    address = f"{dana.url}{place_of('a.txt', folder)}?on_conflict=rename"

    statuses = Counter(
        at_once(lambda _: requests.put(address, data=b"x", headers=signed_in(dana), timeout=60).status_code, range(6))
    )

    names = [item["name"] for item in asked(dana.get(f"/api/v1/store/folders/{folder}/content"))["items"]]
    assert statuses[201] == len(names) == len(set(names))
    assert set(statuses) <= {201, 409}
    assert broken(server) == {}


STRANGE_JSON = {
    "deep lists": b"[" * 100_000,
    "deep and closed": b"[" * 50_000 + b"]" * 50_000,
    "deep objects": b'{"name":' * 50_000 + b"1" + b"}" * 50_000,
    "not a number": b'{"name": NaN}',
    "infinity": b'{"name": Infinity}',
    "an infinite exponent": b'{"name": 1e999}',
    "a number of 100 000 digits": b'{"name": ' + b"9" * 100_000 + b"}",
    "a name twice": b'{"name": "a", "name": "b"}',
    "two values": b'{"name": "a"} {"name": "b"}',
    "a comma too many": b'{"name": "a",}',
    "half a string": b'{"name": "a',
    "a comment": b'{"name": "a"} // b',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "another encoding": '{"name": "a"}'.encode("utf-16"),
    "nothing": b"",
    "null": b"null",
    "a list": b'["name"]',
    "a text": b'"name"',
    "a control character": b'{"name": "a\nb"}',
    "an object as the name": b'{"name": {"$gt": ""}}',
    "a list as the name": b'{"name": ["a"]}',
    "a number as the name": b'{"name": 12}',
    "yes as the name": b'{"name": true}',
    "prototype": b'{"name": "a", "__proto__": {"is_staff": true}}',
}


@pytest.mark.parametrize("body", STRANGE_JSON.values(), ids=STRANGE_JSON.keys())
def test_strange_json_is_refused_and_makes_nothing(alice, body):
    before = asked(alice.get("/api/v1/store/folders/content"))

    answer = alice.post("/api/v1/store/folders", data=body, headers=JSON)

    assert answer.status_code == 400
    assert asked(alice.get("/api/v1/store/folders/content")) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "application/json;charset=x"])
def test_a_body_of_another_kind_is_refused(alice, kind):
    answer = alice.post("/api/v1/store/folders", data=b'<!DOCTYPE a [<!ENTITY b "c">]>', headers={"Content-Type": kind})

    assert answer.status_code in {400, 415}


@pytest.mark.parametrize("path", ["/api/v1/store/folders", "/api/v1/auth/register", "/api/v1/auth/login"])
def test_json_over_the_cap_is_refused(alice, path):
    answer = alice.post(path, data=json.dumps({"name": "a" * 2**21}), headers=JSON)

    assert answer.status_code == 413


HUGE: dict[str, Any] = {
    "people": ("post", "/api/v1/store/assets/{folder}/viewers", {"users": [f"u{n}" for n in range(50_000)]}),
    "a person": ("post", "/api/v1/store/assets/{folder}/viewers", {"users": ["u" * 900_000]}),
    "a name": ("post", "/api/v1/store/folders", {"name": "n" * 900_000}),
    "a first name": ("patch", "/api/v1/auth/profile", {"first_name": "n" * 900_000}),
    "a username": ("post", "/api/v1/auth/register", {"username": "n" * 900_000, "password": "three tame otters"}),
    "a password": ("post", "/api/v1/auth/register", {"username": "huge", "password": "three tame " * 80_000}),
    "fields": ("post", "/api/v1/store/folders", {f"f{n}": n for n in range(50_000)}),
}


@pytest.mark.parametrize("call", HUGE.values(), ids=HUGE.keys())
def test_huge_metadata_is_refused(alice, call):
    folder = asked(alice.post("/api/v1/store/folders?on_conflict=rename", json={"name": "huge"}), 201)["id"]
    method, path, body = call

    assert alice.request(method, path.format(folder=folder), json=body).status_code in {400, 413}


LISTS = ["/api/v1/store/folders/content", "/api/v1/store/trash", "/api/v1/account/sessions", "/api/v1/activity"]
STRANGE_PAGES = [
    "limit=0",
    "limit=-1",
    "limit=1000000000",
    "limit=99999999999999999999999",
    "limit=a",
    "limit=1.5",
    "limit=%00",
    "cursor=a",
    "cursor=%00",
    "cursor=" + "a" * 5000,
    "cursor=WyJhIl0",
    "cursor=W251bGwsbnVsbCxudWxsXQ",
    "cursor=eyJhIjoxfQ",
    "cursor=%ff",
    *(f"cursor={cursor_of(*values)}" for values in ([HALF_A_PAIR], [HALF_A_PAIR, ID], ["file", HALF_A_PAIR, ID])),
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", STRANGE_PAGES, ids=[query[:30] for query in STRANGE_PAGES])
def test_a_strange_page_is_refused(alice, path, query):
    answer = alice.get(f"{path}?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


@pytest.mark.parametrize("query", ["sort=password", "sort=owner__password", "kind=1", "sort=name;drop", "search[]=a"])
def test_a_list_is_never_sorted_or_filtered_by_what_is_not_offered(alice, query):
    assert alice.get(f"/api/v1/store/folders/content?{query}").status_code == 400


def test_a_cursor_of_one_list_is_refused_by_another(alice):
    for number in range(3):
        alice.make_folder(f"page {number}")
    by_name = asked(alice.get("/api/v1/store/folders/content?limit=1"))["next"]

    other = alice.get(f"/api/v1/store/folders/content?limit=1&sort=size&cursor={by_name}")

    assert by_name
    assert other.status_code == 400


def test_a_form_of_many_parts_or_with_a_long_text_is_refused(alice):
    many = alice.post("/api/v1/store/files", files=[(f"f{number}", b"x") for number in range(500)])
    long_text = alice.post("/api/v1/store/files", data={"text": "a" * 200_000}, files={"file": b"x"})
    two = alice.post("/api/v1/store/files", files=[("file", ("a", b"x")), ("file", ("b", b"y"))])
    none = alice.post("/api/v1/store/files", files={"other": b"x"})

    assert [answer.status_code for answer in (many, long_text, two, none)] == [400] * 4
    assert alice.usage()["reserved"] == 0
