"""Every operation of the tree, asked by everybody: the answers are those of the tables in `matrix`."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

from accounts.models import User
from accounts.services import invitations, teams
from assets import tasks
from assets.models import Blob, Identifier, Preview, Thumbnail
from assets.placing import OnConflict
from assets.services import links, people, presigned, transfers, trash
from assets.services.presigned import UploadWish
from cloudbox.errors import AccessDenied, NotFound
from jobs.models import JobItem
from tests.assets.conftest import Hand
from tests.assets.matrix import (
    COLUMNS,
    ELSEWHERE,
    FOUND,
    LINK,
    LINK_COLUMNS,
    MATRIX,
    OFFER,
    OFFER_COLUMNS,
    OWN_COLUMNS,
    OWN_THINGS,
    UPLOAD,
    UPLOAD_COLUMNS,
)
from tests.assets.tus.conftest import BYTES, VERSION, Tus, id_of
from tests.people import caller_for, client_for, key_of, register

API = "/api/v1/"
METHODS = ("get", "head", "post", "put", "patch", "delete")  # HEAD where it is more than a GET without its body
EVERY_SCOPE = ("read", "write", "delete", "share")
STATUSES = {refusal.code: str(refusal.status) for refusal in (NotFound, AccessDenied)}
GO_ON = {"data": b"data", "content_type": BYTES, "headers": VERSION | {"Upload-Offset": "0"}}
TUS: dict[str, dict[str, Any]] = {  # what is sent with each operation that ends in `<` and a word
    "<begin": {
        "data": b"",
        "content_type": BYTES,
        "headers": VERSION | {"Upload-Length": "4", "Upload-Metadata": "filename bmV3"},
    },
    "<go on": GO_ON,
    "<patch": GO_ON | {"headers": VERSION | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}},
    "<end": {"headers": VERSION},
}
Table = dict[str, tuple[str, list[str]]]


@dataclass
class World:
    """The people, their clients by the names in the tables, and the scenes by how open their folder is."""

    users: dict[str, User]
    clients: dict[str, Client] = field(default_factory=dict)
    scenes: dict[str, dict[str, str]] = field(default_factory=dict)

    def hand(self, name: str) -> Hand:
        return Hand(caller_for(self.users[name]))


@pytest.fixture
def world(db, store) -> World:
    names = ("owner", "viewer", "editor", "stranger", "dora", "team-viewer", "team-editor")
    made = World({name: register(name) for name in names})
    made.scenes = {access: scene(made, access) for access in ("restricted", "viewer", "editor")}
    made.clients = {name.replace("-", " "): client_for(user) for name, user in made.users.items()}
    made.clients["anonymous"] = Client()
    return made


def scene(world: World, access: str) -> dict[str, str]:
    """Make a folder with all that the tables speak of, open to anyone as far as is said; return the ids by name."""
    owner, dora = world.hand("owner"), world.hand("dora")
    folder = owner.folder(f"Folder, {access}")
    private = owner.folder("Private", folder)
    trashed = owner.file("trashed", folder)
    owner.file("old.txt", folder, data=b"old")
    found = {
        "folder": folder,
        "below": owner.folder("Below", folder),
        "file": owner.file("sea.txt", folder, data=b"salt"),
        "old": owner.file("old.txt", folder, data=b"new"),
        "private": private,
        "secret": owner.file("secret", private),
        "trashed": trashed,
        "elsewhere": owner.folder(f"Elsewhere, {access}", any_one_access="editor"),
        "theirs": dora.folder(f"Theirs, {access}", any_one_access="editor"),
    }
    people.set_inherits(by=owner.caller, asset_id=private.id, inherits=False)
    trash.trash(by=owner.caller, asset_id=trashed.id)
    for role in ("viewer", "editor"):
        ids = [team(world, f"{access} {role}", f"team-{role}")]
        people.add_people(by=owner.caller, asset_id=folder.id, role=role, names=[role], team_ids=ids)
    people.set_any_one_access(by=owner.caller, asset_id=folder.id, access=access)
    identifier = Identifier.objects.create(
        asset_id=found["file"].id, owner=world.users["owner"], door="data", value=f"object-{access}"
    )
    owner.file("sea.txt", folder, data=b"more salt")
    for image in Blob.objects.filter(versions__asset=found["file"].id):
        Preview.objects.filter(blob=image).delete()
        preview = Preview.objects.create(blob=image, state="made", content_type="image/png")
        Thumbnail.objects.create(preview=preview, edge=256, image=image)
    return {name: str(view.id) for name, view in found.items()} | {"object": identifier.value}


def team(world: World, name: str, member: str) -> Any:
    owner = world.hand("owner").caller
    made = teams.create(by=owner, name=name)
    invited = invitations.invite(by=owner, team_id=made.id, username=member)
    invitations.accept(by=world.hand(member).caller, invitation_id=invited.id)
    return made.id


def add_keys(world: World, here: str) -> None:
    """Give programs of the owner their keys: to read, to write, and for everything in one folder."""
    owner, there = world.users["owner"], world.scenes[here]
    for name, key in {
        "key to read": key_of(owner, "read"),
        "key to write": key_of(owner, "read", "write"),
        "key here": key_of(owner, *EVERY_SCOPE, folder=UUID(there["folder"])),
        "key elsewhere": key_of(owner, *EVERY_SCOPE, folder=UUID(there["elsewhere"])),
    }.items():
        world.clients[name] = Client(headers={"Authorization": f"Bearer {key.token}"})


def add_offers(world: World) -> None:
    """Let the owner and dora offer each other something."""
    for giver, to, name in (("owner", "dora", "by_owner"), ("dora", "owner", "to_owner")):
        hand = world.hand(giver)
        made = transfers.offer(by=hand.caller, asset_id=hand.file(name).id, to=to)
        world.scenes["restricted"][name] = str(made.id)


def add_others(world: World) -> None:
    """Let the editor begin an upload into the folder, and the owner have a blob, an object and a link."""
    there = world.scenes["restricted"]
    there["upload"] = str(id_of(Tus(world.clients["editor"]).begin(4, folder=there["folder"])))
    blob = json.dumps({"id": "blob", "data": "c2FsdA=="})
    made = world.clients["owner"].post("/v1/blobs", blob, content_type="application/json")
    assert made.status_code == 201, made.content
    owner, folder = world.hand("owner").caller, UUID(there["folder"])
    to_write = UploadWish(folder_id=folder, name="signed", max_bytes=9, content_type="", on_conflict=OnConflict.FAIL)
    signed = {
        "to_read": presigned.for_download(by=owner, file_id=UUID(there["file"]), expires_in=60),
        "to_write": presigned.for_upload(by=owner, wish=to_write, expires_in=60),
    }
    there |= {name: made.url.rstrip("/").rpartition("/")[2] for name, made in signed.items()}
    there["link"] = str(links.make(by=owner, asset_id=folder, role="viewer", wish={}).id)


def answer(client: Client, operation: str, ids: dict[str, str]) -> str:
    """Ask for the operation and undo what it did; return `ok` or the status."""
    method, address, body = [*operation.split(" ", 2), ""][:3]
    for name, id_ in ids.items():
        address, body = address.replace(f"{{{name}}}", id_), body.replace(f"{{{name}}}", id_)
    sent: dict[str, Any] = {"data": body, "content_type": "application/json"}
    if body == "<bytes":
        sent = {"data": b"data", "content_type": "application/octet-stream"}
    elif body == "<form":
        sent = {"data": {"file": SimpleUploadedFile("form", b"data")}}
    elif body == "<object":
        sent = {"data": {"file": SimpleUploadedFile("form", b"data"), "file_identifier": "new"}}
    elif body in TUS:
        sent = TUS[body]
    with transaction.atomic():
        got = getattr(client, method.lower())(path_of(address), **({} if method == "GET" else sent))
        status = result_of(got.json()["id"]) if got.status_code == 202 else str(got.status_code)
        transaction.set_rollback(True)
    return "ok" if status < "300" else status


def path_of(address: str) -> str:
    return address if address.startswith("/") else API + address


def result_of(job_id: str) -> str:
    """Let the worker do the job, and return the status of the refusal of its one item, or 200."""
    tasks.do_with_many(job_id)
    item = JobItem.objects.get(job_id=UUID(job_id))
    return STATUSES[item.code] if item.code else "200"


def wrong(table: Table, columns: Iterable[str], ask: Callable[[str, str], str]) -> list[str]:
    """Return a line for each operation of the table that is answered otherwise, with the answers."""
    found = []
    for cells, operations in table.values():
        for operation in operations:
            got = [ask(column, operation) for column in columns]
            if got != cells.split():
                found.append(f"{operation}: {' '.join(got)}, not {cells}")
    return found


def test_everybody_may_do_what_the_table_says_and_nothing_else(world):
    add_keys(world, "restricted")

    def ask(column: str, operation: str) -> str:
        who, access = COLUMNS[column]
        return answer(world.clients[who], operation, world.scenes[access])

    assert wrong(MATRIX, COLUMNS, ask) == []


def test_who_may_look_finds_it_and_nobody_else(world):
    add_keys(world, "restricted")

    def finds(who: str, access: str) -> bool:
        answered = world.clients[who].get(API + "store/search/?q=sea").json()
        return world.scenes[access]["file"] in {item["id"] for item in answered.get("items", ())}

    assert ["ok" if finds(*column) else "-" for column in COLUMNS.values()] == FOUND.split()


def test_everybody_has_their_own_things_as_the_table_says(world):
    add_keys(world, "restricted")
    add_offers(world)
    add_others(world)

    def ask(who: str, operation: str) -> str:
        return answer(world.clients[who], operation, world.scenes["restricted"])

    assert wrong(OWN_THINGS, OWN_COLUMNS, ask) == []
    assert wrong(OFFER, OFFER_COLUMNS, ask) == []
    assert wrong(UPLOAD, UPLOAD_COLUMNS, ask) == []


def test_whoever_comes_by_a_link_may_do_what_its_table_says(world):
    owner, here = world.hand("owner"), world.scenes["restricted"]
    add_others(world)

    def token(role: str, name: str) -> str:
        made = links.make(by=owner.caller, asset_id=UUID(here[name]), role=role, wish={})
        assert made.url
        return made.url.rstrip("/").rpartition("/")[2]

    roles = {column: column.split()[0].removesuffix(",") for column in LINK_COLUMNS}
    places = {column: "elsewhere" if "elsewhere" in column else "folder" for column in LINK_COLUMNS}
    ids = {column: here | {"token": token(roles[column], places[column])} for column in LINK_COLUMNS}

    assert wrong(LINK, LINK_COLUMNS, lambda column, operation: answer(Client(), operation, ids[column])) == []


# That nothing is forgotten


def addresses(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the route and the view of every address of the tree."""
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and _is_door(pattern.callback.__module__):
            yield route, pattern.callback


