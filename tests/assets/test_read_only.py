"""Whoever stores more than is left of their room when a plan ends adds nothing, at any door; all else goes on.

Every operation of `matrix` is asked by an owner whose plan has ended. Those in GROWTH are refused as their door says it
and change nothing; those that are not there are answered as ever.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from assets import storage
from assets.models import Asset, Blob, Upload, UploadPart, Version
from assets.services import links
from cloudbox.errors import PlanExpired
from tests.accounts.usage import counters, expire, pay
from tests.assets.matrix import COLUMNS, LINK, LINK_COLUMNS, MATRIX, OWN_COLUMNS, OWN_THINGS, UPLOAD, UPLOAD_COLUMNS
from tests.assets.scenes import World, a_world, add_keys, add_offers, add_others, answer, request_for

GROWTH = {  # what would store more of the owner's, and the status with which its door refuses
    "PUT store/folders/{folder}/files/new <bytes": "402",
    "PUT store/folders/{folder}/files/sea.txt <bytes": "402",
    "PUT store/folders/files/new <bytes": "402",
    "PUT store/files/{file}/content <bytes": "402",
    "POST store/files/{folder}/ <form": "402",
    "POST store/files/ <form": "402",
    "POST store/files/{old}/versions/1/restore": "402",
    "POST store/files/{file}/versions/1/restore": "402",
    'POST store/assets/{file}/copy {"folder": "{below}"}': "402",
    'POST store/assets/{file}/copy {"folder": "{elsewhere}"}': "402",
    'POST store/bulk/ {"action": "copy", "assets": ["{file}"], "folder": "{elsewhere}"}': "402",
    "POST store/transfers/{to_owner}/accept {}": "402",
    "PUT presigned/{to_write}/ <bytes": "402",
    "POST uploads/?folder={folder} <begin": "413",  # as clients of tus know it
    "POST uploads/ <begin": "413",
    "POST file/upload/new <bytes": "423",  # Hive Node's word for a vault that is frozen
    "PUT file/upload/new <bytes": "423",
    'POST file/copy {"src_path": "by_owner", "dst_path": "new"}': "423",
    'POST /v1/blobs {"id": "one", "data": "c2FsdA=="}': "402",
    "POST /data/file <object": "402",
    "PUT links/{token}/folders/{folder}/files/new <bytes": "402",
    "PUT links/{token}/files/{file}/content <bytes": "402",
    "POST links/{token}/files/{folder}/ <form": "402",
    "POST links/{token}/uploads/?folder={folder} <begin": "413",
}
FACTS = ("code", "needed", "free", "used", "limit", "expired_at")


@pytest.fixture
def world(db, store) -> World:
    """Everybody, and in the restricted scene all that the tables name."""
    made = a_world("restricted")
    add_keys(made, "restricted")
    add_offers(made)
    add_others(made)
    folder = UUID(made.scenes["restricted"]["folder"])
    url = links.make(by=made.hand("owner").caller, asset_id=folder, role="editor", wish={}).url or ""
    made.scenes["restricted"]["token"] = url.rstrip("/").rpartition("/")[2]
    return made


def usual() -> dict[str, str]:
    """Return what the owner is answered while there is room, and whoever comes by a link of theirs to edit."""
    tables = (
        (MATRIX, list(COLUMNS).index("owner")),
        (OWN_THINGS, OWN_COLUMNS.index("owner")),
        (UPLOAD, UPLOAD_COLUMNS.index("owner")),
        (LINK, LINK_COLUMNS.index("editor")),
    )
    return {
        operation: cells.split()[column]
        for table, column in tables
        for cells, operations in table.values()
        for operation in operations
    }


def answers(world: World, operations: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Ask for the operations; return the answers, and which were refused and yet changed something."""
    here, owner = world.scenes["restricted"], world.users["owner"]
    found, changing = {}, []

    def stored() -> tuple[object, ...]:
        rows = [model.objects.count() for model in (Asset, Version, Upload, UploadPart, Blob)]
        return counters(owner), *rows, len(list(storage.primary().stored()))

    for operation in operations:
        before, after = stored(), list[object]()
        client = Client() if "{token}" in operation else world.clients["owner"]
        found[operation] = answer(client, operation, here, look=partial(_look, stored, after))
        if found[operation] != "ok" and after != [before]:
            changing.append(operation)
    return found, changing


def _look(stored: Callable[[], object], into: list[object]) -> None:
    into.append(stored())


def test_when_a_plan_has_ended_only_what_grows_is_refused_until_there_is_another(world):
    expire(world.users["owner"])

    found, changing = answers(world, usual())

    assert {operation: said for operation, said in found.items() if said != usual()[operation]} == GROWTH
    assert changing == []

    pay(world.users["owner"], 10**6)

    assert set(answers(world, GROWTH)[0].values()) == {"ok"}


def test_only_the_owner_is_told_how_much_they_store_and_since_when_nothing_is_paid(world):
    ended = expire(world.users["owner"], left=2)
    used = sum(counters(world.users["owner"]))
    path = f"/api/v1/store/folders/{world.scenes['restricted']['folder']}/files/new"

    def told(name: str) -> dict[str, object]:
        problem = world.clients[name].put(path, b"data", content_type="application/octet-stream").json()
        return {fact: problem[fact] for fact in FACTS if fact in problem}

    assert told("editor") == {"code": "plan_expired", "needed": 4, "free": 0}
    assert told("owner") == told("editor") | {"used": used, "limit": 2, "expired_at": ended.isoformat()}
    assert told("key here") == told("owner")
    for operation in ("PUT links/{token}/folders/{folder}/files/new <bytes", "PUT presigned/{to_write}/ <bytes"):
        method, path, sent = request_for(operation, world.scenes["restricted"])
        problem = getattr(world.clients["owner"], method)(path, **sent).json()  # whoever comes by a link is nobody
        assert {fact for fact in FACTS if fact in problem} == {"code", "needed"}


def test_each_ancestors_door_says_in_its_own_form_that_the_plan_has_ended(world):
    expire(world.users["owner"])
    owner, here = world.clients["owner"], world.scenes["restricted"]

    def said(operation: str) -> Any:
        method, path, sent = request_for(operation, here)
        return getattr(owner, method)(path, **sent).json()

    assert said("POST /data/file <object") == {"error": PlanExpired.title}
    assert said('POST /v1/blobs {"id": "one", "data": "c2FsdA=="}') == {"detail": PlanExpired.title}
    assert said("POST file/upload/new <bytes") == {
        "_status": "ERR",
        "_error": {"code": 423, "message": PlanExpired.title},
    }
    begun = said("POST uploads/ <begin")
    assert (begun["status"], begun["code"], begun["detail"]) == (413, "plan_expired", PlanExpired.title)


def test_where_nothing_is_sold_a_full_quota_is_all_there_is(world, settings):
    settings.CLOUDBOX_BILLING = False
    expire(world.users["owner"])
    full = {"PUT store/folders/files/new <bytes": "413", "POST file/upload/new <bytes": "507"}

    for operation, status in full.items():
        assert answer(world.clients["owner"], operation, world.scenes["restricted"]) == status
