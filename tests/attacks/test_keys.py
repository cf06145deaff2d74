"""Somebody with an access key that only reads one folder changes nothing, whatever they call, and sees no more.

The calls come from the published schema, so a new address is attacked as soon as it is described.
"""

from typing import Any
from uuid import uuid4

import pytest
import yaml

from cloudbox.embedded.bootstrap import ROOT
from tests.attacks.test_authorization import METHODS, Call
from tests.visitors import Visitor, asked, place_of

FREE = {("post", "/api/v1/auth/login/"), ("post", "/api/v1/auth/login/code/")}  # what nobody needs credentials for
BODIES: dict[str, Any] = {
    "/api/v1/account/keys/": {"name": "more", "scopes": ["read", "write"]},
    "/api/v1/auth/change-password/": {"current_password": "three tame otters", "new_password": "four tame otters"},
    "/api/v1/auth/profile/": {"first_name": "Mallory"},
    "/api/v1/auth/register/": {"username": "mallory", "password": "three tame otters"},
    "/api/v1/store/folders/": {"name": "mine now"},
}


def every_operation() -> list[Call]:
    schema = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    found = [Call(method, path) for path, item in schema["paths"].items() for method in sorted(METHODS & item.keys())]
    return [call for call in found if (call.method, call.path) not in FREE]


EVERY = every_operation()


class Holder:
    """Somebody with a key of alice's for one folder, and alice's things inside it and beside it."""

    def __init__(self, alice: Visitor, *scopes: str) -> None:
        self.alice = alice
        self.folder, self.beside = alice.make_folder(f"for a key {uuid4().hex}"), alice.make_folder(uuid4().hex)
        self.inside = alice.store("inside.txt", b"inside", below=self.folder)["id"]
        self.outside = alice.store("outside.txt", b"outside", below=self.beside)["id"]
        self.trashed = alice.store("trashed.txt", b"trashed", below=self.folder)["id"]
        asked_for = {"name": "a program", "scopes": scopes, "folder": self.folder}
        self.made = asked(alice.post("/api/v1/account/keys", json=asked_for), 201)
        assert alice.delete(f"/api/v1/store/files/{self.trashed}").status_code == 204
        self.visitor = Visitor(alice.url)
        self.visitor.headers["Authorization"] = f"Bearer {self.made['token']}"

    def things(self, call: Call) -> list[str]:
        """Return the ids to call it about: what the key is for, what it is not for, and what is not there."""
        if "{" not in call.path:
            return [""]
        own = {"key_id": [self.made["id"]], "session_id": [self._session()]}
        store = [self.folder, self.inside, self.trashed, self.beside, self.outside]
        return [*own.get(call.subject, store), str(uuid4())]

    def _session(self) -> str:
        return str(asked(self.alice.get("/api/v1/account/sessions"))["items"][0]["id"])

    def try_(self, call: Call) -> list[tuple[int, str]]:
        """Return the status and the code of each answer."""
        answers = [self._answer(call, thing) for thing in self.things(call)]
        return [(answer.status_code, _code(answer)) for answer in answers]

    def _answer(self, call: Call, thing: str) -> Any:
        if thing:
            return call.by(self.visitor, thing)
        if call.path == "/api/v1/store/files/":
            return self.visitor.post(call.path, files={"file": ("mine.txt", b"mine now")})
        return self.visitor.request(call.method, call.path, json=BODIES.get(call.path, {}))

    def state(self) -> dict[str, Any]:
        """Return all that the key could have changed."""
        alice = self.alice
        return {
            "root": asked(alice.get("/api/v1/store/folders/content?limit=200")),
            "folder": [asked(alice.get(f"/api/v1/store/folders/{it}")) for it in (self.folder, self.beside)],
            "content": [asked(alice.get(f"/api/v1/store/folders/{it}/content")) for it in (self.folder, self.beside)],
            "bytes": [alice.get(f"/api/v1/store/files/{it}/content").content for it in (self.inside, self.outside)],
            "people": [
                asked(alice.get(f"/api/v1/store/assets/{it}/{role}"))
                for it in (self.folder, self.beside, self.inside)
                for role in ("editors", "viewers")
            ],
            "trash": asked(alice.get("/api/v1/store/trash?limit=200")),
            "profile": asked(alice.get("/api/v1/auth/profile")),
            "usage": alice.usage(),
            "sessions": [it["id"] for it in asked(alice.get("/api/v1/account/sessions?limit=200"))["items"]],
            "keys": [it["id"] for it in asked(alice.get("/api/v1/account/keys?limit=200"))["items"]],
            "activity": asked(alice.get("/api/v1/activity?limit=1")),
        }


