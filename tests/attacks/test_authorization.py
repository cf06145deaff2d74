"""Other people's things: every id with every method, and every way to become more than one is.

The calls come from the published schema, so a new address is attacked as soon as it is described.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from cloudbox.embedded.bootstrap import ROOT
from tests.server import STAFF_PASSWORD
from tests.visitors import Visitor, asked, place_of

NOBODY = str(uuid4())
LINKS = "/api/v1/links/"
METHODS = {"get", "put", "post", "patch", "delete"}
BODIES: dict[str, dict[str, Any]] = {
    "move": {"folder": str(uuid4())},
    "copy": {"folder": str(uuid4())},
    "transfer": {"to": "nobody"},
    "inheritance": {"inherits": False},
    "editors": {"users": ["nobody"]},
    "viewers": {"users": ["nobody"]},
    "access-type": {"any_one_access": "editor"},
    "retention": {"versions_kept": 1, "versions_days": 1},
    "links": {"role": "viewer"},
    "tags": {"tags": ["mine"]},
    "metadata": {"mine": "now"},
    "folders": {"name": "mine now"},
    "files": {"name": "mine now"},
    "teams": {"name": "mine now"},
    "members": {"role": "member"},
    "invitations": {"username": "admin"},
    **{word: {} for word in ("link", "resend", "leave", "accept", "decline")},
}
CHANGES: dict[str, dict[str, Any]] = {"links": {"label": "mine now"}}
TUS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}


@dataclass(frozen=True)
class Call:
    """An operation of the schema on something that has an id."""

    method: str
    path: str

    @property
    def subject(self) -> str:
        """Return the name of the first id in the path."""
        return str(re.findall(r"{(\w+)}", self.path)[0])

    def by(self, visitor: Visitor, thing: str, **others: str) -> Any:
        """Make the call about a thing, with a body that would be right."""
        path = self.path.replace(f"{{{self.subject}}}", thing)
        path = re.sub(r"{\w+_id}", lambda found: others.get(found[0][1:-1], NOBODY), path)
        path = re.sub(r"{(\w+)}", lambda found: others.get(found[1], "1"), path)
        words = [word for word in path.split("/") if word in BODIES]
        if "/uploads/" in path and self.method != "get":
            method_said = {"X-HTTP-Method-Override": "PATCH"} if self.method == "post" else {}
            return visitor.request(self.method, path, data=b"", headers=TUS | method_said)
        if self.path.endswith(("/content", "/content/", "}")) and self.method == "put":
            return visitor.put(path, data=b"mine now")
        if self.method == "post" and "/store/files/" in path:
            return visitor.post(path, files={"file": ("mine.txt", b"mine now")})
        bodies = BODIES | CHANGES if self.method == "patch" else BODIES
        return visitor.request(self.method, path, json=bodies[words[-1]] if words else {})


# It takes something away that is the caller's own, whatever that was of, and answers alike.
LIKES_NO_MORE = Call("delete", "/api/v1/store/assets/{asset_id}/favourite/")


def calls(*, by_link: bool = False) -> Iterator[Call]:
    """Yield the calls about something that has an id: those of people, or those below a link."""
    schema = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    for path, operations in schema["paths"].items():
        if "_id}" in path and path.startswith(LINKS) is by_link:
            found = (Call(method, path) for method in sorted(METHODS & operations.keys()))
            yield from (call for call in found if call != LIKES_NO_MORE)


EVERY = list(calls())


@dataclass(frozen=True)
class Things:
    """What alice has: the ids that others try, by the name that the schema gives them."""

    folder: str
    file: str
    session: str
    key: str
    team: str
    invitation: str

    def for_(self, call: Call) -> list[str]:
        return {
            "folder_id": [self.folder],
            "file_id": [self.folder if call.method == "post" else self.file],
            "asset_id": [self.folder, self.file],
            "session_id": [self.session],
            "key_id": [self.key],
            "team_id": [self.team],
            "invitation_id": [self.invitation],
        }.get(call.subject, [str(uuid4())])


@pytest.fixture(scope="module")
def things(alice: Visitor) -> Things:
    folder = alice.make_folder("private")
    file = alice.store("diary.txt", b"dear diary", below=folder)["id"]
    session = asked(alice.get("/api/v1/account/sessions"))["items"][0]["id"]
    key = asked(alice.post("/api/v1/account/keys", json={"name": "hers", "scopes": ["read"]}), 201)["id"]
    team = asked(alice.post("/api/v1/teams", json={"name": "hers"}), 201)["id"]
    invited = {"email": "somebody@example.com"}
    invitation = asked(alice.post(f"/api/v1/teams/{team}/invitations", json=invited), 201)["id"]
    return Things(folder, file, session, key, team, invitation)


def state_of(alice: Visitor, things: Things) -> dict[str, Any]:
    return {
        "folder": asked(alice.get(f"/api/v1/store/folders/{things.folder}")),
        "file": asked(alice.get(f"/api/v1/store/files/{things.file}")),
        "content": asked(alice.get(f"/api/v1/store/folders/{things.folder}/content")),
        "editors": asked(alice.get(f"/api/v1/store/assets/{things.folder}/editors")),
        "viewers": asked(alice.get(f"/api/v1/store/assets/{things.folder}/viewers")),
        "bytes": alice.get(f"/api/v1/store/files/{things.file}/content").content,
        "usage": alice.usage(),
        "keys": asked(alice.get("/api/v1/account/keys")),
        "team": asked(alice.get(f"/api/v1/teams/{things.team}")),
        "members": asked(alice.get(f"/api/v1/teams/{things.team}/members")),
        "invitations": asked(alice.get(f"/api/v1/teams/{things.team}/invitations")),
    }


def told(answer: Any) -> tuple[int, dict[str, Any]]:
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "request_id"}


def answers_to(visitor: Visitor, things: Things, call: Call) -> list[tuple[int, dict[str, Any]]]:
    """Return what somebody is told about each thing, and about one that does not exist."""
    return [told(call.by(visitor, thing)) for thing in [*things.for_(call), str(uuid4())]]


def test_a_stranger_cannot_tell_a_hidden_thing_from_a_missing_one(alice, charlie, things):
    before = state_of(alice, things)

    answers = {call: answers_to(charlie, things, call) for call in EVERY}

    assert len(EVERY) >= 30
    assert {call: told for call, told in answers.items() if {status for status, _ in told} != {404}} == {}
    assert {call: told for call, told in answers.items() if any(answer != told[0] for answer in told)} == {}
    assert state_of(alice, things) == before


def test_the_anonymous_learn_nothing_but_that_they_are(alice, anonymous, things):
    before = state_of(alice, things)

    answers = {call: answers_to(anonymous, things, call) for call in EVERY}

    assert {call: told for call, told in answers.items() if {status for status, _ in told} != {401}} == {}
    assert {call: told for call, told in answers.items() if any(answer != told[0] for answer in told)} == {}
    assert state_of(alice, things) == before


@pytest.mark.parametrize("who", ["alice", "charlie", "anonymous"])
def test_a_link_that_never_was_opens_nothing_to_anybody(request, alice, things, who):
    visitor, before = request.getfixturevalue(who), state_of(alice, things)
    below = list(calls(by_link=True))

    answers = {call: told(call.by(visitor, "x" * 32, **vars(things))) for call in below}

    assert len(below) >= 10
    assert {call: status for call, (status, _) in answers.items() if status != 404} == {}
    assert state_of(alice, things) == before


def test_ids_cannot_be_guessed_from_one_another(alice):
    ids = [UUID(alice.make_folder(f"guess {number}")) for number in range(4)]

    gaps = {later.int - earlier.int & (2**62 - 1) for earlier, later in itertools.pairwise(ids)}

    assert len({id_.int & (2**48 - 1) for id_ in ids}) == 4
    assert min(gaps) > 2**32


VIEWERS_MAY_NOT: dict[str, Callable[[Visitor, Things, Visitor], Any]] = {
    "create": lambda bob, things, _: bob.post(f"/api/v1/store/folders/{things.folder}", json={"name": "x"}),
    "upload": lambda bob, things, _: bob.put(place_of("x", things.folder), data=b"x"),
    "upload a form": lambda bob, things, _: bob.post(f"/api/v1/store/files/{things.folder}", files={"file": b"x"}),
    "replace": lambda bob, things, _: bob.put(f"/api/v1/store/files/{things.file}/content", data=b"x"),
    "replace by name": lambda bob, things, _: bob.put(place_of("diary.txt", things.folder), data=b"x"),
    "rename": lambda bob, things, _: bob.patch(f"/api/v1/store/files/{things.file}", json={"name": "x"}),
    "copy beside it": lambda bob, things, _: bob.post(
        f"/api/v1/store/assets/{things.file}/copy", json={"folder": things.folder, "name": "x"}
    ),
    "move away": lambda bob, things, _: bob.post(f"/api/v1/store/assets/{things.file}/move", json={"folder": bob.root}),
    "trash": lambda bob, things, _: bob.delete(f"/api/v1/store/files/{things.file}"),
    "purge": lambda bob, things, _: bob.delete(f"/api/v1/store/files/{things.file}?purge=1"),
    "share": lambda bob, things, charlie: bob.post(
        f"/api/v1/store/assets/{things.folder}/viewers", json={"users": [charlie.name]}
    ),
    "rise": lambda bob, things, _: bob.post(
        f"/api/v1/store/assets/{things.folder}/editors", json={"users": [bob.name]}
    ),
    "open": lambda bob, things, _: bob.patch(
        f"/api/v1/store/assets/{things.folder}/access-type", json={"any_one_access": "editor"}
    ),
}
EDITORS_MAY_NOT = {
    "move it into their own tree": lambda bob, things, _: bob.post(
        f"/api/v1/store/assets/{things.file}/move", json={"folder": bob.root}
    ),
    "purge": lambda bob, things, _: bob.delete(f"/api/v1/store/files/{things.file}?purge=1"),
}


@pytest.mark.parametrize("attempt", VIEWERS_MAY_NOT.values(), ids=VIEWERS_MAY_NOT.keys())
def test_a_viewer_changes_nothing(alice, meet, charlie, things, attempt):
    bob = shared_with(meet("bob"), alice, things, "viewers")
    before = state_of(alice, things)

    assert attempt(bob, things, charlie).status_code == 403
    assert state_of(alice, things) == before


@pytest.mark.parametrize("attempt", EDITORS_MAY_NOT.values(), ids=EDITORS_MAY_NOT.keys())
def test_an_editor_takes_nothing_away_for_good(alice, meet, charlie, things, attempt):
    bob = shared_with(meet("bob"), alice, things, "editors")
    before = state_of(alice, things)

    assert attempt(bob, things, charlie).status_code == 403
    assert state_of(alice, things) == before


def shared_with(bob: Visitor, alice: Visitor, things: Things, role: str) -> Visitor:
    asked(alice.post(f"/api/v1/store/assets/{things.folder}/{role}", json={"users": [bob.name]}), 201)
    return bob


def test_somebody_who_was_removed_has_nothing_left(alice, meet, things):
    bob = shared_with(meet("bob"), alice, things, "editors")
    link = f"/api/v1/store/files/{things.file}/content"
    assert bob.get(link).status_code == 200

    assert alice.delete(f"/api/v1/store/assets/{things.folder}/editors", json={"users": [bob.name]}).status_code == 204

    statuses = [call.by(bob, thing).status_code for call in EVERY for thing in things.for_(call)]
    assert set(statuses) == {404}
    assert bob.get(link, headers={"If-None-Match": "*"}).status_code == 404


def test_somebody_who_was_removed_from_a_team_has_nothing_left(alice, meet, things):
    bob = meet("bob")
    team = f"/api/v1/teams/{things.team}"
    asked(alice.post(f"{team}/invitations", json={"username": bob.name}), 201)
    (invited,) = asked(bob.get("/api/v1/account/invitations"))["items"]
    asked(bob.post(f"/api/v1/account/invitations/{invited['id']}/accept"))
    asked(alice.post(f"/api/v1/store/assets/{things.folder}/editors", json={"teams": [things.team]}), 201)
    link = f"/api/v1/store/files/{things.file}/content"
    assert bob.get(link).status_code == 200
    (member,) = [item for item in asked(bob.get(f"{team}/members"))["items"] if item["username"] == bob.name]
    rises = bob.patch(f"{team}/members/{member['id']}", json={"role": "owner"})

    assert alice.delete(f"{team}/members/{member['id']}").status_code == 204

    statuses = [call.by(bob, thing).status_code for call in EVERY for thing in things.for_(call)]
    assert (rises.status_code, set(statuses)) == (403, {404})
    assert (
        alice.delete(f"/api/v1/store/assets/{things.folder}/editors", json={"teams": [things.team]}).status_code == 204
    )


def test_nothing_is_moved_into_a_foreign_folder_or_out_of_one(alice, charlie, things):
    mine = charlie.make_folder("trojan horse")

    into = charlie.post(f"/api/v1/store/assets/{mine}/move", json={"folder": things.folder})
    out = charlie.post(f"/api/v1/store/assets/{things.file}/move", json={"folder": mine})

    assert (into.status_code, out.status_code) == (404, 404)
    assert charlie.get(f"/api/v1/store/folders/{mine}").status_code == 200


def test_what_is_shared_does_not_show_what_lies_above_or_beside_it(alice, bob, things):
    beside = alice.make_folder("beside", below=things.folder)
    shared = alice.make_folder("shared", below=things.folder)
    asked(alice.post(f"/api/v1/store/assets/{shared}/viewers", json={"users": [bob.name]}), 201)

    seen = asked(bob.get(f"/api/v1/store/folders/{shared}"))

    assert seen["parent"] is None
    assert [bob.get(f"/api/v1/store/folders/{folder}").status_code for folder in (things.folder, beside)] == [404, 404]


def test_a_trashed_thing_is_its_owners_alone(alice, meet, charlie, things):
    bob = shared_with(meet("bob"), alice, things, "viewers")
    file = alice.store("trashed.txt", b"x", below=things.folder)["id"]
    assert alice.delete(f"/api/v1/store/files/{file}").status_code == 204

    for visitor in (bob, charlie):
        assert visitor.get(f"/api/v1/store/files/{file}/content").status_code == 404
        assert visitor.post(f"/api/v1/store/trash/{file}/restore").status_code in {403, 404}
        assert visitor.delete(f"/api/v1/store/trash/{file}").status_code in {403, 404}
        assert asked(visitor.get("/api/v1/store/trash"))["items"] == []
    assert [item["id"] for item in asked(alice.get("/api/v1/store/trash"))["items"]] == [file]


def test_the_staff_see_nobodys_things_through_the_api(server, alice, things):
    with Visitor(server.url) as staff:
        staff.name = "admin"
        staff.log_in(STAFF_PASSWORD)
        before = state_of(alice, things)

        answers = {call: answers_to(staff, things, call) for call in EVERY}

    assert {call: told for call, told in answers.items() if {status for status, _ in told} != {404}} == {}
    assert state_of(alice, things) == before


MORE_THAN_ASKED = {
    "register": ("post", "/api/v1/auth/register", {"username": "eve", "password": "three tame otters"}),
    "profile": ("patch", "/api/v1/auth/profile", {}),
    "folder": ("post", "/api/v1/store/folders", {"name": "mass assignment"}),
}
POWERS = {
    "is_staff": True,
    "is_superuser": True,
    "is_active": True,
    "id": str(uuid4()),
    "owner": str(uuid4()),
    "owner_id": str(uuid4()),
    "path": [],
    "parent": str(uuid4()),
    "used": 0,
    "limit_bytes": 2**60,
    "base_bytes": 2**60,
    "token_version": 0,
    "email_verified_at": "2026-01-01T00:00:00Z",
    "groups": [1],
    "suspended_at": None,
    "__class__": "x",
}


@pytest.mark.parametrize("call", MORE_THAN_ASKED.values(), ids=MORE_THAN_ASKED.keys())
@pytest.mark.parametrize(("field", "value"), POWERS.items(), ids=POWERS.keys())
def test_nobody_assigns_what_is_not_theirs_to_assign(charlie, call, field, value):
    method, path, body = call
    before = asked(charlie.get("/api/v1/auth/profile")), charlie.usage()

    answer = charlie.request(method, path, json=body | {field: value})

    assert answer.status_code == 400
    assert field in answer.text
    assert (asked(charlie.get("/api/v1/auth/profile")), charlie.usage()) == before
