"""The role matrix: who may do what, as one table, through real requests.

A row is an action; its columns are callers; a cell is the answer's status. The table is read for an
asset that is restricted, open to viewers, or open to editors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from assets.services import people
from assets.shapes import AssetView
from tests.assets.conftest import Hand
from tests.people import caller_for, client_for, register

CALLERS = ("anonymous", "stranger", "viewer", "editor", "owner")
STORE = "/api/v1/store"
JSON = "application/json"


@dataclass(frozen=True)
class Scene:
    """A folder with a file and a folder in it, and a free folder of each caller to move things to."""

    folder: AssetView
    file: AssetView
    below: AssetView
    elsewhere: AssetView


Action = Callable[[Client, Scene], HttpResponseBase]


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
    "trash the file": lambda c, s: c.delete(f"{STORE}/files/{s.file.id}/"),
    "trash the folder": lambda c, s: c.delete(f"{STORE}/folders/{s.folder.id}/"),
}
SHARE: dict[str, Action] = {
    "add an editor": lambda c, s: c.post(f"{STORE}/assets/{s.folder.id}/editors/", users("dora"), JSON),
    "add a viewer": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/viewers/", users("dora"), JSON),
    "remove a viewer": lambda c, s: c.delete(f"{STORE}/assets/{s.folder.id}/viewers/", users("viewer"), JSON),
    "open it to anyone": lambda c, s: c.patch(
        f"{STORE}/assets/{s.folder.id}/access-type/", {"any_one_access": "viewer"}, JSON
    ),
}
OWN: dict[str, Action] = {
    "purge the file": lambda c, s: c.delete(f"{STORE}/files/{s.file.id}/?purge=1"),
    "move it away": lambda c, s: c.post(f"{STORE}/assets/{s.file.id}/move", {"folder": s.elsewhere.id}, JSON),
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
def clients(alice, bob, charlie, db):
    viewer = register("viewer")
    register("dora")
    return {
        "anonymous": (None, Client()),
        "stranger": (charlie, client_for(charlie)),
        "viewer": (viewer, client_for(viewer)),
        "editor": (bob, client_for(bob)),
        "owner": (alice, client_for(alice)),
    }


@pytest.fixture
def scene(store, me, clients):
    def build(caller: str, access: str) -> Scene:
        user, _ = clients[caller]
        folder = me.folder(f"Photos {uuid4()}")
        file = me.file("sea.txt", folder, data=b"salt")
        below = me.folder("Below", folder)
        people.add_people(by=me.caller, asset_id=folder.id, role="viewer", names=["viewer"])
        people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
        people.set_any_one_access(by=me.caller, asset_id=folder.id, access=access)
        elsewhere = Hand(caller_for(user)).folder(f"Mine {uuid4()}") if user else folder
        return Scene(folder, file, below, elsewhere)

    return build


@pytest.mark.parametrize(("group", "access"), TABLE)
@pytest.mark.parametrize("caller", CALLERS)
def test_roles_may_do_what_the_table_says(caller, group, access, clients, scene):
    expected = TABLE[group, access][CALLERS.index(caller)]
    answers = {}
    for name, action in GROUPS[group].items():
        response = action(clients[caller][1], scene(caller, access))
        answers[name] = "ok" if response.status_code in {200, 201, 204} else response.status_code

    assert answers == dict.fromkeys(GROUPS[group], expected)


@pytest.mark.parametrize("name", ACTIONS)
def test_a_stranger_cannot_tell_hidden_from_missing(name, clients, scene):
    _, client = clients["stranger"]
    real = scene("stranger", "restricted")
    ghost = Scene(
        *(AssetView(**{**vars(view), "id": uuid4()}) for view in (real.folder, real.file, real.below)), real.elsewhere
    )

    hidden, missing = ACTIONS[name](client, real), ACTIONS[name](client, ghost)

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["detail"] == missing.json()["detail"]