def _code(answer: Any) -> str:
    problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return str(answer.json()["code"]) if problem else ""


@pytest.fixture
def reader(alice):
    holder = Holder(alice, "read")
    yield holder
    holder.visitor.close()


def test_a_key_that_reads_one_folder_changes_nothing_by_any_call(reader):
    before = reader.state()

    answers = {call: reader.try_(call) for call in EVERY if call.method != "get"}

    assert len(answers) >= 30
    assert {call: told for call, told in answers.items() if any(status < 400 for status, _ in told)} == {}
    assert {call: told for call, told in answers.items() if any(status >= 500 for status, _ in told)} == {}
    assert reader.state() == before


def test_a_key_that_reads_one_folder_sees_nothing_else_by_any_call(reader):
    reads = [call for call in EVERY if call.method == "get"]
    hidden = [reader.beside, reader.outside, "outside.txt", reader.alice.root, reader.alice.email]

    for call in reads:
        for thing in reader.things(call):
            answer = reader._answer(call, thing)
            if answer.status_code < 400:
                assert thing not in {reader.beside, reader.outside}, call
                assert [text for text in hidden if text in answer.text] == [], call
                assert answer.content != b"outside", call


def test_a_key_reads_the_folder_that_it_is_for(reader):
    listed = asked(reader.visitor.get(f"/api/v1/store/folders/{reader.folder}/content"))

    assert [item["name"] for item in listed["items"]] == ["inside.txt"]
    assert {ability for item in listed["items"] for ability in item["abilities"]} == {"read"}
    assert reader.visitor.get(f"/api/v1/store/files/{reader.inside}/content").content == b"inside"
    assert [item["id"] for item in asked(reader.visitor.get("/api/v1/store/trash"))["items"]] == [reader.trashed]


WRITES = {
    "upload": lambda it: it.visitor.put(place_of("new.txt", it.folder), data=b"x"),
    "upload a form": lambda it: it.visitor.post(f"/api/v1/store/files/{it.folder}", files={"file": b"x"}),
    "replace": lambda it: it.visitor.put(f"/api/v1/store/files/{it.inside}/content", data=b"x"),
    "make a folder": lambda it: it.visitor.post(f"/api/v1/store/folders/{it.folder}", json={"name": "x"}),
    "rename": lambda it: it.visitor.patch(f"/api/v1/store/files/{it.inside}", json={"name": "x"}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_write_with_a_key_that_only_reads_names_the_scope_that_is_missing(reader, write):
    answer = write(reader)

    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (403, "key_not_enough", ["write"])


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_the_same_goes_through_with_a_key_that_writes(alice, write):
    holder = Holder(alice, "read", "write")

    assert write(holder).status_code in {200, 201}
    holder.visitor.close()


def test_what_somebody_was_told_under_an_idempotency_key_is_not_for_their_access_keys(reader):
    headers, body = {"Idempotency-Key": uuid4().hex}, {"name": f"once {uuid4().hex}"}
    asked(reader.alice.post("/api/v1/store/folders", json=body, headers=headers), 201)

    answer = reader.visitor.post("/api/v1/store/folders", json=body, headers=headers)

    assert answer.status_code >= 400
    assert body["name"] not in answer.text


def test_a_key_ends_while_it_is_used(reader):
    path = f"/api/v1/store/files/{reader.inside}/content"
    assert reader.visitor.get(path).status_code == 200

    assert reader.alice.delete(f"/api/v1/account/keys/{reader.made['id']}").status_code == 204

    assert {reader.visitor.get(path).status_code, reader.visitor.put(path, data=b"x").status_code} == {401}