def _is_door(module: str) -> bool:
    return module.startswith("assets.") and not module.startswith("assets.admin")


def methods_of(view: Any) -> list[str]:
    door = getattr(view, "view_class", None) or view.cls
    return [method for method in METHODS if hasattr(door, method)]


def test_every_operation_of_the_tree_is_in_a_table():
    asked = set()
    for table in (MATRIX, OWN_THINGS, OFFER, UPLOAD, LINK):
        for _, operations in table.values():
            for operation in operations:
                method, address = operation.split(" ")[:2]
                path = path_of(address).split("?")[0]
                while "{" in path:
                    before, rest = path.split("{", 1)
                    path = before + "00000000-0000-4000-8000-000000000000" + rest.split("}", 1)[1]
                try:
                    asked.add(f"{method} {resolve(path).route.removeprefix('^')}")
                except Resolver404:
                    pytest.fail(f"There is no such address: {operation}")

    offered = {
        f"{method.upper()} {route}"
        for route, view in addresses(get_resolver().url_patterns)
        for method in methods_of(view)
    }
    forgotten = offered - asked - ELSEWHERE.keys()
    assert sorted(forgotten) == [], "Add each to a table of tests/assets/matrix.py, or say in ELSEWHERE where it is."
    assert offered >= ELSEWHERE.keys()
