"""The role matrix: who may do what, as one table, through real requests.

A row is an action; its columns are callers; a cell is the answer's status. The table is read for an
asset that is restricted, open to viewers, or open to editors.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from assets.services import people
from assets.shapes import AssetView
from tests.assets.conftest import Hand
from tests.people import caller_for, client_for, register

CALLERS = ("anonymous", "stranger", "viewer", "editor", "owner")
STORE = "/api/v1/store"
JSON = "application/json"


@dataclass(frozen=True)
class Scene:
    """A folder with a file and a folder in it, and two folders, open to editors, to move things to."""

    folder: AssetView
    file: AssetView
    below: AssetView
    elsewhere: AssetView  # another folder of the owner's
    theirs: AssetView  # somebody else's folder


Action = Callable[[Client, Scene], Any]


def users(*names: str) -> dict[str, list[str]]:
    return {"users": list(names)}


READ: dict[str, Action] = {
    "read the folder": lambda c, s: c.get(f"{STORE}/folders/{s.folder.id}/"),
    "list it": lambda c, s: c.get(f"{STORE}/folders/{s.folder.id}/content/"),
    "read the file": lambda c, s: c.get(f"{STORE}/files/{s.file.id}/"),
    "download it": lambda c, s: c.get(f"{STORE}/assets/{s.file.id}/download/"),
    "get its content": lambda c, s: c.get(f"{STORE}/files/{s.file.id}/content"),
    "view it": lambda c, s: c.get(f"{STORE}/files/{s.file.id}/view/"),
    "list its versions": lambda c, s: c.get(f"{STORE}/files/{s.file.id}/versions/"),
    "get a version": lambda c, s: c.get(f"{STORE}/files/{s.file.id}/versions/1/content"),
    "ask for editors": lambda c, s: c.get(f"{STORE}/assets/{s.folder.id}/editors/"),
}
EDIT: dict[str, Action] = {
    "make a folder in it": lambda c, s: c.post(f"{STORE}/folders/{s.folder.id}/", {"name": "x"}, JSON),
    "put a file into it": lambda c, s: c.put(f"{STORE}/folders/{s.folder.id}/files/new", b"x"),
    "replace the file": lambda c, s: c.put(f"{STORE}/files/{s.file.id}/content", b"x"),
    "rename the file": lambda c, s: c.patch(f"{STORE}/files/{s.file.id}/", {"name": "x"}, JSON),
    "rename the folder": lambda c, s: c.patch(f"{STORE}/folders/{s.folder.id}/", {"name": "x"}, JSON),
    "move the file down": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/move", {"folder": s.below.id}, JSON),
    "move the file on": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/move", {"folder": s.elsewhere.id}, JSON),
    "trash the file": lambda c, s: c.delete(f"{STORE}/files/{s.file.id}/"),
    "trash the folder": lambda c, s: c.delete(f"{STORE}/folders/{s.folder.id}/"),
}
SHARE: dict[str, Action] = {
    "add an editor": lambda c, s: c.post(f"{STORE}/assets/{s.folder.id}/editors/", users("dora"), JSON),
    "add a viewer": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/viewers/", users("dora"), JSON),
    "remove a viewer": lambda c, s: c.delete(f"{STORE}/assets/{s.folder.id}/viewers/", users("dora"), JSON),
    "open it to anyone": lambda c, s: c.patch(
        f"{STORE}/assets/{s.folder.id}/access-type/", {"any_one_access": "viewer"}, JSON
    ),
}
OWN: dict[str, Action] = {
    "purge the file": lambda c, s: c.delete(f"{STORE}/files/{s.file.id}/?purge=1"),
    "give it away": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/move", {"folder": s.theirs.id}, JSON),
}
ACTIONS = READ | EDIT | SHARE | OWN

#                        anonymous stranger viewer editor owner
TABLE = {
    ("READ", "restricted"): (401, 404, "ok", "ok", "ok"),
    ("READ", "viewer"): ("ok", "ok", "ok", "ok", "ok"),
    ("READ", "editor"): ("ok", "ok", "ok", "ok", "ok"),
    ("EDIT", "restricted"): (401, 404, 403, "ok", "ok"),
    ("EDIT", "viewer"): (401, 403, 403, "ok", "ok"),
    ("EDIT", "editor"): (401, "ok", "ok", "ok", "ok"),
    ("SHARE", "restricted"): (401, 404, 403, "ok", "ok"),
    ("SHARE", "viewer"): (401, 403, 403, "ok", "ok"),
    ("SHARE", "editor"): (401, 403, 403, "ok", "ok"),
    ("OWN", "restricted"): (401, 404, 403, 403, "ok"),
    ("OWN", "viewer"): (401, 403, 403, 403, "ok"),
    ("OWN", "editor"): (401, 403, 403, 403, "ok"),
}
GROUPS = {"READ": READ, "EDIT": EDIT, "SHARE": SHARE, "OWN": OWN}


@pytest.fixture
def clients(alice, bob, charlie):
    viewer = register("viewer")
    register("dora")
    people = {"stranger": charlie, "viewer": viewer, "editor": bob, "owner": alice}
    return {"anonymous": Client()} | {role: client_for(user) for role, user in people.items()}


@pytest.fixture
def scene(store, me, clients):
    def build(access: str) -> Scene:
        folder = me.folder("Photos")
        file = me.file("sea.txt", folder, data=b"salt")
        below = me.folder("Below", folder)
        elsewhere = me.folder("Open to all", any_one_access="editor")
        theirs = Hand(caller_for(User.objects.get(username="dora"))).folder("Dora's", any_one_access="editor")
        people.add_people(by=me.caller, asset_id=folder.id, role="viewer", names=["viewer"])
        people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
        people.set_any_one_access(by=me.caller, asset_id=folder.id, access=access)
        return Scene(folder, file, below, elsewhere, theirs)

    return build


def status_of(action: Action, client: Client, scene: Scene) -> int | str:
    """Do the action, note the status, and undo what it did."""
    before = transaction.savepoint()
    response = action(client, scene)
    transaction.savepoint_rollback(before)
    return "ok" if response.status_code in {200, 201, 204} else response.status_code


@pytest.mark.parametrize(("group", "access"), TABLE)
def test_roles_may_do_what_the_table_says(group, access, clients, scene):
    found = scene(access)
    for caller, expected in zip(CALLERS, TABLE[group, access], strict=True):
        answers = {name: status_of(action, clients[caller], found) for name, action in GROUPS[group].items()}

        assert answers == dict.fromkeys(GROUPS[group], expected), caller


def test_a_stranger_cannot_tell_hidden_from_missing(clients, scene):
    real = scene("restricted")
    folder, file, below = (replace(view, id=uuid4()) for view in (real.folder, real.file, real.below))
    ghosts = Scene(folder, file, below, real.elsewhere, real.theirs)

    for name, action in ACTIONS.items():
        hidden, missing = (action(clients["stranger"], scene) for scene in (real, ghosts))
        assert (hidden.status_code, missing.status_code) == (404, 404), name
        assert hidden.json()["detail"] == missing.json()["detail"], name


def test_viewers_see_themselves_editors_all_and_others_only_the_owner(clients, scene):
    folder = scene("viewer").folder

    def seen(caller: str, role: str) -> tuple[str, list[str]]:
        answer = clients[caller].get(f"{STORE}/assets/{folder.id}/{role}s/").json()
        return answer["owner"]["username"], [person["username"] for person in answer[f"{role}s"]]

    assert [seen(caller, "viewer") for caller in CALLERS] == [
        ("alice", []),
        ("alice", []),
        ("alice", ["viewer"]),
        ("alice", ["viewer"]),
        ("alice", ["viewer"]),
    ]
    assert [seen(caller, "editor")[1] for caller in CALLERS] == [[], [], [], ["bob"], ["bob"]]
