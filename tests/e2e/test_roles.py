"""The role matrix: who may do what, as one table, through real requests.

A row of the table is a group of actions on a folder that anyone may not use (`restricted`), view or edit;
its columns are callers, and a cell is the status of the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.visitors import Visitor, asked

CALLERS = ("anonymous", "stranger", "viewer", "editor", "owner")
STORE = "/api/v1/store"
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "0", "Upload-Metadata": "filename dHVz,on_conflict cmVuYW1l"}
OK = "ok"


@dataclass(frozen=True)
class Scene:
    """The ids of a folder with a file and a folder in it, and of two folders, open to editors, to move things to."""

    folder: str
    file: str
    below: str
    elsewhere: str  # another folder of the owner's
    theirs: str  # somebody else's folder


Action = Callable[[Visitor, Scene], Any]
READ: dict[str, Action] = {
    "read the folder": lambda v, s: v.get(f"{STORE}/folders/{s.folder}/"),
    "list it": lambda v, s: v.get(f"{STORE}/folders/{s.folder}/content/"),
    "read the file": lambda v, s: v.get(f"{STORE}/files/{s.file}/"),
    "download it": lambda v, s: v.get(f"{STORE}/assets/{s.file}/download/"),
    "get its content": lambda v, s: v.get(f"{STORE}/files/{s.file}/content"),
    "view it": lambda v, s: v.get(f"{STORE}/files/{s.file}/view/"),
    "list its versions": lambda v, s: v.get(f"{STORE}/files/{s.file}/versions/"),
    "get a version": lambda v, s: v.get(f"{STORE}/files/{s.file}/versions/1/content"),
    "ask for editors": lambda v, s: v.get(f"{STORE}/assets/{s.folder}/editors/"),
}
TAKE: dict[str, Action] = {
    "copy the file away": lambda v, s: v.post(
        f"{STORE}/assets/{s.file}/copy", json={"folder": v.root, "name": str(uuid4())}
    ),
    "copy the folder away": lambda v, s: v.post(
        f"{STORE}/assets/{s.folder}/copy", json={"folder": v.root, "name": str(uuid4())}
    ),
}
EDIT: dict[str, Action] = {
    "copy the file down": lambda v, s: v.post(f"{STORE}/assets/{s.file}/copy", json={"folder": s.below}),
    "make a folder in it": lambda v, s: v.post(f"{STORE}/folders/{s.folder}/", json={"name": "x"}),
    "put a file into it": lambda v, s: v.put(f"{STORE}/folders/{s.folder}/files/new", data=b"x"),
    "upload into it by tus": lambda v, s: v.post(f"/api/v1/uploads/?folder={s.folder}", headers=TUS),
    "send a form into it": lambda v, s: v.post(f"{STORE}/files/{s.folder}/", files={"file": ("form", b"x")}),
    "replace the file": lambda v, s: v.put(f"{STORE}/files/{s.file}/content", data=b"x"),
    "rename the file": lambda v, s: v.patch(f"{STORE}/files/{s.file}/", json={"name": "x"}),
    "rename the folder": lambda v, s: v.patch(f"{STORE}/folders/{s.folder}/", json={"name": str(uuid4())}),
    "move the file down": lambda v, s: v.post(f"{STORE}/assets/{s.file}/move", json={"folder": s.below}),
    "move the file on": lambda v, s: v.post(
        f"{STORE}/assets/{s.file}/move", json={"folder": s.elsewhere, "name": str(uuid4())}
    ),
    "trash the file": lambda v, s: v.delete(f"{STORE}/files/{s.file}/"),
    "trash the folder": lambda v, s: v.delete(f"{STORE}/folders/{s.folder}/"),
}
SHARE: dict[str, Action] = {
    "add an editor": lambda v, s: v.post(f"{STORE}/assets/{s.folder}/editors/", json={"users": ["dora"]}),
    "add a viewer": lambda v, s: v.post(f"{STORE}/assets/{s.file}/viewers/", json={"users": ["dora"]}),
    "remove a viewer": lambda v, s: v.delete(f"{STORE}/assets/{s.folder}/viewers/", json={"users": ["dora"]}),
    "open it to anyone": lambda v, s: v.patch(
        f"{STORE}/assets/{s.folder}/access-type/", json={"any_one_access": "viewer"}
    ),
}
OWN: dict[str, Action] = {
    "purge the file": lambda v, s: v.delete(f"{STORE}/files/{s.file}/?purge=1"),
    "give the file away": lambda v, s: v.post(
        f"{STORE}/assets/{s.file}/move", json={"folder": s.theirs, "name": str(uuid4())}
    ),
}
GROUPS = {"READ": READ, "TAKE": TAKE, "EDIT": EDIT, "SHARE": SHARE, "OWN": OWN}

TABLE = {
    # group, any_one_access: anonymous, stranger, viewer, editor, owner
    ("READ", "restricted"): (401, 404, OK, OK, OK),
    ("READ", "viewer"): (OK, OK, OK, OK, OK),
    ("READ", "editor"): (OK, OK, OK, OK, OK),
    ("TAKE", "restricted"): (401, 404, OK, OK, OK),
    ("TAKE", "viewer"): (401, OK, OK, OK, OK),
    ("TAKE", "editor"): (401, OK, OK, OK, OK),
    ("EDIT", "restricted"): (401, 404, 403, OK, OK),
    ("EDIT", "viewer"): (401, 403, 403, OK, OK),
    ("EDIT", "editor"): (401, OK, OK, OK, OK),
    ("SHARE", "restricted"): (401, 404, 403, OK, OK),
    ("SHARE", "viewer"): (401, 403, 403, OK, OK),
    ("SHARE", "editor"): (401, 403, 403, OK, OK),
    ("OWN", "restricted"): (401, 404, 403, 403, OK),
    ("OWN", "viewer"): (401, 403, 403, 403, OK),
    ("OWN", "editor"): (401, 403, 403, 403, OK),
}


@pytest.fixture(scope="module")
def callers(server, meet) -> dict[str, Visitor]:
    met = {role: meet(role) for role in CALLERS[1:]}
    return {"anonymous": Visitor(server.url)} | met


@pytest.fixture(scope="module")
def scene(callers, meet) -> Callable[[str], Scene]:
    """Return how to set a new scene, open to anyone as far as is said."""
    owner, dora = callers["owner"], meet("dora")

    def open_to_editors(visitor: Visitor) -> str:
        folder = {"name": "Open to editors", "any_one_access": "editor"}
        return str(asked(visitor.post(f"{STORE}/folders", json=folder), 201)["id"])

    elsewhere, theirs = open_to_editors(owner), open_to_editors(dora)

    def set_scene(access: str) -> Scene:
        folder = owner.make_folder(str(uuid4()))
        file = owner.store("sea.txt", b"salt", below=folder)["id"]
        below = owner.make_folder("Below", below=folder)
        for role in ("viewer", "editor"):
            asked(owner.post(f"{STORE}/assets/{folder}/{role}s/", json={"users": [callers[role].name]}), 201)
        asked(owner.patch(f"{STORE}/assets/{folder}/access-type/", json={"any_one_access": access}))
        return Scene(folder, file, below, elsewhere, theirs)

    return set_scene


@pytest.mark.parametrize(("group", "access"), TABLE)
def test_roles_may_do_what_the_table_says(group, access, callers, scene):
    present = scene(access)
    for caller, expected in zip(CALLERS, TABLE[group, access], strict=True):
        for name, action in GROUPS[group].items():
            status = action(callers[caller], present).status_code

            assert (OK if status in {200, 201, 204} else status) == expected, f"{caller}: {name}"
            if expected == OK and group != "READ":
                present = scene(access)


def test_viewers_see_themselves_editors_all_and_others_only_the_owner(callers, scene):
    folder = scene("viewer").folder

    def seen(caller: str, role: str) -> tuple[str, list[str]]:
        answer = asked(callers[caller].get(f"{STORE}/assets/{folder}/{role}s/"))
        return answer["owner"]["username"], [person["username"] for person in answer[f"{role}s"]]

    owner, viewer, editor = (callers[role].name for role in ("owner", "viewer", "editor"))
    assert [seen(caller, "viewer") for caller in CALLERS] == [
        (owner, []),
        (owner, []),
        (owner, [viewer]),
        (owner, [viewer]),
        (owner, [viewer]),
    ]
    assert [seen(caller, "editor")[1] for caller in CALLERS] == [[], [], [], [editor], [editor]]
