"""The scenes that the tables of `matrix` speak of, and what asks for their operations."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.models import User
from accounts.services import invitations, teams
from assets import tasks
from assets.models import Blob, Identifier, Preview, Thumbnail
from assets.placing import OnConflict
from assets.services import links, people, presigned, transfers, trash
from assets.services.presigned import UploadWish
from cloudbox.errors import AccessDenied, NotFound, PlanExpired
from jobs.models import JobItem
from tests.assets.conftest import Hand
from tests.assets.tus.conftest import BYTES, VERSION, Tus, id_of
from tests.people import caller_for, client_for, key_of, register

API = "/api/v1/"
EVERY_SCOPE = ("read", "write", "delete", "share")
STATUSES = {refusal.code: str(refusal.status) for refusal in (NotFound, AccessDenied, PlanExpired)}
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


@dataclass
class World:
    """The people, their clients by the names in the tables, and the scenes by how open their folder is."""

    users: dict[str, User]
    clients: dict[str, Client] = field(default_factory=dict)
    scenes: dict[str, dict[str, str]] = field(default_factory=dict)

    def hand(self, name: str) -> Hand:
        return Hand(caller_for(self.users[name]))


def a_world(*accesses: str) -> World:
    """Make everybody, and a scene for each of these ways in which a folder may be open."""
    names = ("owner", "viewer", "editor", "stranger", "dora", "team-viewer", "team-editor")
    made = World({name: register(name) for name in names})
    made.scenes = {access: scene(made, access) for access in accesses}
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


def request_for(operation: str, ids: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Return the method, the path, and what is sent with it, of an operation as the tables write it."""
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
    return method.lower(), path_of(address), {} if method == "GET" else sent


def answer(client: Client, operation: str, ids: dict[str, str], look: Callable[[], Any] = lambda: None) -> str:
    """Ask for the operation, `look` at what it did, and undo it; return `ok` or the status."""
    method, path, sent = request_for(operation, ids)
    with transaction.atomic():
        got = getattr(client, method)(path, **sent)
        status = result_of(got.json()["id"]) if got.status_code == 202 else str(got.status_code)
        look()
        transaction.set_rollback(True)
    return "ok" if status < "300" else status


def path_of(address: str) -> str:
    return address if address.startswith("/") else API + address


def result_of(job_id: str) -> str:
    """Let the worker do the job, and return the status of the refusal of its one item, or 200."""
    tasks.do_with_many(job_id)
    item = JobItem.objects.get(job_id=UUID(job_id))
    return STATUSES[item.code] if item.code else "200"
